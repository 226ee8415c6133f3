"""Any feed by its address: the kind for sites of one's own and for platforms that have no kind yet."""

from __future__ import annotations

import re
from dataclasses import replace

from aggregator.model import ParsedFeed, RawEntry
from aggregator.sources.address import refusal, split
from aggregator.sources.kind import Kind, Resolved
from aggregator.sources.markup import without_last_line
from aggregator.text import urls

ACCEPTS = ("the http(s) address of an RSS, Atom or JSON feed (https://asha.example/feed.xml)",)

_SLUG_BREAK = re.compile(r"[^a-z0-9]+")


def resolve(value: str, base_url: str | None) -> Resolved:
    """The address itself."""
    if base_url is not None:
        raise refusal("feed", value, "is a whole address and takes no base_url", ACCEPTS)
    parts = split(value)
    url = urls.absolute(value)
    if parts is None or url is None:
        hint = f'; did you mean "https://{value}"?' if "." in value and "://" not in value else ""
        raise refusal("feed", value, f"is no http(s) address{hint}", ACCEPTS)
    slug = _SLUG_BREAK.sub("-", (parts.hostname or "").removeprefix("www.")).strip("-")
    return Resolved(url, None, slug or "feed", None)


def refine(raw: RawEntry, feed: ParsedFeed) -> RawEntry:
    """Take the line off that WordPress appends to every content and every excerpt."""
    return replace(raw, summary=without_last_line(raw.summary), content=without_last_line(raw.content))


# Two patterns, with "This article was" before it and without: an optional beginning makes the search far slower.
_ORIGINALLY = (
    r"(?:[Oo]riginally (?:published|posted)|[Ff]irst published|[Cc]ross-?posted)"
    r" (?:at|on|in|from|to) (?:https?://\S{1,500}|[^\n]{1,120}?(?:\.(?=\s|$)|\n|$))"
)

KIND = Kind(
    name="feed",
    label="Feed",
    accepts=ACCEPTS,
    resolve=resolve,
    refine=refine,
    boilerplate=(
        re.compile(r"The post .{1,300}? (?:appeared first|first appeared) on .{1,100}?\.(?=\s|$)"),
        re.compile(rf"Th(?:is|e) (?:article|post|story|blog post) (?:was|is|has been) {_ORIGINALLY}"),
        re.compile(rf"\b{_ORIGINALLY}"),
    ),
    anywhere=True,
    rank=10,
)
