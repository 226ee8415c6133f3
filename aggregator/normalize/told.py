"""Fills in from an article's own page what the list on which it was found did not say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from aggregator.model import Entry, PageFacts
from aggregator.normalize.dating import believed
from aggregator.normalize.wording import SUMMARY_LENGTH
from aggregator.text import language
from aggregator.text.characters import fold, shorten

_TITLE_MOST = 300  # characters that a page's title may have


def filled(entry: Entry, facts: PageFacts, named: bool, now: datetime) -> Entry:
    """The entry with what its page (read at ``now``, aware) says wherever the list said nothing.

    ``named``: the list gave it a title; else the one of the page is better than words from an address. The signature
    is left as it was.
    """
    title = entry.title if named else shorten(fold(facts.title), _TITLE_MOST) or entry.title
    summary = entry.summary or shorten(fold(facts.summary), SUMMARY_LENGTH)
    dated = None if entry.published else believed(facts.published, now)
    spoken = entry.language or facts.language
    return replace(
        entry,
        title=title,
        summary=summary,
        published=dated.at if dated else entry.published,
        date_precision=dated.precision if dated else entry.date_precision,
        authors=entry.authors or facts.authors,
        image=entry.image or facts.image,
        language=spoken,
        dir=language.direction(spoken, f"{title} {summary}"),
    )
