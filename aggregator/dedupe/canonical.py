"""Chooses, among the copies of one article, the one with the best address and what is said in its name.

A function of the copies and the owner's config; the order in which copies came plays no part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from aggregator.dedupe import titles
from aggregator.dedupe.index import addresses
from aggregator.model import Copy, Owner, Precision
from aggregator.sources import keys_of, kinds, on_domain

_FULL_TEXT = 0.6  # of the longest copy's words: less is an excerpt


def date_of(copies: Sequence[Copy]) -> tuple[datetime, Precision]:
    """The earliest date of the copies; a date that is only first sight comes after every real one."""
    first = first_copy(copies)
    return first.published_at, first.date_precision


def first_copy(copies: Sequence[Copy]) -> Copy:
    """The copy that was there first, by its own date; its owner's config speaks for the article."""
    return min(copies, key=age_of)


def age_of(copy: Copy) -> tuple[bool, datetime, str, str]:
    """By what copies are older than others: of no two that are kept it is equal."""
    return copy.date_precision == "unknown", copy.published_at, copy.source_key, copy.entry.guid


def by_preference(copies: Sequence[Copy], owner: Owner, fit: Callable[[str], bool]) -> tuple[Copy, ...]:
    """All copies, the canonical one first.

    In this order: an address that is fit to be shown at all, the owner's word (`canonical:`), declarations ("the
    original is there") that lead to one of these copies, the owner's `prefer`, own domain over platforms, the
    earliest date.
    """
    return tuple(sorted(copies, key=_ranks(copies, owner, fit)))


def _ranks(copies: Sequence[Copy], owner: Owner, fit: Callable[[str], bool]) -> Callable[[Copy], tuple[Any, ...]]:
    """What the copies are compared by, the most telling first; ``_BECAUSE`` has the words for each."""
    told = {key for address in owner.canonical for key in keys_of(address)}
    pointed = _declared(copies)

    def rank(copy: Copy) -> tuple[Any, ...]:
        entry = copy.entry
        return (
            entry.url is None or not fit(entry.url),
            told.isdisjoint(addresses(copy)),
            copy.id not in pointed,
            _preferred(copy, owner),
            not _is_own(copy, owner),
            _rank(copy.kind),
            copy.date_precision == "unknown",
            copy.published_at,
            copy.source_key,
            -copy.id,  # of one source's items of one moment the last is the one whose address still works
        )

    return rank


def _by_prefer(first: Copy, other: Copy, owner: Owner) -> str:
    mine, its = (_preferred(copy, owner) for copy in (first, other))
    behind = f" to {owner.prefer[its]}" if its < len(owner.prefer) else ""
    return f"{owner.prefer[mine]} is preferred{behind}"


def _label(copy: Copy) -> str:
    known = kinds().get(copy.kind)
    return known.label if known is not None else copy.source_id


_BECAUSE: tuple[Callable[[Copy, Copy, Owner], str], ...] = (
    lambda first, other, owner: "no other address is fit to be shown: private, a staging host, a mirror, or none",
    lambda first, other, owner: "the config names it as canonical",
    lambda first, other, owner: "another copy names it as the original",
    _by_prefer,
    lambda first, other, owner: "it stands on the owner's own domain",
    lambda first, other, owner: f"{_label(first)} keeps its addresses better than {_label(other)}",
    lambda first, other, owner: "the other has no date",
    lambda first, other, owner: "it is the older one",
    lambda first, other, owner: f"nothing sets them apart, and {first.source_id} comes before {other.source_id}",
    lambda first, other, owner: "it is the later of two items of one source",
)


def why_canonical(copies: Sequence[Copy], owner: Owner, fit: Callable[[str], bool], chosen: int) -> str:
    """Why the copy with the id ``chosen`` is the canonical one, in an owner's words, without a full stop."""
    first, *others = by_preference(copies, owner, fit)
    if first.id != chosen:
        return "it was chosen by what the config said before"
    if not others:
        return "it is the only copy"
    rank = _ranks(copies, owner, fit)
    reasons = []
    for other in others:
        place = next(at for at, (mine, its) in enumerate(zip(rank(first), rank(other), strict=True)) if mine != its)
        reasons.append(_BECAUSE[place](first, other, owner))
    return "; ".join(dict.fromkeys(reasons))


def _rank(kind: str) -> int:
    """How well a platform keeps its addresses, where the owner's ``prefer`` leaves it open: the lower, the better."""
    known = kinds().get(kind)
    return known.rank if known is not None else 0


def _declared(copies: Sequence[Copy]) -> frozenset[int]:
    """Ids of the copies that others name as the original and that name nobody else; of a circle, all of them."""
    points_to: dict[int, set[int]] = {}
    for copy in copies:
        wanted = set(copy.entry.declared)
        points_to[copy.id] = {
            other.id
            for other in copies
            if other.id != copy.id and other.source_key != copy.source_key and not wanted.isdisjoint(addresses(other))
        }
    named = set().union(*points_to.values()) if points_to else set()
    ends = {copy for copy in named if not points_to[copy]}
    return frozenset(ends or named)


def _preferred(copy: Copy, owner: Owner) -> int:
    for place, name in enumerate(owner.prefer):
        if name in (copy.source_id, copy.kind) or (name == "site" and _is_own(copy, owner)):
            return place
    return len(owner.prefer)


def _is_own(copy: Copy, owner: Owner) -> bool:
    """Whether a copy is on the owner's own domain: its feed lies there, or its address leads there, as with a feed
    that another host delivers."""
    return copy.own_site or (copy.entry.url is not None and on_domain(copy.entry.url, owner.home_page_url))


def text_copy(preferred: Sequence[Copy]) -> Copy:
    """The copy whose text is shown: the most preferred one that has the whole text."""
    return next(copy for copy in preferred if is_whole(copy, preferred))


def is_whole(copy: Copy, copies: Sequence[Copy]) -> bool:
    """Whether a copy has the whole text, as far as these copies have it."""
    return copy.entry.word_count >= _FULL_TEXT * max(other.entry.word_count for other in copies)


def title_copy(preferred: Sequence[Copy]) -> Copy:
    """The copy whose title is shown: the most preferred one that a platform did not cut off."""
    first = preferred[0]
    whole = (other for other in preferred[1:] if titles.cut(first.entry.title, other.entry.title))
    return next(whole, first)


def speaker(owners: Mapping[str, Owner], copies: Sequence[Copy]) -> Owner:
    """The owner whose config speaks for these copies."""
    name = first_copy(copies).owner
    return owners.get(name) or Owner(id=name, name=name)
