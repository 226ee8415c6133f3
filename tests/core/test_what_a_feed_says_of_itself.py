"""The head of a document is as foreign as its items: plain text, and no address but http(s)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from aggregator import ingest
from aggregator.model import Fetched, Freshness, ParsedFeed, Source, Validators

SOURCE = Source(key="asha/blog", owner="asha", id="blog", kind="feed", feed_url="https://asha.example/feed.json")


def read(**said: str) -> ParsedFeed:
    document = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_text": "a"}], **said}
    fetched = Fetched(SOURCE.feed_url, 200, json.dumps(document).encode(), "", Validators(), Freshness())
    return ingest.read(fetched, SOURCE, datetime(2026, 5, 19, tzinfo=UTC)).feed


@pytest.mark.parametrize(
    ("said", "home"),
    [
        ("https://asha.example", "https://asha.example"),
        ("/about?a=1", "https://asha.example/about?a=1"),
        ("javascript:hit()", None),
        ("data:text/html,x", None),
        ("https://asha:pw@asha.example/", None),
        ("<img src=x onerror=hit()>", "https://asha.example/%3Cimg%20src=x%20onerror=hit()%3E"),
    ],
)
def test_its_addresses(said: str, home: str | None) -> None:
    feed = read(home_page_url=said, icon=said)
    assert (feed.home_page_url, feed.icon) == (home, home)


def test_its_title() -> None:
    assert read(title="List<String> <img src=x onerror=hit()>").title == "List<String> ‹img src=x onerror=hit()›"
