"""Both OPML documents are subscription lists of OPML 2.0, and name what a scope has."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime

import pytest
from lxml import etree

from aggregator.model import Article, Facet, SourceRef, View
from aggregator.render.formats import feeds_opml, sources_opml

BASE = "https://feeds.example.org"
Views = Callable[..., View]
SOURCES = (
    SourceRef("site", "Asha's notes & <drafts>", "feed", "https://asha.example/", "https://asha.example/feed.xml"),
    SourceRef("dev", "DEV", "dev", "https://dev.to/asha", "https://dev.to/feed/asha"),
    SourceRef("bare", "", "feed", None, "https://x.example/feed?a=1&b=2"),
    SourceRef("odd", "Odd", "feed", "javascript:hit()", "javascript:hit()"),
    SourceRef("twice", "DEV, once more", "dev", None, "https://dev.to/feed/asha"),
)


def read(data: bytes) -> etree._Element:
    root = etree.fromstring(data)
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert [e.tag for e in root] == ["head", "body"]
    head = root[0]
    assert (head.findtext("title") or "").strip()
    assert parsedate_to_datetime(head.findtext("dateModified") or "").year == 2026
    assert {e.tag for e in head} <= {"title", "dateModified", "ownerName", "ownerId"}, "no docs: the validator's Error"
    for outline in root.iter("outline"):
        assert (outline.get("text") or "").strip()
        assert set(outline.attrib) <= {"text", "title", "type", "xmlUrl", "htmlUrl", "language"}
        if dict(outline.attrib) == {"text": "Nothing to subscribe to"}:
            assert len(root[1]) == 1
        elif len(outline):
            assert set(outline.attrib) == {"text"}, "a folder; with a title it would want a type"
        else:
            assert outline.get("type") == "rss"
            assert (outline.get("xmlUrl") or "").startswith(("https://", "http://"))
            assert (outline.get("htmlUrl") or "https://").startswith(("https://", "http://"))
    return root


def feeds(root: etree._Element) -> dict[str, str | None]:
    return {e.get("xmlUrl") or "": e.get("text") for e in root.iter("outline") if e.get("xmlUrl")}


def test_the_feeds_of_everybody(view: Views) -> None:
    facets = {
        "tags": (Facet("c++", "C++", 2, f"{BASE}/tag/c%2B%2B/"),),
        "categories": (Facet("data", "Data & messaging", 0, "/category/data/"),),
        "tracks": (Facet("kafka-101", "Kafka from zero", 1, f"{BASE}/track/kafka-101/"),),
        "years": (Facet("2026", "2026", 2, f"{BASE}/?year=2026"),),
        "sources": (Facet("asha/dev", "DEV", 2, f"{BASE}/?source=asha/dev"),),
    }
    names = {"asha": "Asha Rao", "bo": " "}
    root = read(
        feeds_opml.render(view(path="", query="", owner=None, owner_url=None, facets=facets, owner_names=names))
    )
    assert feeds(root) == {
        f"{BASE}/rss.xml": "Asha & friends",
        f"{BASE}/asha/rss.xml": "Asha Rao",
        f"{BASE}/bo/rss.xml": "bo",
        f"{BASE}/category/data/rss.xml": "Asha & friends: Data & messaging",
        f"{BASE}/track/kafka-101/rss.xml": "Asha & friends: Kafka from zero",
        f"{BASE}/tag/c%2B%2B/rss.xml": "Asha & friends: C++",
    }
    assert [e.get("text") for e in root[1] if len(e)] == ["People", "Categories", "Reading lists", "Topics"]
    assert root[1][0].get("htmlUrl") == f"{BASE}/"


def test_the_feeds_of_one_owner(view: Views) -> None:
    root = read(feeds_opml.render(view(path="/asha", query="")))
    assert list(feeds(root)) == [f"{BASE}/asha/rss.xml", f"{BASE}/asha/tag/kafka/rss.xml"]
    assert root[0].findtext("ownerName") == "Asha Rao"
    assert root[0].findtext("ownerId") == "https://asha.example"


@pytest.mark.parametrize(
    ("path", "query", "feed"),
    [
        ("/asha/tag/kafka", "", "/asha/tag/kafka/rss.xml"),
        ("/tag/kafka", "", "/tag/kafka/rss.xml"),
        ("/asha", "cursor=x&exclude_source=dev&limit=3", "/asha/rss.xml?exclude_source=dev"),
        ("", "q=a%26b", "/rss.xml?q=a%26b"),
    ],
)
def test_a_narrowed_view_is_one_feed(view: Views, path: str, query: str, feed: str) -> None:
    assert list(feeds(read(feeds_opml.render(view(path=path, query=query))))) == [f"{BASE}{feed}"]


def test_the_sources_each_once(view: Views) -> None:
    root = read(sources_opml.render(view(sources=SOURCES)))
    assert feeds(root) == {
        "https://asha.example/feed.xml": "Asha's notes & ‹drafts>",
        "https://dev.to/feed/asha": "DEV",
        "https://x.example/feed?a=1&b=2": "bare",
    }
    assert [e.get("htmlUrl") for e in root.iter("outline")] == ["https://asha.example/", "https://dev.to/asha", None]


def test_without_sources_it_is_an_empty_list(view: Views) -> None:
    (outline,) = read(sources_opml.render(view(sources=())))[1]
    assert dict(outline.attrib) == {"text": "Nothing to subscribe to"}, "a body has one outline at least"


def test_dirt_is_carried_as_words(view: Views, article: Callable[..., Article]) -> None:
    dirty = "a\x00b\ud800<&>\u202e\ufffe"
    facets = {"tags": (Facet("t", dirty, 1, f"{BASE}/tag/t/"),)}
    sources = (SourceRef("s", dirty, "feed", None, "https://x.example/"),)
    seen = view(path="", query="", title=dirty, owner_names={"asha": dirty}, facets=facets, sources=sources)
    assert feeds(read(sources_opml.render(seen))) == {"https://x.example/": "ab‹＆>\u202e"}
    assert feeds(read(feeds_opml.render(seen)))[f"{BASE}/tag/t/rss.xml"] == "ab‹＆>\u202e: ab‹＆>\u202e"


def test_they_need_no_articles() -> None:
    assert not feeds_opml.FORMAT.articles
    assert not sources_opml.FORMAT.articles
