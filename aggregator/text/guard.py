"""Refuses HTML that would take a parser quadratic time, in linear time and before any parser sees it (traps T6, T7).

HTML5 tree building walks the open elements for every tag and compares every attribute of a tag with the others: 1 MB of
`<div>` took nh3 24 s, one tag with 200,000 attributes more than 30 s.
"""

from __future__ import annotations

import re

from aggregator.errors import TooComplex
from aggregator.text.tables import words

_MAX_BYTES = 1024 * 1024
_MAX_ATTRIBUTES = 256
_FREE_TAGS = 2_000  # so few are harmless however they nest
_MAX_WALKED = 4_000_000  # open elements, added up over all tags
_MAX_REOPENED = 400_000  # open formatting elements, added up: each paragraph opens all of them again

_BLANK = r"[ \t\n\f\r]"
_VALUE = r"""(?:"[^"]*+"?+|'[^']*+'?+|[^ \t\n\f\r>"'][^ \t\n\f\r>]*+)"""
_ATTRIBUTE = rf"[ \t\n\f\r/]*+[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+(?:{_BLANK}*+={_BLANK}*+{_VALUE}?+)?+"
_MANY_ATTRIBUTES = re.compile(rf"<[a-zA-Z][^ \t\n\f\r/>]*+(?:{_ATTRIBUTE}){{{_MAX_ATTRIBUTES}}}")
_TAG = re.compile(rf"<(?:!--(?:>|->|.*?(?:--!?>|\Z))|(/?)([a-zA-Z][^ \t\n\f\r/>]*+)(?:{_ATTRIBUTE})*+)", re.DOTALL)
_INLINED = re.compile(r"data:[a-zA-Z0-9.+-]*/[a-zA-Z0-9.+-]*;base64,[A-Za-z0-9+/=_-]*")

# Elements that never hold another one open, because they are empty or because the next of their kind ends them.
_SHALLOW = words(
    """
    area base br col embed hr img input link meta param source track wbr keygen basefont bgsound frame image
    p li dt dd tr td th thead tbody tfoot colgroup caption option optgroup html head body
    """
)
_FORMATTING = words("a b big code em font i nobr s small strike strong tt u")
# Their content is text, not tags; a tag in it is counted when it opens and not believed when it closes.
_RAW = words("script style xmp iframe noembed noframes noscript textarea title plaintext")


_SCRIPT = re.compile(r"<(script|style)\b[^<>]*>", re.IGNORECASE)
_END = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style")}


def check(html: str) -> str:
    """Return `html` without data that only fills it; raises TooComplex when reading it would take too long.

    Takes at most 1 MiB of UTF-8, 256 attributes in one tag and a bounded sum of open elements over all tags.
    """
    if len(html) > _MAX_BYTES // 4 and "base64," in html:
        html = _INLINED.sub("data:,", html)  # pictures inside the text; only http(s) comes out anyway
    if len(html) > _MAX_BYTES or (not html.isascii() and len(html.encode(errors="replace")) > _MAX_BYTES):
        raise TooComplex(f"A text is longer than {_MAX_BYTES} bytes; nothing of it was read.")
    if "<![CDATA[" in html:  # hides tags in SVG and nowhere else: no two readers would agree on the depth
        html = html.replace("<![CDATA[", " ").replace("]]>", " ")
    if "<" not in html or _is_simple(html):
        return html
    html = _without_scripts(html)  # where `i<n` looks like a tag
    if _is_simple(html):
        return html
    raise TooComplex(
        f"A text has a tag with more than {_MAX_ATTRIBUTES} attributes or elements nested too deeply; nothing was read."
    )


def _without_scripts(html: str) -> str:
    kept = []
    place = 0
    while start := _SCRIPT.search(html, place):
        end = _END[start[1].lower()].search(html, start.end())
        if end is None:
            break
        kept.append(html[place : start.end()])
        place = end.start()
    return "".join((*kept, html[place:]))


def _is_simple(html: str) -> bool:
    if _MANY_ATTRIBUTES.search(html):
        return False
    return html.count("<") <= _FREE_TAGS or _is_shallow(html)


def _is_shallow(html: str) -> bool:
    """Add up, tag by tag, how many elements can be open at most; never fewer than any parser has."""
    opened: dict[str, int] = {}
    depth = formatting = walked = reopened = 0
    raw: str | None = None  # the element whose text this is, until it ends
    for match in _TAG.finditer(html):
        name = match[2]
        if name is None:
            continue
        name = name.lower()
        if match[1]:
            if raw is not None:
                if name == raw:
                    raw = None
                continue
            if opened.get(name):
                opened[name] -= 1
                depth -= 1
                formatting -= name in _FORMATTING
            walked += depth
        elif name in _RAW:
            raw = raw or name
        else:
            if name not in _SHALLOW:
                opened[name] = opened.get(name, 0) + 1
                depth += 1
                formatting += name in _FORMATTING
            walked += depth
            reopened += formatting
        if walked > _MAX_WALKED or reopened > _MAX_REOPENED:
            return False
    return True
