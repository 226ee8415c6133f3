"""Real documents, read as carefully as by hand; they live beside the project and are skipped where they are missing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from lxml import etree

from aggregator.errors import NotAFeed
from aggregator.model import Entry, Source
from aggregator.normalize import normalize
from aggregator.parse import loose, parse, repair
from aggregator.parse.charset import decode
from aggregator.text.html import plain, sanitize, text_of

SHARED = Path(__file__).parents[2].parent / "shared"
FEEDS = SHARED / "data" / "feeds"
FOUND = sorted(path for path in FEEDS.glob("*") if path.suffix in (".xml", ".rss", ".atom", ".json"))
NO_FEEDS = {"gen-hugo-sitemap.xml"}
URL = "https://reader.example/feed"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
SOURCE = Source(key="me/feed", owner="me", id="feed", kind="feed", feed_url=URL)

needs_data = pytest.mark.skipif(not FOUND, reason="the real feeds (../shared/data/feeds) are not here")
each_feed = pytest.mark.parametrize(
    "path", [path for path in FOUND if path.name not in NO_FEEDS] or [FEEDS], ids=lambda path: path.name
)


def counted(body: bytes) -> int:
    """How many different items a forgiving parser sees."""
    if body.lstrip().startswith(b"{"):
        return len(json.loads(body)["items"])
    root = etree.fromstring(body, etree.XMLParser(recover=True, resolve_entities=False, no_network=True))
    items = root.xpath("//*[local-name() = 'item' or local-name() = 'entry']")
    return len({(item.findtext("{*}guid"), item.findtext("{*}id"), item.findtext("{*}title")) for item in items})


@needs_data
@each_feed
def test_every_item_is_read_and_is_safe_to_show(path: Path) -> None:
    body = path.read_bytes()
    feed = parse(body, "", URL)
    assert feed.complete
    assert len(feed.entries) == counted(body)
    for raw in feed.entries:
        entry = normalize(raw, feed, SOURCE, NOW)
        assert isinstance(entry, Entry)
        assert entry.title.strip() and entry.guid
        assert entry.url and urlsplit(entry.url).scheme in ("http", "https")
        assert entry.published and entry.published.tzinfo is UTC and entry.date_precision == "second"
        assert len(entry.summary) <= 220 and entry.reading_time_minutes >= 1
        assert sanitize(entry.content_html, entry.url) == entry.content_html
        assert bool(raw.content.value.strip()) <= bool(plain(entry.content_html))


@needs_data
@each_feed
def test_the_quick_reading_says_what_feedparser_says(path: Path) -> None:
    if path.suffix == ".json":
        pytest.skip("feedparser reads no JSON Feed")
    quick = parse(path.read_bytes(), "", URL)
    text = decode(path.read_bytes(), "")
    start = next(text.find(root) for root in ("<rss", "<rdf", "<feed") if root in text)
    whole = repair.up_to_root_end(repair.mend(text[start:], {}), text[start + 1 : start + 5].split()[0])
    assert whole is not None
    careful = loose.read(whole, URL)
    assert careful.title == quick.title
    assert [text_of(entry.title) for entry in careful.entries] == [text_of(entry.title) for entry in quick.entries]
    for slow, fast in zip(careful.entries, quick.entries, strict=True):
        assert (slow.guid or slow.url, slow.url, slow.updated) == (fast.guid or fast.url, fast.url, fast.updated)
        assert (slow.published, slow.in_reply_to) == (fast.published, fast.in_reply_to)
        assert [person.name for person in slow.authors] == [person.name for person in fast.authors]
        assert plain(slow.content.value) == plain(fast.content.value)
        assert plain(slow.summary.value) == plain(fast.summary.value)


@needs_data
def test_what_is_no_feed_is_refused() -> None:
    with pytest.raises(NotAFeed, match="a sitemap"):
        parse((FEEDS / "gen-hugo-sitemap.xml").read_bytes(), "", URL)


@pytest.mark.skipif(
    not list((SHARED / "seeds").glob("000_*")), reason="the seed documents (../shared/seeds) are not here"
)
def test_the_first_seed_comes_out_as_its_author_sees_it() -> None:
    feed = parse(next((SHARED / "seeds").glob("000_*")).read_bytes(), "application/xml; charset=utf-8", URL)
    (raw,) = feed.entries
    entry = normalize(raw, feed, SOURCE, NOW)
    assert isinstance(entry, Entry)
    assert " & " in entry.title and "—" in entry.title and "&amp;" not in entry.title
    assert entry.published == datetime(2026, 5, 19, 9, 34, 58, tzinfo=UTC)
    assert entry.reading_time_minutes == 2 and 300 < entry.word_count < 400
    assert entry.image is None and entry.canonical_url is None
    assert list(entry.tags) == ["ai", "backend", "distributedsystems", "infrastructure"]
    assert "👋" not in entry.summary and len(entry.summary) > 150
    assert [key.partition(":")[0] for key in entry.keys] == ["dev", "u"]
