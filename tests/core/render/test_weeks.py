"""Weeks that are over, and the digest made of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from aggregator.model import Article, SourceRef, View
from aggregator.render import formats, weeks
from tests.rules.rss import rss_breaches

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)  # of 2026-W48


def article(number: int, announced_at: datetime | None, title: str = "") -> Article:
    at = announced_at or MONDAY
    return Article(
        id=f"tag:feeds.example.org,2026:article/{number:026}",
        ulid=f"{number:026}",
        owners=("asha",),
        url=f"https://asha.example/{number}",
        title=title or f"On {number}",
        summary="Some <words> & more.",
        published_at=at,
        date_precision="second",
        first_seen_at=at,
        announced_at=announced_at,
        source=SourceRef("blog", "Blog", "feed"),
        copies=(),
    )


def view(*articles: Article, query: str = "") -> View:
    return View(
        base_url="https://feeds.example.org",
        path="/asha",
        query=query,
        title="Asha Rao",
        description="All of it.",
        home_page_url="https://asha.example",
        owner="asha",
        owner_url=None,
        articles=articles,
        total=len(articles),
        updated_at=MONDAY,
    )


@pytest.mark.parametrize(
    ("at", "week", "days"),
    [
        (MONDAY, "2026-W48", "23 to 29 Nov 2026"),
        (MONDAY - timedelta(microseconds=1), "2026-W47", "16 to 22 Nov 2026"),
        (datetime(2026, 12, 31, tzinfo=UTC), "2026-W53", "28 Dec 2026 to 3 Jan 2027"),
        (datetime(2027, 1, 3, 23, 59, tzinfo=UTC), "2026-W53", "28 Dec 2026 to 3 Jan 2027"),
        (datetime(2026, 10, 1, tzinfo=UTC), "2026-W40", "28 Sep to 4 Oct 2026"),
    ],
)
def test_weeks_are_those_of_iso_8601(at: datetime, week: str, days: str) -> None:
    found = weeks.week_of(at)
    assert (weeks.spelled(found), weeks.days(found)) == (week, days)
    assert weeks.end(found) - timedelta(days=7) <= at < weeks.end(found)


def test_only_whole_weeks_that_are_over_count() -> None:
    found = [article(n, MONDAY - timedelta(days=3 * n)) for n in range(-1, 8)]
    over = weeks.closed(found, "2026-W48", cut=False)
    assert [one.ulid for one in over] == [one.ulid for one in found[2:]], (
        "of the open week and the next there is nothing"
    )
    whole = weeks.closed(found, "2026-W48", cut=True)
    assert {weeks.week_of(one.announced_at or MONDAY) for one in whole} == {(2026, 47), (2026, 46)}
    assert weeks.closed(found, None, cut=False) == ()


def test_a_digest_has_one_item_for_each_week() -> None:
    found = [article(n, MONDAY - timedelta(days=3 * n), "Tom & <Jerry>" if n == 1 else "") for n in range(1, 5)]
    document = formats()["digest.xml"].render(view(*found))
    address = "https://feeds.example.org/asha/digest.xml"
    breaches = rss_breaches(document, address, MONDAY + timedelta(days=1))
    assert [one for one in breaches if not one.startswith("R5 ")] == [], "its ids are those of weeks, no article's"
    channel = etree.fromstring(document)[0]
    first, second = channel.findall("item")
    assert first.findtext("title") == "Asha Rao: 2 articles, 16 to 22 Nov 2026"
    assert first.findtext("pubDate") == "Mon, 23 Nov 2026 00:00:00 GMT"
    assert first.findtext("guid") == "tag:feeds.example.org,2026:digest/asha/2026-W47"
    assert second.findtext("guid") == "tag:feeds.example.org,2026:digest/asha/2026-W46"
    html = first.findtext("{http://purl.org/rss/1.0/modules/content/}encoded") or ""
    assert '<a href="https://asha.example/1">Tom &amp; &lt;Jerry&gt;</a>' in html
    assert "Some &lt;words&gt; &amp; more." in html
    assert first.findtext("description") == "Tom &amp; &lt;Jerry&gt;, On 2"


def test_a_digest_of_a_selection_has_ids_of_its_own() -> None:
    found = article(1, MONDAY - timedelta(days=1))
    document = formats()["digest.xml"].render(view(found, query="limit=5&tag=kafka"))
    assert b"tag:feeds.example.org,2026:digest/asha/2026-W47?tag=kafka<" in document
