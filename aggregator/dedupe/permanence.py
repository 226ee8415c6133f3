"""Keeps what subscribers hold on to: an article's id through merges and splits, its date, its place in the feeds.

The rules are section 5 of the contract. Ids are ULIDs, so the smaller one is the older one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.dedupe.canonical import date_of
from aggregator.model import ArticleState, Copy, Precision

SETTLED = timedelta(hours=24)  # after this the text that subscribers saw stays, whatever copies turn up


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which article each group is; parallel to the groups."""

    ulids: tuple[str, ...]
    minted: frozenset[str]
    retired: Mapping[str, str]  # ulid -> the article it is part of now


def assign(groups: Sequence[Sequence[Copy]], mint: Callable[[], str]) -> Assignment:
    """Give every group the oldest id that is its own; what it merged with retires, what split off gets its own back.

    A copy remembers the first id that was its own (``born``). An id that copies in several groups were born with goes
    to the one of them that has no older id, else to the copy that was seen first: nothing is renamed without need.
    """
    claims: defaultdict[str, dict[int, tuple[object, ...]]] = defaultdict(dict)
    for number, group in enumerate(groups):
        for copy in group:
            age = (copy.first_seen_at, copy.id)
            if copy.born and (number not in claims[copy.born] or age < claims[copy.born][number]):
                claims[copy.born][number] = age
    chosen: dict[int, str] = {}
    owner_of: dict[str, int] = {}
    for ulid in sorted(claims):
        first, *others = sorted(claims[ulid], key=claims[ulid].__getitem__)
        number = next((one for one in (first, *others) if one not in chosen), first)
        owner_of[ulid] = number
        chosen.setdefault(number, ulid)
    minted = {number: mint() for number in range(len(groups)) if number not in chosen}
    ulids = tuple(chosen.get(number) or minted[number] for number in range(len(groups)))
    retired = {ulid: chosen[number] for ulid, number in owner_of.items() if chosen[number] != ulid}
    return Assignment(ulids, frozenset(minted.values()), retired)


def tag_uri(copies: Sequence[Copy], ulid: str, authority: str) -> str:
    """The id of an article as the world knows it (RFC 4151): as it was when it is not new.

    ``authority`` is the host of the public address, frozen into the id when that is minted.
    """
    known = next((copy.born_id for copy in copies if copy.born == ulid and copy.born_id), None)
    return known or f"tag:{authority},{min(copy.first_seen_at for copy in copies).year}:article/{ulid}"


def published(copies: Sequence[Copy], before: ArticleState | None) -> tuple[datetime, Precision]:
    """The article's date: the earliest of its copies, and never later than it was (``before``; None: it is new, or
    copies of it turned out to be another article)."""
    at, precision = date_of(copies)
    if before is not None and before.published_at < at:
        return before.published_at, before.date_precision
    return at, precision


def announced(
    copies: Sequence[Copy], before: ArticleState | None, at: datetime, announce: bool, now: datetime
) -> datetime | None:
    """The article's place in the feeds: decided once. None: it is in the index only.

    What came with the first fill of an owner stands at its own date, so that a new feed reads like a blog; everything
    later stands where it was discovered, on top. While the sources of a new owner are read for the first time, an
    older copy still moves it to its place; later that would let others slide back into the feeds.
    """
    founding = all(copy.founding for copy in copies)
    if before is not None:
        if before.announced_at is not None and founding and not settled(before, now):
            return min(before.announced_at, at)
        return before.announced_at
    if not announce:
        return None
    return min(at, now) if founding else now


def settled(before: ArticleState | None, now: datetime) -> bool:
    """Whether subscribers have had the article long enough that its text stays with the copy they saw."""
    return before is not None and now - before.first_seen_at > SETTLED
