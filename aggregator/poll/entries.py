"""Keeps what owners write by hand as the config has it, and lets an entry without a title be told by its own page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from aggregator import ingest
from aggregator.dedupe.index import probes
from aggregator.dedupe.signature import sign
from aggregator.model import WRITTEN, Changes, Copy, Entry, Owner, PageFacts, Source, Visit, Written
from aggregator.normalize.written import completed, written
from aggregator.poll.mint import Mint, merged
from aggregator.poll.steering import Steering, round_of
from aggregator.poll.told import both
from aggregator.store import Store
from aggregator.store.merging import Unit


def written_source(owner: Owner) -> Source:
    """The source that an owner's hand-written entries belong to; it is never polled."""
    return Source(
        key=f"{owner.id}/{WRITTEN}",
        owner=owner.id,
        id=WRITTEN,
        kind=WRITTEN,
        feed_url="",
        home_page_url=owner.home_page_url,
        title=owner.name,
        enabled=False,
        own_site=True,
    )


def take(owner: Owner, steer: Steering, store: Store, worker: str, now: datetime) -> None:
    """Make the store agree with what an owner writes by hand; what a page said of an entry still stands beside it."""
    source = written_source(owner)
    entries = _entries(owner)
    with store.merging(worker) as unit:
        kept = unit.copies_of(source.key)
        if not entries and not kept:
            return
        facts = unit.page_facts({copy.id for copy in kept})
        told = _told(entries, owner, kept, facts, now)
        # What an owner writes down is old news, most of it: it stands at its own date, in the index and the feeds.
        round_ = round_of(steer, now, founding=True)
        drafts = _in_order(ingest.draft(sign(told, ()), source, round_, Mint()), kept)
        known = both(
            unit.candidates(source.key, probes(drafts, steer.told)), unit.component(frozenset(one.id for one in kept))
        )
        withdrawn = frozenset(one.id for one in kept) - {one.id for one in ingest.recognised(drafts, kept)}
        changes = merged(unit, known, drafts, round_, withdrawn)
        mine = {copy.id: copy for copy in (*kept, *changes.copies) if copy.source_key == source.key}
        awaited = {id_ for id_, copy in mine.items() if id_ not in withdrawn and asks(copy, steer)}
        unit.apply(changes, None, None, now, wanted=awaited)


def asks(copy: Copy, steer: Steering) -> bool:
    """Whether the page of a hand-written entry is to be read: its owner gave it an address and no title."""
    owner = steer.owners.get(copy.owner)
    found = _item(copy, owner) if owner is not None else None
    return found is not None and not found[1].title and bool(copy.entry.url) and steer.fit(copy.entry.url or "")


def complete(unit: Unit, visit: Visit, facts: PageFacts, steer: Steering, now: datetime) -> Changes:
    """What the page of a hand-written entry said, written down for good and put in wherever the owner said nothing."""
    copy = visit.copy
    mine = unit.page_done(visit, "read", now, facts)
    owner = steer.owners.get(copy.owner)
    found = _item(copy, owner) if owner is not None else None
    if not mine or owner is None or found is None:
        return Changes()  # somebody else visits it by now, or the config was changed meanwhile
    entry, item = found
    round_ = round_of(steer, now, founding=True)
    told = sign([completed(entry, item, facts, now)], ())
    drafts = ingest.draft(told, written_source(owner), round_, Mint())
    known = both(unit.candidates(copy.source_key, probes(drafts, steer.told)), unit.component(frozenset({copy.id})))
    changes = merged(unit, known, drafts, round_)
    unit.apply(changes, None, None, now)
    return changes


def _entries(owner: Owner) -> tuple[Entry, ...]:
    return ingest.unique([written(item, place) for place, item in enumerate(owner.entries)])


def _item(copy: Copy, owner: Owner) -> tuple[Entry, Written] | None:
    """The entry that this copy is of, as the config has it now."""
    entry = next((one for one in _entries(owner) if one.guid == copy.entry.guid), None)
    return (entry, owner.entries[entry.position]) if entry is not None else None


def _told(
    entries: Sequence[Entry], owner: Owner, kept: Iterable[Copy], facts: Mapping[int, PageFacts], now: datetime
) -> list[Entry]:
    """The entries with what their pages said, also where an address is spelled otherwise by now."""
    said = {name: facts[copy.id] for copy in kept if copy.id in facts for name in (*copy.entry.keys, copy.entry.guid)}
    heard = [next((said[name] for name in (one.guid, *one.keys) if name in said), None) for one in entries]
    return [
        one if page is None else completed(one, owner.entries[one.position], page, now)
        for one, page in zip(entries, heard, strict=True)
    ]


def _in_order(drafts: Sequence[Copy], kept: Iterable[Copy]) -> tuple[Copy, ...]:
    """All that has no date counts as of one moment, whenever it was written down: the owner's order decides then."""
    unknown = [copy.published_at for copy in kept if copy.date_precision == "unknown"]
    return tuple(
        replace(draft, published_at=min([*unknown, draft.published_at])) if draft.date_precision == "unknown" else draft
        for draft in drafts
    )
