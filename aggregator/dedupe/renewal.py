"""Puts the entries of a document among the copies that are kept: what is known is renewed, what is new is added.

What was recorded once stays (dates), what a platform cut off is not taken over, and a guid belongs to one copy only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aggregator.dedupe.compose import Touched
from aggregator.dedupe.identity import recognise, shared_guid
from aggregator.dedupe.index import guid_key
from aggregator.dedupe.signature import meet
from aggregator.dedupe.slugs import untitled
from aggregator.model import WRITTEN, Copy, Entry, Signature
from aggregator.text.fingerprints import containment, jaccard, unpack
from aggregator.text.urls import is_unfit

SHRUNK = 0.5  # a text that lost more than half of its words, all of the rest known, was cut by the platform
KNOWN_TEXT = 0.8
TEASER_WORDS = 80  # "This story is for members": says nothing about what it stands for
REWRITTEN = 0.97  # likeness of the old and the new text below which it is an edit worth a new date


@dataclass(frozen=True, slots=True)
class Absorbed:
    """All copies as they are now, and what that changed."""

    copies: tuple[Copy, ...]
    written: frozenset[int]  # copies that are new or not as they were
    touched: Touched  # of the known ones among them


def absorb(kept: Sequence[Copy], drafts: Sequence[Copy], complete: bool) -> Absorbed:
    """Put the drafts among the kept copies. One that was cut off (not ``complete``) only adds."""
    result = {copy.id: copy for copy in kept}
    changed: set[int] = set()
    rewritten: set[int] = set()
    standing: set[int] = set()
    sources = {draft.source_key for draft in drafts}
    matched = recognise(drafts, [copy for copy in kept if copy.source_key in sources])
    for draft in drafts:
        old = matched.get(draft.id)
        standing.add(old.id if old else draft.id)
        if old is None:
            result[draft.id] = draft
        elif complete:
            fresh = result[old.id] = _renewed(old, draft)
            if _shown(fresh) != _shown(old):
                changed.add(old.id)
            if draft.id != old.id and _rewrote(old.entry.signature, fresh.entry.signature):
                rewritten.add(old.id)
    copies = _one_to_a_guid(result.values(), standing)
    before = {copy.id: copy for copy in kept}
    written = frozenset(copy.id for copy in copies if before.get(copy.id) != copy)
    return Absorbed(copies, written, Touched(frozenset(changed), frozenset(rewritten)))


def _renewed(old: Copy, draft: Copy) -> Copy:
    if draft.kind == WRITTEN:
        return _written_anew(old, draft)
    # A date is recorded once; of an entry that had none its own page may tell it: that draft is the copy itself.
    dated = draft if draft.id == old.id and old.date_precision == "unknown" else old
    entry = replace(
        _entry(old.entry, draft.entry),
        published=dated.entry.published,
        date_precision=dated.entry.date_precision,
        date_said=dated.entry.date_said,
        position=old.entry.position,  # where it first stood
    )
    return replace(
        old,
        entry=entry,
        published_at=dated.published_at,
        date_precision=dated.date_precision,
        aliases=_aliases(old, entry),
        own_site=draft.own_site,
        kind=draft.kind,
    )


def _written_anew(old: Copy, draft: Copy) -> Copy:
    """What its owner says by hand is said as it stands there now; of a date that is gone the memory stays."""
    dated = draft if draft.entry.published else old
    entry = replace(draft.entry, published=dated.entry.published, date_precision=dated.entry.date_precision)
    return replace(
        old,
        entry=entry,
        published_at=dated.published_at,
        date_precision=dated.date_precision,
        aliases=_aliases(old, entry),
        own_site=draft.own_site,
    )


def _entry(old: Entry, new: Entry) -> Entry:
    """The entry as it is now. Dates, build times and the makeup of the document it came in are no change."""
    if is_unfit(new.url or "") and old.url and not is_unfit(old.url):
        # A build for a staging host or a laptop went live for a day: the article still stands where it stood.
        new = replace(new, url=old.url, keys=old.keys, image=old.image or new.image)
    if not new.content_html:
        new = _spoken(old, new)
    cut = _cut_off(old, new)
    same_words = cut or new.signature.digest == old.signature.digest
    if cut:
        new = replace(
            new,
            content_html=old.content_html,
            word_count=old.word_count,
            reading_time_minutes=old.reading_time_minutes,
            dir=old.dir,
            summary=old.summary or new.summary,
            image=new.image or old.image,
        )
    return replace(
        new,
        signature=_signature(old.signature, new.signature, cut, same_words),
        updated=old.updated if same_words else new.updated,
        canonical_url=new.canonical_url or old.canonical_url,
        declared=new.declared or old.declared,
    )


def _spoken(old: Entry, new: Entry) -> Entry:
    """A card, a line of a list, an address of a sitemap: its silence takes back nothing that was said before, by a
    fuller list or by the article's own page."""
    if untitled(new) and not untitled(old):
        named = replace(new.signature, title_key=old.signature.title_key)
        new = replace(new, title=old.title, signature=named)
    return replace(
        new,
        summary=new.summary or old.summary,
        image=new.image or old.image,
        authors=new.authors or old.authors,
        language=new.language or old.language,
    )


def _cut_off(old: Entry, new: Entry) -> bool:
    """Whether a platform cut the text: a paywall, an excerpt setting. A shorter text of other words is an edit."""
    mine, other = old.signature, new.signature
    if other.words >= mine.words * SHRUNK or mine.words == 0:
        return False
    return other.words < TEASER_WORDS or containment(unpack(mine.body), unpack(other.body)) >= KNOWN_TEXT


def _signature(old: Signature, new: Signature, cut: bool, same_words: bool) -> Signature:
    if cut:
        return replace(old, title_key=new.title_key)
    return meet(new, old) if same_words else new


def _rewrote(old: Signature, new: Signature) -> bool:
    if old.title_key != new.title_key:
        return True
    return old.digest != new.digest and jaccard(unpack(old.body), unpack(new.body)) < REWRITTEN


def _shown(copy: Copy) -> Copy:
    """A copy without what nobody sees."""
    blank = Entry(guid="", url=None, title="")
    entry = replace(
        copy.entry,
        guid="",
        updated=None,
        canonical_url=None,
        keys=blank.keys,
        declared=blank.declared,
        signature=blank.signature,
    )
    return replace(copy, entry=entry, aliases=())


def _aliases(old: Copy, entry: Entry) -> tuple[str, ...]:
    """Every guid and address it ever answered to, without those it has now, and without a guid that others share."""
    former = {*old.aliases, *old.entry.keys}
    if not entry.guid.startswith(f"{old.entry.guid} "):
        former.add(guid_key(old.source_key, old.entry.guid))
    return tuple(sorted(former - {*entry.keys, guid_key(old.source_key, entry.guid)}))


def _one_to_a_guid(copies: Iterable[Copy], standing: set[int]) -> tuple[Copy, ...]:
    """A guid that went to another entry is not this one's any more: what stands in the document keeps it."""
    ordered = sorted(copies, key=lambda copy: (copy.id not in standing, copy.id))
    taken: set[tuple[str, str]] = set()
    result = []
    for copy in ordered:
        guid = copy.entry.guid
        while (copy.source_key, guid) in taken:
            guid = shared_guid(guid, copy.entry.url or copy.entry.title) if guid == copy.entry.guid else f"{guid}'"
        taken.add((copy.source_key, guid))
        result.append(copy if guid == copy.entry.guid else replace(copy, entry=replace(copy.entry, guid=guid)))
    return tuple(result)
