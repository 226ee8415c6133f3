"""What one merge decided becomes rows: copies, their index, articles, terms, retired ids, verdicts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from aggregator.model import ArticleState, Changes, Copy, IndexRows
from aggregator.store import fulltext, happened, outbox
from aggregator.store.candidates import states_of
from aggregator.store.codec import fields_of
from aggregator.store.counts import Tally
from aggregator.store.schema import (
    article_terms,
    articles,
    copies,
    copy_keys,
    copy_samples,
    retired,
    verdicts,
)
from aggregator.store.terms import terms_of
from aggregator.store.types import among, chosen, given
from aggregator.store.upserts import insert_pairs, upsert
from aggregator.store.values import Row, Values, article_row, copy_row, indexed, samples_of, verdict_row


def apply(connection: Connection, changes: Changes, now: datetime) -> frozenset[str]:
    """Write everything; gives the owners of whose published articles something is different now."""
    there = {copy.id for copy in changes.copies} if changes.new < len(changes.copies) else set()
    before = _copies_before(connection, there | changes.removed)
    past = outbox.past(connection, changes, before)
    moved = _shown_differently(before, changes.copies)
    moved |= {before[id_]["article"] for id_ in changes.removed & before.keys()}
    _write_articles(connection, changes.articles, changes.minted, now)
    _write_copies(connection, changes, before)
    _write_verdicts(connection, changes)
    _retire(connection, changes.retired, now)
    lost = _owners_of_slots(connection, changes.gone)
    _remove(connection, changes.removed, changes.gone)
    written = {state.ulid: state for state in changes.articles}
    states = written | states_of(connection, moved - written.keys() - changes.retired.keys() - changes.gone)
    touched = {owner for state in states.values() for owner in state.owners}
    touched |= _owners_of_slots(connection, changes.retired)
    tally = Tally()
    _write_terms(connection, states, _told(connection, changes.retired), tally)
    _kill_terms(connection, {*changes.retired, *changes.gone}, tally)
    tally.write(connection)
    fulltext.remove(connection, {*changes.retired, *changes.gone} - states.keys())
    if past is not None:
        outbox.write(connection, happened.of_articles(past, changes, now))
    return frozenset(touched | lost)


def rewrite(connection: Connection, kept: Sequence[Copy], index_of: Callable[[Copy], IndexRows]) -> None:
    """Write copies that are there already, and their index, as they are now; nothing that is shown may differ."""
    before = _copies_before(connection, {copy.id for copy in kept})
    _write_copies(connection, Changes(tuple(kept), tuple(map(index_of, kept))), before)


# ── copies ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_SHOWN = ("article", "source_key", "url", "published_at", "date_precision")
_INDEXED = ("id", "guid", "index_keys", "index_samples")
_BEFORE = select(*(copies.c[name] for name in (*_INDEXED, *_SHOWN))).where(given(copies.c.id))
_VERDICTS_BETWEEN = delete(verdicts).where(given(verdicts.c.a), given(verdicts.c.b))


def _copies_before(connection: Connection, ids: Collection[int]) -> dict[int, Row]:
    if not ids:
        return {}
    return {row["id"]: row for row in connection.execute(_BEFORE, chosen(ids)).mappings()}


def _shown_differently(before: Mapping[int, Row], incoming: Iterable[Copy]) -> set[str]:
    """Ulids of the articles whose list of copies reads differently now."""
    ulids: set[str] = set()
    for copy in incoming:
        row = before.get(copy.id)
        if row is None:
            ulids.add(copy.article)
            continue
        now = (copy.article, copy.source_key, copy.entry.url, copy.published_at, copy.date_precision)
        if tuple(row[name] for name in _SHOWN) != now:
            ulids |= {row["article"], copy.article}
    return ulids


def _write_copies(connection: Connection, changes: Changes, before: Mapping[int, Row]) -> None:
    _make_way(connection, changes.copies, before)
    new = {copy.id for copy in changes.copies} - before.keys()
    index = {id: IndexRows(id, frozenset(), frozenset()) for id in new} | {rows.copy_id: rows for rows in changes.index}
    upsert(connection, copies, [copy_row(copy, index[copy.id]) for copy in changes.copies if copy.id in index])
    kept = [copy for copy in changes.copies if copy.id not in index]
    _update(connection, [copy_row(copy, None) for copy in kept])
    nothing = (IndexRows(id_, frozenset(), frozenset()) for id_ in changes.removed)
    _write_index(connection, (*changes.index, *nothing), before)


def _update(connection: Connection, rows: Sequence[Values]) -> None:
    if rows:
        names = [name for name in rows[0] if name != "id"]
        statement = (
            update(copies)
            .where(copies.c.id == bindparam("b_id"))
            .values({name: bindparam(f"b_{name}") for name in names})
        )
        connection.execute(statement, [{f"b_{name}": value for name, value in row.items()} for row in rows])


def _make_way(connection: Connection, incoming: Iterable[Copy], before: Mapping[int, Row]) -> None:
    """Free the guids that change hands in this batch: two rows may not hold one of them for even a moment."""
    leaving = [
        {"b_id": copy.id, "b_guid": f"\x7f{copy.id}"}
        for copy in incoming
        if copy.id in before and before[copy.id]["guid"] != indexed(copy.entry.guid)
    ]
    if leaving:
        statement = update(copies).where(copies.c.id == bindparam("b_id")).values(guid=bindparam("b_guid"))
        connection.execute(statement, leaving)


def _write_index(connection: Connection, index: Iterable[IndexRows], before: Mapping[int, Row]) -> None:
    gone_keys: list[Values] = []
    new_keys: list[tuple[str, int]] = []
    gone_samples: list[Values] = []
    new_samples: list[tuple[int, int]] = []
    for rows in index:
        row = before.get(rows.copy_id)
        old_keys = frozenset(row["index_keys"] if row else ())
        old_samples = samples_of(row["index_samples"] if row else b"")
        keys = frozenset(map(indexed, rows.keys))
        new_keys += [(key, rows.copy_id) for key in keys - old_keys]
        gone_keys += [{"b_key": key, "b_copy": rows.copy_id} for key in sorted(old_keys - keys)]
        new_samples += [(one, rows.copy_id) for one in rows.samples - old_samples]
        gone_samples += [{"b_sample": one, "b_copy": rows.copy_id} for one in sorted(old_samples - rows.samples)]
    if gone_keys:
        connection.execute(
            delete(copy_keys).where(copy_keys.c.key == bindparam("b_key"), copy_keys.c.copy_id == bindparam("b_copy")),
            gone_keys,
        )
    if gone_samples:
        connection.execute(
            delete(copy_samples).where(
                copy_samples.c.sample == bindparam("b_sample"), copy_samples.c.copy_id == bindparam("b_copy")
            ),
            gone_samples,
        )
    insert_pairs(connection, copy_keys, new_keys)
    insert_pairs(connection, copy_samples, new_samples)


def _write_verdicts(connection: Connection, changes: Changes) -> None:
    if changes.judged:
        connection.execute(_VERDICTS_BETWEEN, chosen(changes.judged))
    upsert(connection, verdicts, list(map(verdict_row, changes.verdicts)))


# ── articles ────────────────────────────────────────────────────────────────────────────────────────────────────────


_LIVE_AGAIN = delete(retired).where(given(retired.c.ulid))


def _write_articles(
    connection: Connection, states: Sequence[ArticleState], minted: Collection[str], now: datetime
) -> None:
    upsert(connection, articles, [article_row(state, now) for state in states])
    if lived := {state.ulid for state in states} - set(minted):
        connection.execute(_LIVE_AGAIN, chosen(lived))


def _retire(connection: Connection, gone: Mapping[str, str], now: datetime) -> None:
    if gone:
        states = states_of(connection, set(gone))
        connection.execute(delete(articles).where(among(articles.c.ulid, set(gone))))
        rows = [
            {"ulid": ulid, "into_ulid": gone[ulid], "at": now, "value": fields_of(state, ("content_html",))}
            for ulid, state in states.items()
        ]
        upsert(connection, retired, rows)


def _remove(connection: Connection, ids: Collection[int], ulids: Collection[str]) -> None:
    """Forget copies that the owner took back, and the articles that have none left; their slots stay taken."""
    if not ids:
        return
    connection.execute(delete(verdicts).where(among(verdicts.c.a, ids)))
    connection.execute(delete(verdicts).where(among(verdicts.c.b, ids)))
    connection.execute(delete(copies).where(among(copies.c.id, ids)))
    connection.execute(delete(articles).where(among(articles.c.ulid, ulids)))


# ── terms ───────────────────────────────────────────────────────────────────────────────────────────────────────────


_CARRIED = select(copies.c.article, copies.c.source_key).where(given(copies.c.article)).distinct()
_STANDING = select(article_terms).where(given(article_terms.c.ulid))


def _write_terms(
    connection: Connection, states: Mapping[str, ArticleState], told: Mapping[str, Collection[str]], tally: Tally
) -> None:
    """The rows of these articles; ``told``: terms under which subscribers had an article that is part of it now."""
    if not states:
        return
    carried: dict[str, set[str]] = {}
    for ulid, source_key in connection.execute(_CARRIED, chosen(states.keys())):
        carried.setdefault(ulid, set()).add(source_key)
    standing: dict[str, dict[str, Row]] = {}
    for row in connection.execute(_STANDING, chosen(states.keys())).mappings():
        standing.setdefault(row["ulid"], {})[row["term"]] = row
    terms = {ulid: terms_of(state, carried.get(ulid, ())) for ulid, state in states.items()}
    rows: list[Values] = []
    for ulid, state in sorted(states.items()):
        before = standing.get(ulid, {})
        written = _term_rows(state, terms[ulid], before, told.get(ulid, ()))
        tally.change(before.values(), (before | {row["term"]: row for row in written}).values())
        rows += written
    upsert(connection, article_terms, rows)
    if not all(row["alive"] for row in rows):
        _bury(connection, set(states))
    fulltext.write(connection, states, terms)


def _term_rows(
    state: ArticleState, terms: frozenset[str], standing: Mapping[str, Row], told: Collection[str]
) -> list[Values]:
    """The rows that are missing or say something else; every row of one article carries the same moments.

    But under a term to which it came by taking in an article that subscribers had there, it is in the index only: they
    would see the same again under another id.
    """
    announced = any(row["announced_at"] is not None for row in standing.values())
    silent = {term for term, row in standing.items() if announced and row["announced_at"] is None}
    silent |= set(told) - standing.keys()
    rows: list[Values] = [
        {
            "ulid": state.ulid,
            "term": term,
            "alive": term in terms,
            "kind": state.kind,
            "published_at": state.published_at,
            "announced_at": None if term in silent else state.announced_at,
            "rank": -state.position,
        }
        for term in sorted(terms | standing.keys())
    ]
    return [row for row in rows if row["term"] not in standing or dict(standing[row["term"]]) != row]


def _told(connection: Connection, gone: Mapping[str, str]) -> dict[str, set[str]]:
    """Under which terms subscribers had those that retire, by the article that each is part of now."""
    found: dict[str, set[str]] = {}
    if gone:
        t = article_terms.c
        announced = select(t.ulid).where(among(t.ulid, set(gone)), t.announced_at.is_not(None))
        for row in connection.execute(select(t.ulid, t.term).where(t.ulid.in_(announced))):
            found.setdefault(gone[row.ulid], set()).add(row.term)
    return found


def _kill_terms(connection: Connection, gone: Collection[str], tally: Tally) -> None:
    if gone:
        standing: dict[str, list[Row]] = {}
        for row in connection.execute(_STANDING, chosen(gone)).mappings():
            standing.setdefault(row["ulid"], []).append(row)
        for rows in standing.values():
            tally.change(rows, ())
        connection.execute(update(article_terms).where(among(article_terms.c.ulid, gone)).values(alive=False))
        _bury(connection, gone)


def _bury(connection: Connection, ulids: Collection[str]) -> None:
    """Dead rows hold a slot only in feeds, so only if the article was announced."""
    connection.execute(
        delete(article_terms).where(
            among(article_terms.c.ulid, ulids),
            article_terms.c.alive.is_(False),
            article_terms.c.announced_at.is_(None),
        )
    )


def _owners_of_slots(connection: Connection, ulids: Collection[str]) -> set[str]:
    if not ulids:
        return set()
    statement = select(article_terms.c.term).where(
        among(article_terms.c.ulid, ulids), article_terms.c.term.startswith("owner:"), article_terms.c.alive
    )
    return {term.removeprefix("owner:") for term in connection.scalars(statement)}
