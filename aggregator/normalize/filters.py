"""What an owner takes from a source and what not: by author, and by patterns on an entry's fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from aggregator.model import Entry, Source

_READ = 100_000  # characters of a text that patterns look at

_FIELDS: Final[Mapping[str, Callable[[Entry, str], tuple[str, ...]]]] = {
    "title": lambda entry, text: (entry.title,),
    "url": lambda entry, text: (entry.url or "",),
    "tag": lambda entry, text: (*entry.tags, *entry.tag_labels.values()),
    "text": lambda entry, text: (entry.summary, text[:_READ]),
    "author": lambda entry, text: tuple(person.name for person in entry.authors),
}


def refusal(entry: Entry, text: str, source: Source) -> str | None:
    """Why this source's filters leave the entry out; None if they take it. ``text`` is the body without markup.

    With ``include`` one pattern must match, with ``exclude`` none may; letters match in either case.
    """
    if source.author and not _is_by(source.author, entry):
        names = ", ".join(person.name for person in entry.authors) or "nobody named"
        return f"written by {names}, and this source takes only {source.author}"
    if source.include and not any(_matches(field, pattern, entry, text) for field, pattern in source.include):
        return "matches no `include` pattern of this source"
    for field, pattern in source.exclude:
        if _matches(field, pattern, entry, text):
            return f"its {field} matches the `exclude` pattern {pattern}"
    return None


def _is_by(author: str, entry: Entry) -> bool:
    wanted = " ".join(author.split()).casefold()
    return any(" ".join(person.name.split()).casefold() == wanted for person in entry.authors)


def _matches(field: str, pattern: str, entry: Entry, text: str) -> bool:
    compiled = _compiled(pattern)
    values = _FIELDS.get(field)
    return compiled is not None and values is not None and any(map(compiled.search, values(entry, text)))


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern; None if it is none, which the config has already refused."""
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error:
        return None
