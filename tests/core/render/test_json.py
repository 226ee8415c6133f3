"""feed.json and index.json hold outputs.md 1.3 and section 4 of the contract, member by member."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from aggregator.model import Article, CopyRef, Person, SourceRef, View
from aggregator.render.formats import feed_json, index_json
from aggregator.render.schema import index_schema

Views = Callable[..., View]
Articles = Callable[..., Article]

JSON_FEED = Draft202012Validator(json.loads((Path(__file__).parent / "jsonfeed-1.1.schema.json").read_text()))
INDEX = Draft202012Validator(index_schema())
BASE = "https://feeds.example.org"


def feed(view: View) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(feed_json.render(view))
    JSON_FEED.validate(document)
    return document


def index(view: View) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(index_json.render(view))
    JSON_FEED.validate(document)
    INDEX.validate(document)
    return document


def test_the_schemas_are_schemas() -> None:
    Draft202012Validator.check_schema(index_schema())
    Draft202012Validator.check_schema(JSON_FEED.schema)


def test_j1_the_version_comes_first_and_the_feed_says_where_it_is(view: Views) -> None:
    assert feed_json.render(view()).startswith(b'{"version":"https://jsonfeed.org/version/1.1",')
    document = feed(view())
    assert document["title"] == "Asha & friends"
    assert document["home_page_url"] == view().home_page_url
    assert document["feed_url"] == f"{BASE}/asha/kind/article/feed.json?lang=en&tag=kafka"
    assert document["next_url"] == f"{BASE}/asha/kind/article/feed.json?cursor=b2s&lang=en&tag=kafka"
    assert document["description"] == "What Asha writes about <Kafka>"
    assert document["language"] == "en"
    assert "next_url" not in feed(view(next_query=None))


def test_j3_hubs_are_told(view: Views) -> None:
    assert feed(view())["hubs"] == [
        {"type": "WebSub", "url": "https://hub.example/"},
        {"type": "WebSub", "url": "https://other-hub.example/"},
    ]


def test_j4_no_date_is_later_than_the_first_sight(view: Views, article: Articles) -> None:
    ahead = article(published_at=article().first_seen_at + timedelta(days=3))
    assert feed(view(articles=(ahead,)))["items"][0]["date_published"] == "2026-05-19T10:00:00Z"


def test_an_item_of_the_feed_is_the_article(view: Views, article: Articles) -> None:
    edited = article(updated_at=datetime(2026, 6, 1, tzinfo=UTC))
    (item,) = feed(view(articles=(edited,)))["items"]
    people = [
        {"name": "Asha Rao", "url": "https://asha.example/", "avatar": "https://asha.example/me.png"},
        {"name": "Bo Li"},
    ]
    del item["_aggregator"]
    assert item == {
        "id": article().id,
        "url": article().url,
        "title": article().title,
        "summary": article().summary,
        "content_html": article().content_html,
        "image": "https://asha.example/lead.png",
        "date_published": "2026-05-19T09:34:58Z",
        "date_modified": "2026-06-01T00:00:00Z",
        "authors": people,
        "author": people[0],
        "tags": ["kafka", "distributed-systems"],
        "language": "en",
    }


def test_the_extension_is_that_of_the_contract(view: Views, article: Articles) -> None:
    known = article(section="Guides", publisher="The Broker Times", featured=True, revision=3, dir="rtl")
    (item,) = index(view(articles=(known,)))["items"]
    site = "Asha's notes & drafts"
    assert item["_aggregator"] == {
        "kind": "article",
        "section": "Guides",
        "publisher": "The Broker Times",
        "featured": True,
        "slug": "rebalancing",
        "source": {
            "id": "site",
            "title": site,
            "kind": "feed",
            "url": "https://asha.example/",
            "icon": "https://asha.example/icon.png",
        },
        "copies": [
            {
                "source": "site",
                "title": site,
                "url": article().url,
                "date_published": "2026-06-01T07:00:00Z",
                "canonical": True,
            },
            {
                "source": "dev",
                "title": "DEV",
                "url": "https://dev.to/asha/rebalancing-1a2b",
                "date_published": "2026-05-19T09:34:58Z",
                "canonical": False,
            },
            {
                "source": "medium",
                "title": "Medium",
                "url": "https://medium.com/@asha/rebalancing-0f0f",
                "date_published": "2026-06-01T07:00:00Z",
                "canonical": False,
            },
        ],
        "date_precision": "second",
        "reading_time_minutes": 6,
        "word_count": 1200,
        "dir": "rtl",
        "track": {
            "id": "kafka-101",
            "title": "Kafka from zero",
            "position": 2,
            "total": 3,
            "previous": "https://asha.example/1",
            "next": "https://asha.example/3",
        },
        "tag_labels": {"distributed-systems": "Distributed Systems", "kafka": "Kafka"},
        "image_meta": {"width": 1200, "height": 630, "alt": "A broker, drawn"},
        "metrics": [{"label": "Latency", "value": "-250 ms"}, {"label": "Traffic", "value": "~1K QPS"}],
        "first_seen": "2026-05-19T10:00:00Z",
        "revision": 3,
    }
    assert feed(view(articles=(known,)))["items"][0]["_aggregator"] == item["_aggregator"]


def test_the_index_carries_summaries_as_its_text(view: Views, article: Articles) -> None:
    (item,) = index(view())["items"]
    assert item["content_text"] == item["summary"] == article().summary
    assert "content_html" not in item
    (untold,) = index(view(articles=(article(summary=""),)))["items"]
    assert untold["content_text"] == article().title
    assert "summary" not in untold


def test_the_index_tells_its_size_its_facets_and_its_other_forms(view: Views) -> None:
    top = index(view())["_aggregator"]
    narrowed = "?lang=en&tag=kafka"
    assert {name: top[name] for name in ("about", "schema", "owner", "total", "count")} == {
        "about": f"{BASE}/docs",
        "schema": "1.0",
        "owner": "asha",
        "total": 41,
        "count": 1,
    }
    assert top["facets"] == {
        "tags": [
            {
                "value": "kafka",
                "label": "Kafka",
                "count": 4,
                "url": f"{BASE}/asha/tag/kafka/",
                "description": "All about it",
            }
        ],
        "sources": [],
        "kinds": [],
        "categories": [],
        "tracks": [],
        "years": [{"value": "2026", "label": "2026", "count": 7, "url": f"{BASE}/asha/?year=2026"}],
        "languages": [],
        "sections": [],
    }
    wanted = {"rss": "rss.xml", "atom": "atom.xml", "json": "feed.json", "index": "index.json", "html": ""}
    assert {name: top["links"][name] for name in wanted} == {
        name: f"{BASE}/asha/kind/article/{document}{narrowed}" for name, document in wanted.items()
    }
    assert "owner" not in index(view(owner=None))["_aggregator"]
    assert set(feed(view())["_aggregator"]) == {"about", "schema", "owner", "total", "count"}


@pytest.mark.parametrize(
    ("content", "changes", "expected"),
    [
        ("full", {"content_html": " "}, ("content_text", "Consumers & brokers, told with List<T>.")),
        ("summary", {}, ("content_text", "Consumers & brokers, told with List<T>.")),
        ("summary", {"summary": ""}, ("content_text", "Rebalancing R&D: why List<T> > arrays")),
        ("title", {}, ("content_text", "Rebalancing R&D: why List<T> > arrays")),
        ("title", {"title": "", "summary": ""}, ("content_text", "https://asha.example/rebalancing?part=1&of=2")),
    ],
)
def test_j1_an_item_is_never_without_content(
    view: Views, article: Articles, content: str, changes: dict[str, object], expected: tuple[str, str]
) -> None:
    (item,) = feed(view(content=content, articles=(article(**changes),)))["items"]
    assert {k: v for k, v in item.items() if k.startswith("content_")} == dict([expected])
    assert ("summary" in item) == (content != "title" and changes.get("summary") != "")


def test_a_feed_has_an_author_only_if_everything_is_by_that_author(view: Views, article: Articles) -> None:
    asha = Person("Asha Rao")
    alone = article(authors=(asha,))
    assert feed(view(articles=(alone,), authors=(asha,)))["authors"] == [{"name": "Asha Rao"}]
    assert "authors" not in feed(view(articles=(alone, article()), authors=(asha,)))
    assert "authors" not in feed(view(articles=(alone,), authors=(asha, Person("Bo Li"))))
    assert "authors" not in feed(view(articles=(alone,)))
    assert "author" not in feed(view(articles=(alone,), authors=(asha,)))


def test_a_story_written_by_hand_has_only_what_it_has(view: Views, article: Articles) -> None:
    story = Article(
        id=article().id,
        ulid=article().ulid,
        owners=("asha",),
        url=None,
        title="Moved everything",
        summary="",
        published_at=article().first_seen_at,
        date_precision="unknown",
        first_seen_at=article().first_seen_at,
        announced_at=None,
        source=SourceRef("written", "Asha Rao", "written"),
        copies=(CopyRef("written", "Asha Rao", None, None, True),),
        kind="story",
    )
    (item,) = index(view(articles=(story,)))["items"]
    assert item == {
        "id": story.id,
        "title": "Moved everything",
        "content_text": "Moved everything",
        "date_published": "2026-05-19T10:00:00Z",
        "authors": [{"name": "Asha Rao"}],
        "author": {"name": "Asha Rao"},
        "_aggregator": {
            "kind": "story",
            "featured": False,
            "source": {"id": "written", "title": "Asha Rao", "kind": "written"},
            "copies": [{"source": "written", "title": "Asha Rao", "canonical": True}],
            "date_precision": "unknown",
            "reading_time_minutes": 0,
            "word_count": 0,
            "dir": "ltr",
            "first_seen": "2026-05-19T10:00:00Z",
            "revision": 1,
        },
    }


def test_addresses_that_are_none_stay_away(view: Views, article: Articles) -> None:
    hostile = article(
        url="javascript:alert(1)",
        source=SourceRef("x", "X", "feed", "data:text/html,x", None, "//icon.example/"),
        authors=(Person("M", "javascript:alert(1)", "file:///etc/passwd"),),
        copies=(CopyRef("x", "X", "javascript:alert(1)", None, True),),
    )
    data = index_json.render(view(articles=(hostile,)))
    assert not any(mark in data for mark in (b"javascript", b"data:", b"file:", b"//icon"))
    index(view(articles=(hostile,)))


def test_control_characters_do_not_come_out(view: Views, article: Articles) -> None:
    dirty = article(title="N\x00U\x08L\x0c \ufffe\ud800\\u0041", summary="tab\tand\nline")
    (item,) = index(view(title="V\x01iew", articles=(dirty,)))["items"]
    assert item["title"] == "NUL \\u0041"
    assert item["summary"] == "tab\tand\nline"


def test_tags_have_no_comma(view: Views, article: Articles) -> None:
    (item,) = index(view(articles=(article(tags=("a,b", ",", "c")),)))["items"]
    assert item["tags"] == ["a b", "c"]


def test_an_empty_view_is_a_whole_document(view: Views) -> None:
    empty = view(articles=(), total=0, facets={}, description="", hubs=(), next_query=None, language=None)
    assert index(empty)["items"] == feed(empty)["items"] == []
    assert index(empty)["_aggregator"]["count"] == 0


def test_every_member_that_comes_out_is_described(view: Views, article: Articles) -> None:
    known = article(section="s", publisher="p", updated_at=article().published_at)
    document = index(view(articles=(known,), authors=known.authors[:1]))
    assert list(undescribed(document, index_schema(), "index")) == []
    document["items"][0]["_aggregator"]["surprise"] = 1
    assert list(undescribed(document, index_schema(), "index")) == ["index.items._aggregator.surprise"]


def undescribed(value: Any, schema: Mapping[str, Any], path: str) -> Iterator[str]:
    """Members that the schema does not name, all the way down; open maps name theirs by their type."""
    if "$ref" in schema:
        definitions: Any = index_schema()["$defs"]
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if isinstance(value, dict):
        for name, part in value.items():
            described = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
            if described is None:
                yield f"{path}.{name}"
            else:
                yield from undescribed(part, described, f"{path}.{name}")
    if isinstance(value, list):
        for part in value:
            yield from undescribed(part, schema.get("items", {}), path)
