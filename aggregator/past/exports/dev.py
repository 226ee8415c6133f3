"""The export of DEV and other Forem communities: ``articles.json``; also what their API says of an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from aggregator.model import Circumstances, Image, Person, Piece, RawEntry, RawText, Skipped
from aggregator.past.export import Export, Read, last
from aggregator.past.markup import html_of
from aggregator.sources import keys_of
from aggregator.text import urls
from aggregator.text.html import xml_safe

ORIGIN = "https://dev.to"
_OTHERS = ("package.json", "package-lock.json", "comments.json")
_BODIES = ("body_markdown", "processed_html", "body_html")


def pieces(names: Sequence[str], read: Read) -> Iterator[Piece]:
    """Every article of every JSON file that holds a list of them."""
    for name in names:
        if len(names) == 1 or (name.lower().endswith(".json") and last(name).lower() not in _OTHERS):
            for number, article in enumerate(_articles(read(name)), 1):
                yield Piece(f"{name}#{number}", orjson.dumps(article))


def _articles(body: bytes) -> Sequence[Mapping[str, Any]]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ()
    listed = document.get("articles") if isinstance(document, dict) else document
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return found if any("title" in one and any(name in one for name in _BODIES) for one in found) else ()


def entry(piece: Piece, circumstances: Circumstances) -> RawEntry | Skipped:
    """An article that is published."""
    said: Mapping[str, Any] = orjson.loads(piece.body)
    title = _text(said, "title")
    published = _text(said, "published_at") or _text(said, "published_timestamp")
    if said.get("published") is False or not published:
        return Skipped(title or piece.name, "a draft")
    path = _text(said, "path")
    url = _text(said, "url") or (f"{circumstances.origin or ORIGIN}{path}" if path.startswith("/") else "")
    if not url:
        raise ValueError("it does not say where it stands")
    canonical = _text(said, "canonical_url")
    user = said.get("user") if isinstance(said.get("user"), Mapping) else {}
    name = _text(said, "cached_user_name") or _text(user or {}, "name")
    image = urls.absolute(_text(said, "main_image") or _text(said, "cover_image") or _text(said, "social_image"), url)
    minutes = said.get("reading_time_minutes")
    return RawEntry(
        guid=url,
        url=url,
        title=RawText(title),
        summary=RawText(_text(said, "description")),
        content=_body(said),
        published=published,
        updated=_text(said, "edited_at") or None,
        authors=(Person(name),) if name else (),
        tags=_tags(said),
        image=Image(image) if image else None,
        language=_text(said, "language") or None,
        canonical_url=canonical if canonical and set(keys_of(canonical)).isdisjoint(keys_of(url)) else None,
        base=url,
        reading_time_minutes=minutes if isinstance(minutes, int) and 0 < minutes < 1000 else None,
    )


def _body(said: Mapping[str, Any]) -> RawText:
    """As the platform rendered it, else from its Markdown."""
    rendered = _text(said, "processed_html") or _text(said, "body_html")
    return RawText(rendered or html_of(_text(said, "body_markdown")), "html")


def _tags(said: Mapping[str, Any]) -> tuple[str, ...]:
    listed = said.get("cached_tag_list") or said.get("tag_list") or said.get("tags") or ()
    words = listed.split(",") if isinstance(listed, str) else listed if isinstance(listed, list) else ()
    return tuple(word.strip() for word in words if isinstance(word, str) and word.strip())


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return xml_safe(value).strip() if isinstance(value, str) else ""


EXPORT = Export(name="dev", label="an export of DEV", kind="dev", pieces=pieces, entry=entry, title="DEV")
