"""JSON Feed 1.0 and 1.1, field by field: a wrong type costs that field, not the entry, and never the document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

from aggregator.errors import Malformed, NotAFeed
from aggregator.model import Image, ParsedFeed, Person, RawEntry, RawText
from aggregator.parse import tree
from aggregator.text.html import xml_safe

_MAX_ENTRIES = 2000


def read(text: str, url: str) -> ParsedFeed:
    """The feed in ``text``, fetched from ``url``. Raises NotAFeed and Malformed.

    A document that stops early gives the items that were complete, and ``complete=False``.
    """
    complete = True
    document = _load(text)
    if document is None:
        complete, document = False, _load_part(text, url)
    if not isinstance(document, Mapping) or not _is_feed(document):
        raise NotAFeed(_complaint(document, url))
    items = document.get("items")
    entries = [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
    home = tree.resolve(_text(document, "home_page_url"), url)
    return ParsedFeed(
        format=_format(_text(document, "version")),
        url=url,
        title=tree.line(RawText(_text(document, "title"))),
        home_page_url=home,
        feed_url=tree.resolve(_text(document, "feed_url"), url),
        language=_text(document, "language") or None,
        authors=_authors(document, url),
        icon=tree.resolve(_text(document, "icon") or _text(document, "favicon"), url),
        generator=_text(document, "generator") or None,
        hubs=_hubs(document.get("hubs"), url),
        next_url=tree.resolve(_text(document, "next_url"), url),
        complete=complete,
        left_out=max(0, len(entries) - _MAX_ENTRIES),
        entries=tuple(_entry(item, url) for item in entries[:_MAX_ENTRIES]),
    )


def _entry(item: Mapping[str, Any], url: str) -> RawEntry:
    guid = _text(item, "id") or None
    address = tree.resolve(_text(item, "url"), url) or (guid if tree.is_web(guid) else None)
    html = _text(item, "content_html")
    image = tree.resolve(_text(item, "image") or _text(item, "banner_image"), url)
    return RawEntry(
        guid=guid,
        url=address or tree.resolve(_text(item, "external_url"), url),
        title=RawText(_text(item, "title")),
        summary=RawText(_text(item, "summary")),
        content=RawText(html, "html") if html else RawText(_text(item, "content_text")),
        published=_text(item, "date_published") or None,
        updated=_text(item, "date_modified") or None,
        authors=_authors(item, url),
        tags=_tags(item.get("tags")),
        image=Image(image) if image else None,
        language=_text(item, "language") or None,
        base="" if address else url,  # what it links to is another site
    )


def _load(text: str) -> Any:
    """The document; None if it is not JSON. The standard library takes what orjson refuses: lone surrogates, NaN."""
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        try:
            return json.loads(text, parse_int=_number, strict=False)
        except (ValueError, RecursionError):
            return None


def _number(digits: str) -> int | str:
    """A number whose digits nobody counts on (an id) stays text: reading thousands of digits is quadratic."""
    return int(digits) if len(digits) < 400 else digits


def _load_part(text: str, url: str) -> dict[str, Any]:
    """A JSON Feed that was cut off: what stands before its items, and the items that are complete."""
    decoder = json.JSONDecoder(parse_int=_number, strict=False)
    start = text.find('"items"')
    bracket = text.find("[", start) if start >= 0 else -1
    if bracket < 0:
        raise NotAFeed(f"{url} sent something that begins like JSON and is none; check the address")
    head = text[:start].rstrip().rstrip(",")
    document = _load(head + "}") if head.strip() != "{" else {}
    items: list[Any] = []
    position = bracket + 1
    while True:
        while text[position : position + 1] in (" ", "\t", "\r", "\n", ","):
            position += 1
        try:
            item, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        items.append(item)
    if not items:
        raise Malformed(f"{url} sent a JSON Feed that was cut off before its first item was complete")
    return {**(document if isinstance(document, dict) else {}), "items": items}


def _is_feed(document: Mapping[str, Any]) -> bool:
    """Whether it says that it is a JSON Feed, or has items that could be nothing else."""
    if "jsonfeed.org" in _text(document, "version"):
        return True
    items = document.get("items")
    return isinstance(items, list) and any(
        isinstance(item, Mapping) and ("content_html" in item or "content_text" in item or "date_published" in item)
        for item in items
    )


def _complaint(document: object, url: str) -> str:
    said = ""
    if isinstance(document, Mapping):
        said = next(
            (_text(document, key) for key in ("error", "message", "detail", "title") if _text(document, key)), ""
        )
    words = f' saying "{" ".join(said.split())[:120]}"' if said else " that is no JSON Feed"
    return f"{url} sent a JSON document{words} instead of a feed; check the address"


def _format(version: str) -> str:
    number = version.rpartition("/")[2].replace(".", "")
    return "jsonfeed" + {"1": "10", "11": "11"}.get(number, "")


def _text(of: Mapping[str, Any], key: str) -> str:
    """A text field; a number counts as its digits, everything else as nothing."""
    value = of.get(key)
    if isinstance(value, str):
        return xml_safe(value).strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def _authors(of: Mapping[str, Any], url: str) -> tuple[Person, ...]:
    """``authors`` (1.1), else ``author`` (1.0); a plain string counts as a name."""
    found: list[Person] = []
    for value in (of.get("authors"), of.get("author")):
        for one in value if isinstance(value, list) else [value]:
            fields = one if isinstance(one, Mapping) else {"name": one}
            who = tree.person(_text(fields, "name"))
            if who:
                home, avatar = (tree.resolve(_text(fields, key), url) for key in ("url", "avatar"))
                found.append(
                    Person(who.name, home if tree.is_web(home) else None, avatar if tree.is_web(avatar) else None)
                )
        if found:
            break
    return tuple(dict.fromkeys(found))


def _tags(value: object) -> tuple[str, ...]:
    """A list of words; one string counts as a list separated by commas."""
    words = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(dict.fromkeys(word for each in words if (word := _text({"tag": each}, "tag"))))


def _hubs(value: object, url: str) -> tuple[str, ...]:
    hubs = [hub for hub in value if isinstance(hub, Mapping)] if isinstance(value, list) else []
    return tuple(address for hub in hubs if (address := tree.resolve(_text(hub, "url"), url)))
