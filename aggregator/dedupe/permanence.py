"""Keeps what subscribers hold on to: an article's id through merges and splits, its date, its place in the feeds.

The rules are section 5 of the contract. Which of two ids is the older one is recorded with the copies (``born_at``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aggregator.dedupe.canonical import age_of, date_of, first_copy
from aggregator.model import WRITTEN, ArticleState, Copy, Precision

SETTLED = timedelta(hours=24)  # after this the text that subscribers saw stays, whatever copies turn up
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which article each group is; parallel to the groups."""

    ulids: tuple[str, ...]
    minted: Mapping[str, datetime]  # ulid -> moment of minting; no two are equal
    retired: Mapping[str, str]  # ulid -> the article it is part of now


def assign(groups: Sequence[Sequence[Copy]], mint: Callable[[Copy, Collection[str]], str], now: datetime) -> Assignment:
    """Give every group the oldest id that is its own; what it merged with retires, what split off gets its own back.

    ``mint`` gives the id of a new article, by its first copy and the ids that are not free. A copy remembers the first
    id that was its own (``born``). An id that copies in several groups were born with goes to the one of them that has
    no older id, else to the copy that was seen first: nothing is renamed without need.
    """
    claims: defaultdict[str, dict[int, tuple[object, ...]]] = defaultdict(dict)
    births: dict[str, tuple[datetime, tuple[object, ...]]] = {}
    for number, group in enumerate(groups):
        for copy in group:
            age = (copy.first_seen_at, copy.id)
            if copy.born and (number not in claims[copy.born] or age < claims[copy.born][number]):
                claims[copy.born][number] = age
            if copy.born:
                birth = copy.born_at or copy.first_seen_at, age_of(copy)
                births[copy.born] = min(birth, births.get(copy.born, birth))
    chosen: dict[int, str] = {}
    owner_of: dict[str, int] = {}
    for ulid in sorted(claims, key=lambda ulid: (*births[ulid], ulid)):
        first, *others = sorted(claims[ulid], key=claims[ulid].__getitem__)
        number = next((one for one in (first, *others) if one not in chosen), first)
        owner_of[ulid] = number
        chosen.setdefault(number, ulid)
    retired = {ulid: chosen[number] for ulid, number in owner_of.items() if chosen[number] != ulid}
    # Younger than everything they were compared with, also after the clock was set back: what split off and is put
    # back again must not outlive what it came from.
    moment = max([now, *(at + _TICK for at, _ in births.values())])
    firsts = {number: first_copy(group) for number, group in enumerate(groups) if number not in chosen}
    minted: dict[str, datetime] = {}
    for number in sorted(firsts, key=lambda number: age_of(firsts[number])):
        chosen[number] = mint(firsts[number], claims.keys() | minted.keys())
        minted[chosen[number]] = moment + len(minted) * _TICK
    return Assignment(tuple(chosen[number] for number in range(len(groups))), minted, retired)


def heirs(copies: Sequence[Copy], withdrawn: Collection[int]) -> list[Copy]:
    """Those of the copies that stay. The id of an article stays with them when the copy that was born with it goes."""
    left = [copy for copy in copies if copy.id not in withdrawn]
    there: defaultdict[str, list[Copy]] = defaultdict(list)
    for copy in left:
        there[copy.article].append(copy)
    heir_of: dict[int, Copy] = {}
    for gone in sorted((copy for copy in copies if copy.id in withdrawn), key=age_of):
        others = there.get(gone.article, [])
        if others and gone.born == gone.article and all(copy.born != gone.born for copy in others):
            heir = first_copy(others)
            at = gone.born_at or gone.first_seen_at
            heir_of.setdefault(heir.id, replace(heir, born=gone.born, born_id=gone.born_id, born_at=at))
    return [heir_of.get(copy.id, copy) for copy in left]


def born(copies: Sequence[Copy], ulid: str, assigned: Assignment) -> datetime:
    """When the id of an article with these copies was minted."""
    known = (copy.born_at or copy.first_seen_at for copy in copies if copy.born == ulid)
    return assigned.minted.get(ulid) or min(known)


def tag_uri(copies: Sequence[Copy], ulid: str, tagging_entity: str) -> str:
    """The id of an article as the world knows it (RFC 4151): as it was when it is not new.

    ``tagging_entity`` is the host of the public address and a year, frozen into the id when that is minted.
    """
    known = next((copy.born_id for copy in copies if copy.born == ulid and copy.born_id), None)
    return known or f"tag:{tagging_entity}:article/{ulid}"


def published(copies: Sequence[Copy], before: ArticleState | None) -> tuple[datetime, Precision]:
    """The article's date: the earliest of its copies, and never later than it was (``before``; None: it is new, or
    copies of it turned out to be another article).

    What is only written by hand has the date that its owner says now."""
    at, precision = date_of(copies)
    if before is not None and before.published_at < at and any(copy.kind != WRITTEN for copy in copies):
        return before.published_at, before.date_precision
    return at, precision


def announced(
    copies: Sequence[Copy], before: ArticleState | None, at: datetime, announce: bool, now: datetime
) -> datetime | None:
    """The article's place in the feeds: decided once. None: it is in the index only.

    What came with the first fill of an owner stands at its own date, so that a new feed reads like a blog; everything
    later, and what has no date, stands where it was discovered, on top. While the sources of a new owner are read for
    the first time, an older copy still moves it to its place; later that would let others slide back into the feeds.
    """
    founding = all(copy.founding for copy in copies)
    at = now if date_of(copies)[1] == "unknown" else at
    if before is not None:
        if before.announced_at is not None and founding and not settled(before, now):
            return min(before.first_seen_at, at)
        return before.announced_at
    if not announce:
        return None
    return min(at, now) if founding else now


def apart(order: Sequence[str], now: datetime) -> Mapping[str, datetime]:
    """Places on top of the feeds for what is announced together, the first of ``order`` uppermost: no two the same.

    Of two in one place the dates decide, and these may still change, or the order in a document: what had fallen out
    of a feed would come back into it.
    """
    return {ulid: now - number * _TICK for number, ulid in enumerate(order)}


def settled(before: ArticleState | None, now: datetime) -> bool:
    """Whether subscribers have had the article long enough that its text stays with the copy they saw."""
    return before is not None and now - before.first_seen_at > SETTLED
