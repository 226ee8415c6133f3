"""One article on three places and a view of it, as the tests of every format vary them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.model import Article, CopyRef, Facet, Image, Metric, Person, SourceRef, TrackRef, View

FIRST = datetime(2026, 5, 19, 9, 34, 58, tzinfo=UTC)  # a Tuesday
SEEN = datetime(2026, 5, 19, 10, 0, 0, 123456, tzinfo=UTC)
EDITED = datetime(2026, 6, 1, 7, 0, tzinfo=UTC)


@pytest.fixture
def article() -> Callable[..., Article]:
    """Builds the article with whatever a test changes about it."""
    whole = Article(
        id="tag:feeds.example.org,2026:article/01JZ8Q5T00000000000000000A",
        ulid="01JZ8Q5T00000000000000000A",
        owners=("asha",),
        url="https://asha.example/rebalancing?part=1&of=2",
        title="Rebalancing R&D: why List<T> > arrays",
        summary="Consumers & brokers, told with List<T>.",
        published_at=FIRST,
        date_precision="second",
        first_seen_at=SEEN,
        announced_at=SEEN,
        source=SourceRef(
            id="site",
            title="Asha's notes & drafts",
            kind="feed",
            url="https://asha.example/",
            feed_url="https://asha.example/feed.xml",
            icon="https://asha.example/icon.png",
        ),
        copies=(
            CopyRef("dev", "DEV", "https://dev.to/asha/rebalancing-1a2b", FIRST),
            CopyRef("site", "Asha's notes & drafts", "https://asha.example/rebalancing?part=1&of=2", EDITED, True),
            CopyRef("medium", "Medium", "https://medium.com/@asha/rebalancing-0f0f", EDITED),
        ),
        content_html='<p>Brokers &amp; <a href="https://asha.example/next">more</a>, <code>a &lt; b</code>.</p>',
        authors=(Person("Asha Rao", "https://asha.example/", "https://asha.example/me.png"), Person("Bo Li")),
        tags=("kafka", "distributed-systems"),
        tag_labels={"kafka": "Kafka", "distributed-systems": "Distributed Systems", "gone": "Gone"},
        image=Image("https://asha.example/lead.png", 1200, 630, "A broker, drawn"),
        language="en",
        word_count=1200,
        reading_time_minutes=6,
        slug="rebalancing",
        metrics=(Metric("Latency", "-250 ms"), Metric("Traffic", "~1K QPS")),
        track=TrackRef("kafka-101", "Kafka from zero", 2, 3, "https://asha.example/1", "https://asha.example/3"),
    )

    def build(**changes: Any) -> Article:
        return replace(whole, **changes)

    return build


@pytest.fixture
def view(article: Callable[..., Article]) -> Callable[..., View]:
    """Builds a narrowed view of the article with whatever a test changes about it."""
    whole = View(
        base_url="https://feeds.example.org",
        path="/asha/kind/article",
        query="lang=en&tag=kafka",
        title="Asha & friends",
        description="What Asha writes about <Kafka>",
        home_page_url="https://feeds.example.org/asha/kind/article/?lang=en&tag=kafka",
        owner="asha",
        owner_url="https://asha.example",
        articles=(article(),),
        total=41,
        updated_at=EDITED,
        next_query="cursor=b2s&lang=en&tag=kafka",
        language="en",
        facets={
            "tags": (Facet("kafka", "Kafka", 4, "https://feeds.example.org/asha/tag/kafka/", "All about it"),),
            "years": (Facet("2026", "2026", 7, "/asha/?year=2026"),),
        },
        hubs=("https://hub.example/", "https://other-hub.example/"),
        owner_names={"asha": "Asha Rao"},
    )

    def build(**changes: Any) -> View:
        return replace(whole, **changes)

    return build
