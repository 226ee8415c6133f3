"""The very case of outputs.md section 3.3: an article on DEV first, on Medium a day later, then on its own site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.loopback import Web
from tests.rules import atom_breaches, json_breaches, rss_breaches
from tests.shell.acceptance.feeds import Item, atom, forem, prose, rss
from tests.shell.acceptance.stage import BASE_URL, Clock, Living, configured, living

NS = {
    "a": "http://www.w3.org/2005/Atom",
    "c": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
COPY = "tag:article-aggregator,2026:copy"
ON_DEV = "https://dev.to/asharao/rebalancing-without-tears-1a2b"
ON_MEDIUM = "https://medium.com/@asharao/rebalancing-without-tears-0123456789ab"
ON_SITE = "https://asha.example/rebalancing"
TEXT = prose("rebalancing")
FIRST = "2026-05-19T09:34:58Z"

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def item(url: str, published: datetime, canonical: str | None = None) -> Item:
    return Item("Rebalancing without tears", url, TEXT, published=published, tags=("kafka",), canonical=canonical)


@dataclass(frozen=True, slots=True)
class Told:
    """What subscribers and pages are told at one moment."""

    item: etree._Element
    entry: etree._Element
    json: Mapping[str, Any]
    index: Mapping[str, Any]


async def told(home: Living, now: datetime) -> Told:
    """The one article in four documents, each of which holds every row; changes in one second each take the next."""
    bodies = {}
    for name in ("rss.xml", "atom.xml", "feed.json", "index.json"):
        reply = await home.service.get(f"/asha/{name}")
        held = {"rss.xml": rss_breaches, "atom.xml": atom_breaches}.get(name, json_breaches)
        assert held(reply.body, f"{BASE_URL}/asha/{name}", now + timedelta(minutes=1)) == []
        bodies[name] = reply
    (in_rss,) = etree.fromstring(bodies["rss.xml"].body).findall("channel/item")
    (in_atom,) = etree.fromstring(bodies["atom.xml"].body).findall("a:entry", NS)
    (in_json,), (in_index,) = bodies["feed.json"].json()["items"], bodies["index.json"].json()["items"]
    return Told(in_rss, in_atom, in_json, in_index)


async def test_it_is_one_article_from_the_first_day_on(database_url: str, tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 5, 19, 9, 40, tzinfo=UTC))
    async with Web() as web:
        for path, title in (("/dev.xml", "DEV"), ("/medium.xml", "Medium"), ("/site.xml", "asha.example")):
            web.page(path, rss(title, "https://asha.example/", []))
        web.page(
            "/dev.xml",
            forem("DEV", "https://dev.to/asharao", [item(ON_DEV, datetime(2026, 5, 19, 9, 34, 58, tzinfo=UTC))]),
        )
        owners = (
            "  - id: asha\n    name: Asha Rao\n    home_page_url: https://asha.example/\n    sources:\n"
            f"      - {{feed: '{web.url('/site.xml')}', id: site, title: asha.example}}\n"
            f"      - {{feed: '{web.url('/dev.xml')}', id: dev, title: DEV}}\n"
            f"      - {{feed: '{web.url('/medium.xml')}', id: medium, title: Medium}}\n"
        )
        async with living(configured(tmp_path, database_url, owners), clock) as home:
            await home.poll()
            alone = await told(home, clock.at)
            clock.forward(days=1)
            later = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)
            web.page("/medium.xml", rss("Medium", "https://medium.com/@asharao", [item(ON_MEDIUM, later, ON_SITE)]))
            await home.poll()
            clock.forward(days=1)
            own = item(ON_SITE, datetime(2026, 5, 21, 7, 0, tzinfo=UTC), ON_SITE)
            web.page("/site.xml", atom("asha.example", "https://asha.example/", [own]))
            await home.poll()
            found = await told(home, clock.at)
            site_feed = web.url("/site.xml")

    assert alone.json["url"] == ON_DEV
    assert found.json["id"] == found.index["id"] == alone.json["id"], "kept for ever"
    assert found.json["id"].startswith("tag:feeds.example.org,2026:article/")
    for name in ("id", "date_published", "content_html", "title"):
        assert found.json[name] == alone.json[name], "sticky: no reader takes it for changed"
    assert "date_modified" not in found.json, "neither a copy nor another address is an update"

    entry, published = found.entry, found.json["date_published"]
    assert published == FIRST, "the earliest date of the copies"
    assert entry.findtext("a:id", None, NS) == found.item.findtext("guid") == found.json["id"]
    assert (entry.findtext("a:published", None, NS), entry.findtext("a:updated", None, NS)) == (FIRST, FIRST)
    assert found.item.findtext("pubDate") == "Tue, 19 May 2026 09:34:58 GMT"
    assert found.item.find("a:updated", NS) is None

    alternates = entry.xpath("a:link[@rel = 'alternate']/@href", namespaces=NS)
    assert alternates == [ON_SITE] == [found.item.findtext("link")] == [found.json["url"]]
    for where in (entry, found.item):
        assert where.xpath("a:link[@rel = $rel]/@href", namespaces=NS, rel=COPY) == [ON_DEV, ON_MEDIUM]
    copies = [(one["url"], one["canonical"]) for one in found.index["_aggregator"]["copies"]]
    assert copies == [(ON_SITE, True), (ON_DEV, False), (ON_MEDIUM, False)]

    assert [name.text for name in entry.findall("a:author/a:name", NS)] == ["Asha Rao"], "once"
    assert [name.text for name in found.item.findall("dc:creator", NS)] == ["Asha Rao"]
    assert [one["name"] for one in found.json["authors"]] == ["Asha Rao"]

    source = entry[-1]
    assert etree.QName(source).localname == "source"
    assert source.findtext("a:title", None, NS) == found.item.findtext("source") == "asha.example"
    assert source.xpath("a:link[@rel = 'self']/@href", namespaces=NS) == [site_feed]
    assert found.index["_aggregator"]["source"]["id"] == "site"
    assert found.item.findtext("c:encoded", None, NS) == alone.item.findtext("c:encoded", None, NS)
