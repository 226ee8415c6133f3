"""OPML 2.0: section 1.4 of outputs.md, and what its specification and the W3C validator ask beyond that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from lxml import etree

from tests.rules.wording import LANGUAGE, illegal, read, rfc822, web_address

_HEAD = frozenset({"title", "dateCreated", "dateModified", "ownerName", "ownerEmail", "ownerId"})
_FEED = frozenset({"text", "title", "type", "xmlUrl", "htmlUrl", "language", "version", "description"})
_MARKUP = re.compile(r"<|&(?=\S)")


def opml_breaches(data: bytes, now: datetime, ahead: timedelta = timedelta(0)) -> list[str]:
    """Everything that the document does not hold, each with what and where; ``ahead`` as for feeds."""
    root = read(data)
    if root.tag != "opml" or root.get("version") != "2.0" or [child.tag for child in root] != ["head", "body"]:
        return ["O0 not OPML 2.0"]
    return [*_head(root[0], now + ahead), *_body(root[1]), *illegal(root)]


def _head(head: etree._Element, now: datetime) -> Iterator[str]:
    names = [str(child.tag) for child in head]
    if unknown := set(names) - _HEAD:
        yield f"O1 the head holds {unknown}"
    if len(names) != len(set(names)):
        yield f"O1 something is in the head twice: {names}"
    if not (head.findtext("title") or "").strip():
        yield "O1 the list has no title"
    yield from (f"O1 {name} is {value!r}" for name in names if _MARKUP.search(value := head.findtext(name) or ""))
    if (said := rfc822(head.findtext("dateModified"), now)) is not None:
        yield said
    owner = head.findtext("ownerId")
    if owner is not None and not web_address(owner):
        yield f"O1 the owner is {owner!r}"


def _body(body: etree._Element) -> Iterator[str]:
    if not len(body):
        yield "O2 a body without an outline"
    for outline in body.iter("outline"):
        yield from (f"{breach} ({outline.get('text')})" for breach in _outline(outline))


def _outline(outline: etree._Element) -> Iterator[str]:
    said = dict(outline.attrib)
    if not str(said.get("text") or "").strip():
        yield "O2 an outline without a text"
    yield from (f"O3 {name} is {said[name]!r}" for name in ("text", "title") if _MARKUP.search(str(said.get(name, ""))))
    if "type" not in said:
        if set(said) != {"text"}:
            yield f"O2 an outline without a type says {set(said)}"
        return
    if said["type"] != "rss" or not {"text", "title", "xmlUrl"} <= set(said) <= _FEED:
        yield f"O2 a subscription says {said}"
    for name in ("xmlUrl", "htmlUrl"):
        if name in said and not web_address(str(said[name])):
            yield f"O3 {name} is {said[name]!r}"
    if "language" in said and not LANGUAGE.fullmatch(str(said["language"])):
        yield f"O3 the language is {said['language']!r}"
