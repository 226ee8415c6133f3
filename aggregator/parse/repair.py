"""What can be mended in a document without guessing: characters, references, prefixes, junk after the end, a cut."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from html.entities import html5
from typing import NamedTuple

from aggregator.errors import TooComplex
from aggregator.parse.names import PREFIXES

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_C1_REFERENCE = re.compile(r"&#(?:0{0,4}(1[2-5][0-9])|[xX]0{0,4}([89][0-9a-fA-F]));")
_LOOSE_END = re.compile(
    r"&(?:#(?:([0-9]{1,8})|[xX]([0-9a-fA-F]{1,7}));|([A-Za-z_][A-Za-z0-9_.-]{0,60});)?|<(?![A-Za-z_/!])|\]\]>"
)
_TAG = re.compile(r"<(?:(/?)([A-Za-z_][\w.:-]{0,200})([^<>]*)(>?)|(!\[CDATA\[)|(!--)|(\?))")
_USED_PREFIX = re.compile(r"<([A-Za-z_][\w.-]{0,40}):[A-Za-z_]|[\s\"']([A-Za-z_][\w.-]{0,40}):[\w.-]{1,60}\s{0,8}=")
_DECLARED_PREFIX = re.compile(r"xmlns:([A-Za-z_][\w.-]{0,40})\s{0,8}=")
_CDATA = "<![CDATA["
_KEPT = frozenset({"lt", "gt", "amp", "quot", "apos"})
_ENTRY = frozenset({"item", "entry"})
_LOOK_BACK = 60  # open elements in which the start of an end tag is looked for
_GROWTH = 1024 * 1024  # characters that entities of the document itself may add


class Tag(NamedTuple):
    """One tag outside comments, CDATA sections and processing instructions."""

    start: int
    end: int
    name: str  # as written, prefix included
    closing: bool
    empty: bool  # <name/>


def legal(text: str) -> str:
    """``text`` without characters that XML 1.0 section 2.2 forbids, and with C1 references read as windows-1252.

    ``&#150;`` means a dash to everyone who ever wrote it, a control character to an XML parser.
    """
    if _ILLEGAL.search(text):
        text = _ILLEGAL.sub("", text)
    if "&#1" in text or "&#x" in text or "&#0" in text or "&#X" in text:
        text = _C1_REFERENCE.sub(lambda m: html.unescape(f"&#{m[1]};" if m[1] else f"&#x{m[2]};"), text)
    return text


def tags(text: str) -> Iterator[Tag]:
    """Every tag of ``text``, in linear time; stops at a section that never ends."""
    position = 0
    while found := _TAG.search(text, position):
        closing, name, rest, end, cdata, comment, _ = found.groups()
        position = found.end()
        if name:
            if not end:
                continue
            yield Tag(found.start(), position, name, bool(closing), rest.endswith("/"))
            continue
        mark = "]]>" if cdata else "-->" if comment else "?>"
        stop = text.find(mark, position)
        if stop < 0:
            return
        position = stop + len(mark)


def mend(text: str, entities: Mapping[str, str]) -> str:
    """``text`` with each reference and stray ``<``, ``&``, ``]]>`` outside CDATA made legal and its prefixes declared.

    Raises TooComplex when the document's own ``entities`` (name -> plain text) would multiply it.
    """
    pieces: list[str] = []
    budget = len(text) + _GROWTH
    size = position = 0

    def reference(found: re.Match[str]) -> str:
        nonlocal size
        decimal, hexadecimal, name = found.groups()
        if decimal or hexadecimal:
            number = int(decimal) if decimal else int(hexadecimal, 16)
            return f"&#{number};" if _is_character(number) else ""
        if name is None or name in _KEPT:
            return found[0] if name else {"&": "&amp;", "<": "&lt;"}.get(found[0], "]]&gt;")
        value = entities.get(name, html5.get(name + ";"))
        if value is None:
            return f"&amp;{name};"
        size += len(value)
        if size > _GROWTH:
            raise TooComplex("the feed's own entities multiply its text; it is not read")
        return html.escape(value, quote=False)

    while position < len(text):
        start, mark = _next_section(text, position)
        pieces.append(_LOOSE_END.sub(reference, text[position:start]))
        if start == len(text):
            break
        stop = text.find(mark, start)
        position = len(text) if stop < 0 else stop + len(mark)
        if mark == "]]>":
            section, position = _cdata(text, start, position)
            pieces.append(section)
    mended = "".join(pieces)
    if len(mended) > budget * 6:
        raise TooComplex("the feed is more markup errors than text; it is not read")
    return _declare(mended)


def _next_section(text: str, position: int) -> tuple[int, str]:
    """Where the next CDATA section or comment begins, and what ends it; the end of the text if there is none."""
    start = text.find("<!", position)
    while start >= 0:
        if text.startswith(_CDATA, start):
            return start, "]]>"
        if text.startswith("<!--", start):
            return start, "-->"
        start = text.find("<!", start + 2)
    return len(text), ""


def _cdata(text: str, start: int, end: int) -> tuple[str, int]:
    """The CDATA section at ``start``, and where it ends.

    A section around another one ends at the inner end for a parser, at its own for its author: it is read on when
    there is a further end mark before any further beginning.
    """
    nested = text.count(_CDATA, start + len(_CDATA), end)
    for _ in range(min(nested, 3)):
        further = text.find("]]>", end)
        beginning = text.find(_CDATA, end)
        if further < 0 or 0 <= beginning < further:
            break
        end = further + 3
    section = text[start:end]
    if section.count("]]>") > 1:
        section = f"{_CDATA}{section[len(_CDATA) : -3].replace(_CDATA, '').replace(']]>', '')}]]>"
    return section, end


def _is_character(number: int) -> bool:
    """XML 1.0 section 2.2, Char."""
    return (
        number in (9, 10, 13) or 0x20 <= number <= 0xD7FF or 0xE000 <= number <= 0xFFFD or 0x10000 <= number <= 0x10FFFF
    )


def _declare(text: str) -> str:
    """``text`` with a namespace on its root for each prefix that is used and not declared there.

    Eleventy's and one of Hugo's templates write ``content:encoded`` and forget the declaration.
    """
    end = text.find(">")
    root = text[: end + 1] if end >= 0 else text
    declared = {*_DECLARED_PREFIX.findall(root), "xml", "xmlns"}
    used: set[str] = set()
    for element, attribute in _USED_PREFIX.findall(text):
        used.add(element or attribute)
    missing = [name for name in sorted(used - declared) if name.isascii()][:100]
    if not missing:
        return text
    known = {prefix: uri for uri, prefix in PREFIXES.items()}
    uris = {name: html.escape(known.get(name, f"urn:undeclared:{name}")) for name in missing}
    inserted = "".join(f' xmlns:{name}="{uri}"' for name, uri in uris.items())
    name = _TAG.match(text)
    return text if name is None else text[: name.end(2)] + inserted + text[name.end(2) :]


def up_to_root_end(text: str, root: str) -> str | None:
    """``text`` up to its root's end tag; None if there is none: the document was cut off."""
    for tag in tags(text):
        if tag.closing and tag.name.lower() == root.lower():
            return text[: tag.end]
    return None


def whole_entries(text: str, limit: int) -> tuple[str, int]:
    """``text`` up to the end of its last complete entry (at most ``limit`` of them), its open elements closed.

    Also says how many entries that holds. An entry that was cut in the middle is left out: half of it would overwrite
    the whole (traps.md T15).
    """
    stack: list[str] = []
    left_open: list[str] = []
    end = count = 0
    for tag in tags(text):
        if not tag.closing:
            if not tag.empty:
                stack.append(tag.name)
            continue
        if tag.name not in stack[-_LOOK_BACK:]:
            continue
        while stack.pop() != tag.name:
            pass
        if tag.name.split(":")[-1].lower() in _ENTRY:
            count += 1
            end, left_open = tag.end, stack[:_LOOK_BACK]
            if count == limit:
                break
    return text[:end] + "".join(f"</{name}>" for name in reversed(left_open)), count
