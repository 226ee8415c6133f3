"""Which articles a query finds, and which of them first: where the words stand decides, then the date.

The order is a list of conditions, each less strict than the one before; what meets the first comes first. So both
engines give the same order, a page begins where the last one ended, and every step is one look into an index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import OSA
from sqlalchemy import Connection, Select, exists, func, select

from aggregator.model import Cursor, Selection
from aggregator.store import fulltext, terms
from aggregator.store.match import Match, Words, all_of, any_of
from aggregator.store.prepared import SUMMARY, TAGS, TITLE, term
from aggregator.store.schema import article_search, articles
from aggregator.store.types import among
from aggregator.store.values import indexed
from aggregator.text.query import Piece, Query, parse
from aggregator.text.search import TYPO_FROM, is_unspaced

COUNTED = 1000
"""Articles at most that a search counts, has facets of, and lists in another order than its own: the newest."""

_FEW = 5  # found as it was typed: with fewer, words that are nearly the same are looked for as well
_NEAR = 12  # words at most that one may have been meant to be


@dataclass(frozen=True, slots=True)
class Sought:
    """``steps`` in the order of what they find, none of which another one finds; ``any_`` is all of them."""

    steps: tuple[Match, ...]
    any_: Match


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found, where in the order."""

    step: int
    place: int
    ulid: str


def sought(connection: Connection, selection: Selection) -> Sought | None:
    """What to look for. None: nothing can be found, it holds no word."""
    query = parse(selection.q)
    if not query.pieces:
        return None
    exact = _exact(query)
    whole = exact[-1]
    begun = _begun(query)
    first = [whole] if begun is None else [whole, begun]
    within = _Within(selection, tuple(_anywhere(piece) for piece in query.excluded))
    few = len(_some(connection, within.of(any_of(first)), selection, _FEW)) < _FEW
    nearly = _nearly(query, _meant(connection, query)) if few else None
    last = first if nearly is None else [*first, nearly]
    steps = [within.of(step, exact[:at]) for at, step in enumerate(exact)]
    steps += [within.of(step, last[:at]) for at, step in enumerate(last) if at]
    return Sought(tuple(steps), within.of(any_of(last)))


def page(connection: Connection, sought_: Sought, selection: Selection) -> list[Hit]:
    """The hits of one page and the one after it, the best first."""
    first, before = 0, None
    if selection.after is not None:
        first, before = selection.after.rank, _place(connection, selection.after)
    hits: list[Hit] = []
    for number, step in enumerate(sought_.steps):
        if number >= first and len(hits) <= selection.limit:
            left = selection.limit + 1 - len(hits)
            rows = _some(connection, step, selection, left, before if number == first else None)
            hits += [Hit(number, row.id, row.ulid) for row in rows]
    return hits


def matching(connection: Connection, sought_: Sought, selection: Selection) -> Select[str]:
    """Ulids of the newest that are found in any step."""
    newest = _found(connection, sought_.any_, selection).limit(COUNTED).subquery("newest")
    return select(newest.c.ulid)


def _place(connection: Connection, cursor: Cursor) -> int:
    """Of the article where the last page ended, though it is gone or dated otherwise by now."""
    worked_out = fulltext.place(cursor.published_at, cursor.ulid)
    kept = connection.scalar(select(article_search.c.id).where(article_search.c.ulid == cursor.ulid))
    return kept if kept is not None and kept >> 28 == worked_out >> 28 else worked_out


def _some(connection: Connection, match: Match, selection: Selection, limit: int, before: int | None = None) -> Any:
    return connection.execute(_found(connection, match, selection, before).limit(limit)).all()


def _found(
    connection: Connection, match: Match, selection: Selection, before: int | None = None
) -> Select[tuple[str, int]]:
    statement, place = fulltext.found(connection, match)
    ulid = article_search.c.ulid
    if before is not None:
        statement = statement.where(place < before)
    if selection.hidden:
        statement = statement.where(~among(ulid, selection.hidden))
    if selection.only is not None:
        statement = statement.where(among(ulid, selection.only))
    a = articles.alias()
    if selection.since is not None:  # places know whole seconds only
        statement = statement.where(place >= fulltext.since(selection.since))
        statement = statement.where(
            exists(select(a.c.ulid).where(a.c.ulid == ulid, a.c.published_at >= selection.since))
        )
    if selection.updated_since is not None:
        updated = func.coalesce(a.c.updated_at, a.c.published_at) >= selection.updated_since
        statement = statement.where(exists(select(a.c.ulid).where(a.c.ulid == ulid, updated)))
    return statement


# ── what to look for ────────────────────────────────────────────────────────────────────────────────────────────────


class _Within:
    """Narrows a search to a selection: the terms of an article are words of its full text."""

    def __init__(self, selection: Selection, excluded: tuple[Match, ...]) -> None:
        scope = terms.ALL if selection.owner is None else terms.owner(selection.owner)
        groups = ((scope,), *selection.any_of)
        self._groups = tuple(any_of(map(_term, group)) for group in groups)
        self._not = (*excluded, *map(_term, selection.none_of))

    def of(self, match: Match, but: Iterable[Match] = ()) -> Match:
        return all_of((match, *self._groups), (*self._not, *but))


def _term(name: str) -> Match:
    return Words((term(indexed(name)),))


def _exact(query: Query) -> list[Match]:
    """Every word in the title; there or in tags; there or in the summary or often; one in the title; anywhere."""
    wanted = query.wanted
    if not wanted:
        return [Words((term(terms.ALL),))]
    anywhere = all_of(map(_anywhere, wanted))
    zones: list[Match] = [all_of(_in_zone(piece, zone) for piece in wanted) for zone in (TITLE, TAGS, SUMMARY)]
    if len(wanted) > 1:
        zones.append(all_of((any_of(_in_zone(piece, TITLE) for piece in wanted), anywhere)))
    return [*zones, anywhere]


def _in_zone(piece: Piece, zone: str) -> Match:
    if piece.is_character:
        return Words((zone + piece.words[0],), beginning=True)
    marks: tuple[Match, ...] = tuple(Words((zone + word,)) for word in piece.words)
    return all_of(marks if len(piece.words) == 1 else (*marks, Words(piece.words)))


def _anywhere(piece: Piece) -> Match:
    # of a single character in a text nobody wants to know; of words that begin with it there are too many
    return _in_zone(piece, TAGS) if piece.is_character else Words(piece.words)


def _begun(query: Query) -> Match | None:
    """The same with the last word as the beginning of one in title or tags: of those there are few enough."""
    if query.beginning is None:
        return None
    begun = Words((TAGS + query.beginning,), beginning=True)
    return all_of((*map(_anywhere, query.wanted[:-1]), begun))


def _meant(connection: Connection, query: Query) -> Mapping[str, tuple[str, ...]]:
    """Words of titles and tags that one typo makes a word of the query of."""
    typed = {
        piece.words[0]
        for piece in query.wanted
        if not piece.quoted and len(piece.words) == 1 and _may_be_typo(piece.words[0])
    }
    near = fulltext.near(connection, typed) if typed else {}
    apart = {
        word: [one for one in found if OSA.distance(word, one, score_cutoff=1) == 1] for word, found in near.items()
    }
    return {word: tuple(found[:_NEAR]) for word, found in apart.items() if found}


def _may_be_typo(word: str) -> bool:
    return len(word) >= TYPO_FROM - 1 and not is_unspaced(word)


def _nearly(query: Query, meant: Mapping[str, tuple[str, ...]]) -> Match | None:
    if not meant:
        return None
    said = []
    for piece in query.wanted:
        others = meant.get(piece.words[0], ()) if len(piece.words) == 1 and not piece.quoted else ()
        said.append(any_of((_anywhere(piece), *(Words((TAGS + word,)) for word in others))))
    return all_of(said)
