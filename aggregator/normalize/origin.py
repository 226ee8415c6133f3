"""The note by which an author names the original: "originally published at ...", with the address behind the words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_HEAD, _TAIL = 2500, 3500  # characters of markup at the two ends of an article in which such notes stand
_INLINE = r"(?:</?(?:p|em|i|b|strong|small|span|br|hr|blockquote|code|sub|sup|u)(?:\s[^<>]{0,200})?/?>|[\s:—–-])"
_ANCHOR = r"<a\s[^<>]{0,400}?href=\"([^\"<>]{1,2000})\"[^<>]{0,400}>"
_SAID = (
    r"(?:(?:originally|first|initially)\s{1,3}(?:published|posted|appeared|written|shared)|cross-?\s?posted|"
    r"(?:published|posted|appeared)\s{1,3}(?:originally|first)|syndicated|republished)"
)
_HINTS = ("original", "publish", "posted", "appeared", "syndicated", "first", "initially")
_NOTES = (
    # Originally published at <a href="...">
    re.compile(rf"{_SAID}\b[^<>]{{0,80}}{_INLINE}{{0,12}}(?:on|at|in|from|by|to)?\s{{0,3}}{_ANCHOR}", re.IGNORECASE),
    # <a href="...">Title</a> was originally published; The post <a href="...">Title</a> appeared first on
    re.compile(
        rf"{_ANCHOR}[^<>]{{0,300}}(?:</(?:em|i|b|strong|span)>)?</a>{_INLINE}{{0,6}}(?:was|has been)?\s{{0,3}}"
        rf"(?:{_SAID}|appeared\s{{1,3}}first)",
        re.IGNORECASE,
    ),
    # This was <a href="...">originally published</a> elsewhere; <a href="...">Read the original post</a>
    re.compile(
        rf"{_ANCHOR}[^<>]{{0,100}}(?:{_SAID}|(?:read|see)\s{{1,3}}the\s{{1,3}}original|original\s{{1,3}}(?:post|article))",
        re.IGNORECASE,
    ),
    # Read the original post at: <a href="...">
    re.compile(
        rf"(?:read|see|find)\s{{1,3}}the\s{{1,3}}original\s{{1,3}}(?:post|article|version)[^<>]{{0,60}}{_INLINE}{{0,12}}{_ANCHOR}",
        re.IGNORECASE,
    ),
    # Cross-posted from https://...: no link, as in a teaser; an address that was cut off is none
    re.compile(
        rf"{_SAID}(?:\s{{1,3}}(?:on|at|in|from|by|to|via|my|our|the|blog|website|site|here)){{0,5}}{_INLINE}{{1,6}}"
        r"(https?://[^\s<>\"…]{3,500}?[^\s<>\"….,;:!?)\]])(?!\.\.)(?=[.,;:!?)\]]{0,3}(?:[\s<]|\Z))",
        re.IGNORECASE,
    ),
)


def named(content_html: str) -> Iterator[str]:
    """Every address that a note at the beginning or the end of a sanitized article names as the original, in order.

    The address is the link's, never its words: those are often only a domain (sources.md, Medium import). Where there
    is no link, it is the address that is written out.
    """
    ends = (content_html,) if len(content_html) <= _HEAD + _TAIL else (content_html[:_HEAD], content_html[-_TAIL:])
    for part in ends:
        said = part.casefold()
        if not any(hint in said for hint in _HINTS):  # most articles: spares them the patterns below
            continue
        for note in _NOTES:
            for found in note.finditer(part):
                yield html.unescape(found[1])
