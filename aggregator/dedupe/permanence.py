"""Keeps what subscribers hold on to: an article's id through merges and splits, its date, its place in the feeds.

The rules are section 5 of the contract. Ids are ULIDs, so the smaller one is the older one.
"""

from __future__ import annotations

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

    A copy remembers the first id that was its own (``born``). Where two groups hold copies of one id, the group with
    the copy that was seen first keeps it.
    """
    holders: dict[str, tuple[tuple[object, ...], int]] = {}
    for number, group in enumerate(groups):
        for copy in group:
            if not copy.born:
                continue
            age = (copy.first_seen_at, copy.source_key, copy.entry.guid)
            if copy.born not in holders or age < holders[copy.born][0]:
                holders[copy.born] = (age, number)
    own: list[list[str]] = [[] for _ in groups]
    for ulid, (_, number) in holders.items():
        own[number].append(ulid)
    minted: set[str] = set()
    ulids = []
    for ids in own:
        if not ids:
            ids.append(mint())
            minted.update(ids)
        ulids.append(min(ids))
    retired = {ulid: chosen for ids, chosen in zip(own, ulids, strict=True) for ulid in ids if ulid != chosen}
    return Assignment(tuple(ulids), frozenset(minted), retired)


def published(copies: Sequence[Copy], before: ArticleState | None) -> tuple[datetime, Precision]:
    """The article's date: the earliest of its copies, and never later than it was."""
    at, precision = date_of(copies)
    if before is not None and before.published_at < at:
        return before.published_at, before.date_precision
    return at, precision


def announced(
    copies: Sequence[Copy],
    before: ArticleState | None,
    slot: datetime | None,
    at: datetime,
    announce: bool,
    now: datetime,
) -> datetime | None:
    """The article's place in the feeds: decided once. None: it is in the index only.

    What came with the first fill of an owner stands at its own date, so that a new feed reads like a blog; everything
    later stands where it was discovered, on top. ``slot`` is the place of an article that was part of another one for
    a while and is its own again: it returns to where subscribers saw it.
    """
    founding = all(copy.founding for copy in copies)
    if before is not None:
        if before.announced_at is not None and founding:
            return min(before.announced_at, at)
        return before.announced_at
    if slot is not None:
        return slot
    if not announce:
        return None
    return min(at, now) if founding else now


def settled(before: ArticleState | None, now: datetime) -> bool:
    """Whether subscribers have had the article long enough that its text stays with the copy they saw."""
    return before is not None and now - before.first_seen_at > SETTLED
