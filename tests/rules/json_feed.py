"""JSON Feed 1.1: rows J1 to J4 of outputs.md section 1.3, with the published schemas of both documents."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from aggregator.render.schema import index_schema
from tests.rules.wording import ARTICLE_ID, ILLEGAL, LANGUAGE, html_breaches, rfc3339, web_address

_SCHEMA = Draft202012Validator(
    json.loads((Path(__file__).parents[1] / "core" / "render" / "jsonfeed-1.1.schema.json").read_text())
)
_INDEX = Draft202012Validator(index_schema())
_EXTENSION = re.compile(r"_[A-Za-z][^.]*")
_TAG = re.compile(r"[^\s,]+")

Members = Mapping[str, Any]


def json_breaches(data: bytes, address: str, now: datetime) -> list[str]:
    """Every row that the document at ``address`` does not hold, each with what and where."""
    text = data.decode("utf-8")
    document = json.loads(text)
    validators = [_SCHEMA, _INDEX] if "facets" in document.get("_aggregator", {}) else [_SCHEMA]
    wrong = [
        f"J1 {found.json_path}: {found.message[:200]}" for one in validators for found in one.iter_errors(document)
    ]
    return [*wrong, *_feed(document, text, address), *_items(document["items"], now)]


def _feed(feed: Members, text: str, address: str) -> Iterator[str]:
    if not text.startswith('{"version":"https://jsonfeed.org/version/1.1"'):
        yield "J1 the version does not stand first"
    if feed["feed_url"] != address:
        yield f"J1 it says that it is {feed['feed_url']}, not {address}"
    for name in ("home_page_url", "feed_url", "next_url"):
        if name in feed and not web_address(feed[name]):
            yield f"J1 {name} is {feed[name]!r}"
    if feed.get("next_url") == feed["feed_url"]:
        yield "J1 the next page is this one"
    if ILLEGAL.search(text) or ("\\u00" in text and ILLEGAL.search(json.dumps(feed, ensure_ascii=False))):
        yield "J1 a character that no XML could carry on"
    yield from (
        f"J3 hub {hub}" for hub in feed.get("hubs", ()) if hub["type"] != "WebSub" or not web_address(hub["url"])
    )
    yield from (f"J1 member {name!r}" for name in feed if name.startswith("_") and not _EXTENSION.fullmatch(name))
    authors = {json.dumps(item.get("authors")) for item in feed["items"]}
    if "authors" in feed and authors - {json.dumps(feed["authors"])}:
        yield "J1 the feed names an author whom Miniflux would add to other people's items"


def _items(items: list[Members], now: datetime) -> Iterator[str]:
    ids = Counter(item["id"] for item in items)
    yield from (f"J1 {id_} is there {times} times" for id_, times in ids.items() if times > 1)
    for item in items:
        yield from (f"{breach} ({item['id']})" for breach in _item(item, now))


def _item(item: Members, now: datetime) -> Iterator[str]:
    if not ARTICLE_ID.fullmatch(item["id"]):
        yield "J1 its id is not our tag URI"
    if not str(item.get("content_html") or item.get("content_text") or "").strip():
        yield "J1 without content NetNewsWire does not show it"
    yield from (f"J1 {breach}" for breach in html_breaches(item.get("content_html", "")))
    for name in ("url", "image"):
        if name in item and not web_address(item[name]):
            yield f"J1 {name} is {item[name]!r}"
    for name in ("date_published", "date_modified"):
        if name in item and (said := rfc3339(item[name], now + timedelta(hours=24))) is not None:
            yield f"J4 {said}"
    if item["authors"][0] != item["author"]:
        yield "J1 author is not the first of authors"
    yield from (f"J1 tag {tag!r}" for tag in item.get("tags", ()) if not _TAG.fullmatch(tag))
    if "language" in item and not LANGUAGE.fullmatch(item["language"]):
        yield f"J1 {item['language']!r} is no language"
