"""The full text of the articles: written with them, in FTS5 on SQLite and under a GIN index on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from operator import itemgetter

from sqlalchemy import Connection, Select, Text, cast, column, delete, select, table, text, union_all
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.sql import ColumnElement

from aggregator.errors import StoreError
from aggregator.model import ArticleState
from aggregator.store import prepared, publication
from aggregator.store.match import Match, fts5, tsquery
from aggregator.store.prepared import Prepared
from aggregator.store.schema import article_search, article_terms, articles, near_words
from aggregator.store.types import EPOCH, Id, among, chosen, given
from aggregator.store.upserts import upsert
from aggregator.store.values import article_of
from aggregator.text.search import variants

VERSION_NAME = "search"
"""Under which it is noted which version of ``prepared`` the full text was made by."""

_AT_ONCE = 200  # articles

_fts5 = table("article_words", column("rowid", Id), column("article_words", Text))
_gin = table("article_words", column("id", Id), column("words"))

_FORGET = {
    "sqlite": text("DELETE FROM article_words WHERE rowid = :id"),
    "postgresql": text("DELETE FROM article_words WHERE id = :id"),
}
_WRITE = {
    "sqlite": text("INSERT OR REPLACE INTO article_words (rowid, words) VALUES (:id, :words)"),
    "postgresql": text(
        "INSERT INTO article_words (id, words) VALUES (:id, CAST(:words AS tsvector))"
        " ON CONFLICT (id) DO UPDATE SET words = excluded.words"
    ),
}
_PLACES = select(article_search).where(given(article_search.c.ulid))
_AND_THERE = union_all(_PLACES, select(article_search).where(given(article_search.c.id, "wanted")))
_GONE = delete(article_search).where(given(article_search.c.id))
_KNOWN = select(near_words.c.word).where(given(near_words.c.variant), near_words.c.variant == near_words.c.word)


def place(published_at: datetime, ulid: str) -> int:
    """Where an article stands among all: by date, then anyhow, but always the same; 63 bits."""
    return since(published_at) | int.from_bytes(blake2b(ulid.encode(), digest_size=4).digest()) >> 4


def since(moment: datetime) -> int:
    """The least place of anything published in the same second as ``moment`` or later."""
    return max(int((moment - EPOCH).total_seconds()), 0) << 28


def found(connection: Connection, match: Match) -> tuple[Select[tuple[str, int]], ColumnElement[int]]:
    """Ulids and places of what matches, newest first, and the column of the places."""
    if connection.dialect.name == "sqlite":
        id_, matches = _fts5.c.rowid, _fts5.c.article_words.op("MATCH", is_comparison=True)(fts5(match))
        source = _fts5
    else:
        id_, matches = _gin.c.id, _gin.c.words.op("@@", is_comparison=True)(cast(tsquery(match), TSQUERY))
        source = _gin
    joined = source.join(article_search, article_search.c.id == id_)
    statement = select(article_search.c.ulid, id_.label("id")).select_from(joined).where(matches)
    return statement.order_by(id_.desc()), id_


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def write(connection: Connection, states: Mapping[str, ArticleState], terms: Mapping[str, Collection[str]]) -> None:
    """Let the full text of these articles, by ulid, be what they are now; ``terms``: what they stand under."""
    made = {ulid: prepared.prepared(state, terms[ulid]) for ulid, state in states.items()}
    wanted = {ulid: place(state.published_at, ulid) for ulid, state in states.items()}
    rows = connection.execute(_AND_THERE, chosen(made.keys()) | chosen(wanted.values(), "wanted")).all()
    before = {row.ulid: row for row in rows}
    stays = {ulid for ulid in made if ulid in before and before[ulid].id >> 28 == wanted[ulid] >> 28}
    changed = {ulid: one for ulid, one in made.items() if ulid not in stays or before[ulid].digest != one.digest}
    if not changed:
        return
    moves = [before[ulid].id for ulid in changed if ulid in before and ulid not in stays]
    _take_out(connection, moves)
    ids = {ulid: before[ulid].id for ulid in stays}
    ids |= _free(connection, {ulid: wanted[ulid] for ulid in made.keys() - stays}, {row.id for row in rows} - {*moves})
    upsert(
        connection,
        article_search,
        [{"id": ids[ulid], "ulid": ulid, "digest": one.digest} for ulid, one in changed.items()],
    )
    _say(connection, ids, changed)
    _learn(connection, changed.values())


def _say(connection: Connection, ids: Mapping[str, int], made: Mapping[str, Prepared]) -> None:
    engine = connection.dialect.name
    said = prepared.for_sqlite if engine == "sqlite" else prepared.for_postgresql
    rows = [{"id": ids[ulid], "words": said(one)} for ulid, one in made.items()]
    # in their order: a smaller number than the one before makes FTS5 write out all that it has gathered
    connection.execute(_WRITE[engine], sorted(rows, key=itemgetter("id")))


def remove(connection: Connection, ulids: Collection[str]) -> None:
    """Let these articles not be found any more."""
    if ulids:
        _take_out(connection, _places(connection, ulids).values())


def _places(connection: Connection, ulids: Collection[str]) -> dict[str, int]:
    return {row.ulid: row.id for row in connection.execute(_PLACES, chosen(ulids))}


def _take_out(connection: Connection, ids: Collection[int]) -> None:
    if ids:
        connection.execute(_FORGET[connection.dialect.name], [{"id": id_} for id_ in ids])
        connection.execute(_GONE, chosen(ids))


def _free(connection: Connection, wanted: Mapping[str, int], taken: set[int]) -> dict[str, int]:
    """For each article its place, or the next that nobody has: two of one second may have the same digest.

    ``taken``: those of the wanted places that somebody has.
    """
    found: dict[str, int] = {}
    for ulid, id_ in sorted(wanted.items()):
        while id_ in taken:
            id_ += 1
            if connection.scalar(select(article_search.c.id).where(article_search.c.id == id_)):
                taken.add(id_)
        taken.add(id_)
        found[ulid] = id_
    return found


def _learn(connection: Connection, made: Iterable[Prepared]) -> None:
    """Keep words of titles under what a typo could make of them."""
    words = {word for one in made for word in one.titled}
    known = set(connection.scalars(_KNOWN, chosen(words)))
    new = sorted(words - known)
    upsert(connection, near_words, [{"variant": one, "word": word} for word in new for one in sorted(variants(word))])


def near(connection: Connection, words: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Words of titles and tags that share a variant with each of these."""
    asked = {variant: word for word in words for variant in variants(word)}
    rows = connection.execute(select(near_words).where(among(near_words.c.variant, asked.keys())))
    told: dict[str, set[str]] = {}
    for row in rows:
        told.setdefault(row.variant, set()).add(row.word)
    return {
        word: tuple(sorted({one for variant in variants(word) for one in told.get(variant, ())} - {word}))
        for word in words
    }


# ── filling ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def fill(connection: Connection) -> None:
    """Make the full text of every article anew, if it was made by another version of ``prepared``, or never."""
    if not publication.note(connection, VERSION_NAME, prepared.VERSION):
        return
    connection.execute(text("DELETE FROM article_words"))
    connection.execute(delete(article_search))
    connection.execute(delete(near_words))
    for states, terms in _portions(connection):
        write(connection, states, terms)


def restate(connection: Connection) -> None:
    """Write what each engine keeps in its own way of every article, where only the rest of the full text is there.

    Raises StoreError: the rest is not of these articles.
    """
    for states, terms in _portions(connection):
        places = _places(connection, states.keys())
        if places.keys() != states.keys():
            raise StoreError("there are articles without a place in the full text: nothing was kept")
        _say(connection, places, {ulid: prepared.prepared(state, terms[ulid]) for ulid, state in states.items()})


def _portions(connection: Connection) -> Iterator[tuple[dict[str, ArticleState], dict[str, set[str]]]]:
    """Every article with what it stands under, some at a time."""
    last = ""
    while True:
        statement = select(articles).where(articles.c.ulid > last).order_by(articles.c.ulid).limit(_AT_ONCE)
        states = {row["ulid"]: article_of(row) for row in connection.execute(statement).mappings()}
        if not states:
            return
        yield states, _standing(connection, states.keys())
        last = max(states)


def _standing(connection: Connection, ulids: Collection[str]) -> dict[str, set[str]]:
    t = article_terms.c
    terms: dict[str, set[str]] = {ulid: set() for ulid in ulids}
    for row in connection.execute(select(t.ulid, t.term).where(among(t.ulid, ulids), t.alive.is_(True))):
        terms[row.ulid].add(row.term)
    return terms
