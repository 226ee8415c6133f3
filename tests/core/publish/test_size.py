"""An index is small: 94 articles in one document, and a page of thirty (outputs.md 1.3, J2)."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from aggregator.model import Article, CopyRef, Facet, Image, Person, SourceRef, View
from aggregator.publish.document import ready
from aggregator.render.formats import index_json
from aggregator.text.html import plain

BASE = "https://feeds.example.org"
FIRST = datetime(2022, 3, 1, 7, 30, tzinfo=UTC)

TAGS = (
    "java",
    "kafka",
    "postgresql",
    "reliability",
    "incidents",
    "llm",
    "retrieval",
    "caching",
    "spring",
    "queues",
    "sql",
    "redis",
)


def prose() -> Iterator[str]:
    """What the sample sites say, word by word: written by people, so that it compresses as prose does."""
    for path in sorted(files("aggregator.demo").joinpath("content").iterdir(), key=lambda one: one.name):
        if path.name.endswith(".html") and not path.name.startswith(("ar-", "ja-")):
            yield from plain(path.read_text(encoding="utf-8")).split()


def text(said: Iterator[str], length: int) -> str:
    words = ""
    while len(words) < length:
        words += f" {next(said)}"
    return words.strip()[: length - 1].rsplit(" ", 1)[0] + "…"


def articles(count: int) -> tuple[Article, ...]:
    """Works of one person, one copy each: summaries of 220 characters, an image, three tags."""
    chance = random.Random(94)
    said = prose()
    ulid = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    found = []
    for number in range(count):
        at = FIRST + timedelta(days=chance.randint(8, 15) * number, minutes=chance.randint(0, 900))
        title = text(said, chance.randint(30, 60)).strip("…,.;: ")
        slug = "-".join(re.findall("[a-z0-9]+", title.lower()))
        identity = "01" + "".join(chance.choices(ulid, k=24))
        url = f"https://elena.example/articles/{slug}"
        found.append(
            Article(
                id=f"tag:feeds.example.org,{at.year}:article/{identity}",
                ulid=identity,
                owners=("elena",),
                url=url,
                title=title,
                summary=text(said, 220),
                published_at=at,
                date_precision="second",
                first_seen_at=at + timedelta(minutes=chance.randint(1, 59)),
                announced_at=at,
                source=SourceRef(
                    "site", "elena.example", "feed", "https://elena.example/", "https://elena.example/rss.xml"
                ),
                copies=(CopyRef("site", "elena.example", url, at, canonical=True),),
                authors=(Person("Elena Marchetti", "https://elena.example/"),),
                tags=tuple(chance.sample(TAGS, 3)),
                tag_labels={tag: tag.title() for tag in TAGS},
                image=Image(f"https://elena.example/images/{slug}.png", 1200, 630),
                language="en",
                word_count=chance.randint(600, 2400),
                reading_time_minutes=chance.randint(3, 12),
                slug=slug,
                revision=chance.randint(1, 4),
            )
        )
    return tuple(reversed(found))


def index(shown: tuple[Article, ...], total: int) -> bytes:
    tags = tuple(Facet(tag, tag.title(), 20, f"{BASE}/elena/tag/{tag}/") for tag in TAGS)
    years = tuple(Facet(str(year), str(year), 24, f"{BASE}/elena/?year={year}") for year in range(2026, 2021, -1))
    return index_json.render(
        View(
            base_url=BASE,
            path="/elena",
            query="",
            title="Elena Marchetti",
            description="Everything Elena Marchetti published, wherever it appeared: each article once.",
            home_page_url="https://elena.example",
            owner="elena",
            owner_url="https://elena.example",
            articles=shown,
            total=total,
            updated_at=FIRST,
            next_query="cursor=b2s" if len(shown) < total else None,
            language="en",
            facets={"tags": tags, "years": years},
            owner_names={"elena": "Elena Marchetti"},
        )
    )


@pytest.mark.parametrize(("count", "most"), [(94, 20_000), (30, 7_000)])
def test_an_index_is_small(count: int, most: int) -> None:
    body = index(articles(94)[:count], 94)
    assert index_json.FORMAT.quality is not None
    sent = len(ready(body, "application/feed+json", None, (), 0, quality=index_json.FORMAT.quality).variants["br"].body)
    assert sent <= most, f"{sent} bytes of {len(body)}"
    assert len(body) > 1_000 * count, "a whole index: 220 characters, a copy, an image, tags"
