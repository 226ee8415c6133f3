"""Lets an archive add to what is known and never overrule it: a known copy only gains what it did not have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aggregator.dedupe.identity import recognise
from aggregator.model import Copy, Entry

LONGER = 2  # a text of more than so many times the words that are known was cut off where it came from


def supplement(drafts: Sequence[Copy], kept: Sequence[Copy]) -> tuple[Copy, ...]:
    """The drafts, where one of them is a kept copy of the same source as that copy with its gaps filled.

    What a feed says now is newer than any archive of it, so words, dates, addresses and ids stay. Given the same
    archive once more, nothing is different any more.
    """
    sources = {draft.source_key for draft in drafts}
    known = recognise(drafts, [copy for copy in kept if copy.source_key in sources])
    return tuple(
        replace(draft, entry=_filled(known[draft.id].entry, draft.entry), own_site=known[draft.id].own_site)
        if draft.id in known
        else draft
        for draft in drafts
    )


def _filled(old: Entry, new: Entry) -> Entry:
    entry = replace(
        old,
        summary=old.summary or new.summary,
        image=old.image or new.image,
        authors=old.authors or new.authors,
        language=old.language or new.language,
        tags=old.tags or new.tags,
        tag_labels=old.tag_labels if old.tags else new.tag_labels,
        canonical_url=old.canonical_url or new.canonical_url,
        declared=old.declared or new.declared,
    )
    if not new.content_html or new.signature.words <= LONGER * old.signature.words:
        return entry
    return replace(
        entry,
        content_html=new.content_html,
        word_count=new.word_count,
        reading_time_minutes=old.reading_time_minutes if old.content_html else new.reading_time_minutes,
        dir=new.dir,
        signature=replace(new.signature, title_key=old.signature.title_key),
    )
