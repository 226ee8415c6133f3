"""Every section of the five portfolios can be drawn from one request for an index."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import load
from aggregator.demo import DemoWeb, config_text
from aggregator.poll.adopt import with_written
from tests.shell.acceptance.stage import BASE_URL, Clock, Living, living

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
Item = dict[str, Any]


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Living]:
    async with DemoWeb() as web:
        path = tmp_path / "demo.yaml"
        path.write_text(config_text(web, BASE_URL, f"sqlite:///{tmp_path / 'demo.db'}"), encoding="utf-8")
        async with living(with_written(load(path, {})), Clock(NOW)) as home:
            await home.poll()
            yield home


async def index(home: Living, owner: str) -> tuple[list[Item], Item]:
    reply = await home.service.get(f"/{owner}/index.json?kind=all&limit=200")
    assert reply.status == 200
    document = json.loads(reply.body)
    assert document["_aggregator"]["total"] == len(document["items"]), "one request has it all"
    return document["items"], document["_aggregator"]


def of(items: list[Item], **wanted: object) -> list[Item]:
    return [one for one in items if all(one["_aggregator"].get(name) == value for name, value in wanted.items())]


def titles(items: list[Item]) -> list[str]:
    return [one["title"] for one in items]


async def test_a_list_of_posts_on_dev(home: Living) -> None:
    items, _ = await index(home, "arun")
    assert [one["date_published"][:10] for one in items] == ["2026-09-24", "2026-07-08", "2026-05-19"]
    assert all(one["url"].startswith("https://dev.to/arunsen/") and one["summary"] and one["tags"] for one in items)


async def test_three_cards_of_a_site_without_a_feed_and_the_work_beside_them(home: Living) -> None:
    items, _ = await index(home, "nadia")
    notes = of(items, section="notes")
    assert titles(notes) == [
        "What millions of small things taught me",
        "Following one slow request home",
        "The assistant and the apprentice",
    ]
    assert all(one["summary"] and one["url"].endswith("/") for one in notes)
    assert titles(of(items, featured=True)) == ["What millions of small things taught me"]
    work = of(items, section="work")
    assert titles(work) == ["Inspection events without doubles", "Alarms before the flood"]
    assert work[0]["_aggregator"]["metrics"][1] == {"label": "Time to notice", "value": "−40 %"}


async def test_stories_with_figures_and_not_one_article(home: Living) -> None:
    items, facts = await index(home, "ravi")
    assert {one["value"]: one["count"] for one in facts["facets"]["kinds"]} == {"story": 6}
    glance = of(items, section="glance")[0]["_aggregator"]["metrics"]
    assert [one["value"] for one in glance][-2:] == ["$95K a month", "2.8M impressions a day"]
    stories = of(items, section="stories")
    assert [[m["label"] for m in one["_aggregator"]["metrics"]] for one in stories] == [
        ["Latency", "Traffic", "Domain"],
        ["Before", "After"],
        ["Lift", "Scale"],
    ], "the owner's order"
    assert len(of(items, section="beyond")) == 2


async def test_publications_elsewhere_and_an_award_of_a_month(home: Living) -> None:
    items, _ = await index(home, "tomas")
    published = of(items, kind="publication")
    assert [(one["_aggregator"]["publisher"], one["_aggregator"]["date_precision"]) for one in published] == [
        ("The Interface Magazine", "day"),
        ("Python Quarterly", "month"),
    ]
    (award,) = of(items, kind="award")
    assert (award["date_published"], award["_aggregator"]["date_precision"]) == ("2018-12-01T00:00:00Z", "month")
    assert "url" not in award
    assert len(of(items, kind="project")) == 1


async def test_94_articles_in_categories_and_reading_lists_and_earlier_ones(home: Living) -> None:
    items, facts = await index(home, "elena")
    assert len(of(items, section="articles")) == 94
    assert len(of(items, section="earlier")) == 3
    categories = {
        one["value"]: (one["label"], one["count"], one["description"]) for one in facts["facets"]["categories"]
    }
    assert list(categories) == ["systems", "jvm", "data", "messaging", "ai"]
    assert all(label and count >= 15 and description for label, count, description in categories.values())
    tracks = {one["value"]: one["count"] for one in facts["facets"]["tracks"]}
    assert tracks == {"kafka": 5, "answers": 4}
    steps = sorted(
        (one["_aggregator"]["track"] | {"url": one["url"]} for one in items if "track" in one["_aggregator"]),
        key=lambda step: (step["id"], step["position"]),
    )
    lessons = [step for step in steps if step["id"] == "kafka"]
    assert [step["position"] for step in lessons] == [1, 2, 3, 4, 5]
    assert [step.get("next") for step in lessons] == [step["url"] for step in lessons[1:]] + [None]
    fresh = [one for one in items if one["_aggregator"]["kind"] == "article"][:4]
    assert all(one["summary"] and one["date_published"] > "2026-10-01" for one in fresh)
    assert titles(of(items, featured=True)) == ["The pager went quiet, and that was the incident"]
    both = next(one for one in items if one["title"] == "Exactly once, explained to a shopkeeper")
    assert [copy["title"] for copy in both["_aggregator"]["copies"]] == [
        "Elena Marchetti: articles",
        "Medium",
    ]
    assert {one["label"] for project in of(items, kind="project") for one in project["_aggregator"]["metrics"]} == {
        "Articles",
        "Read by",
    }
