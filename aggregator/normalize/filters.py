"""What an owner takes from a source and what not: by author, and by patterns on an entry's fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from aggregator.errors import ConfigError
from aggregator.model import Entry, Skipped, Source
from aggregator.text.patterns import finder

_READ = 100_000  # characters of a text that patterns look at

_FIELDS: Final[Mapping[str, Callable[[Entry, str], tuple[str, ...]]]] = {
    "title": lambda entry, text: (entry.title,),
    "url": lambda entry, text: (entry.url or "",),
    "tag": lambda entry, text: (*entry.tags, *entry.tag_labels.values()),
    "text": lambda entry, text: (entry.summary, text[:_READ]),
    "author": lambda entry, text: tuple(person.name for person in entry.authors),
}


def names(source: Source) -> tuple[str, ...]:
    """The filters of a source as its owner would write them, in the order in which they are asked.

    All of ``include`` is one filter: it is its patterns together that leave something out.
    """
    author = (f"author: {source.author}",) if source.author else ()
    include = (_include(source),) if source.include else ()
    return (*author, *include, *(_exclude(field, pattern) for field, pattern in source.exclude))


def refusal(entry: Entry, text: str, source: Source) -> Skipped | None:
    """Why this source's filters leave the entry out; None if they take it. ``text`` is the body without markup.

    With ``include`` one pattern must match, with ``exclude`` none may; letters match in either case.
    """
    if source.author and not _is_by(source.author, entry):
        people = ", ".join(person.name for person in entry.authors) or "nobody named"
        reason = f"written by {people}, and this source takes only {source.author}"
        return Skipped(entry.title, reason, f"author: {source.author}")
    if source.include and not any(_matches(field, pattern, entry, text) for field, pattern in source.include):
        return Skipped(entry.title, "matches no `include` pattern of this source", _include(source))
    for field, pattern in source.exclude:
        if _matches(field, pattern, entry, text):
            reason = f"its {field} matches the `exclude` pattern {pattern}"
            return Skipped(entry.title, reason, _exclude(field, pattern))
    return None


def _include(source: Source) -> str:
    return "include: " + " or ".join(f"{{{field}: {pattern}}}" for field, pattern in source.include)


def _exclude(field: str, pattern: str) -> str:
    return f"exclude: {{{field}: {pattern}}}"


def _is_by(author: str, entry: Entry) -> bool:
    wanted = " ".join(author.split()).casefold()
    return any(" ".join(person.name.split()).casefold() == wanted for person in entry.authors)


def _matches(field: str, pattern: str, entry: Entry, text: str) -> bool:
    values = _FIELDS.get(field)
    try:
        return values is not None and any(map(finder(pattern), values(entry, text)))
    except ConfigError:  # the config has refused it already
        return False
