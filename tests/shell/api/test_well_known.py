"""Who tries an address without being told finds our feeds there, and what is not for crawlers."""

from __future__ import annotations

from urllib.robotparser import RobotFileParser

from lxml import etree

from tests.shell.api.library import BASE
from tests.shell.api.running import Service


async def test_our_feeds_stand_at_their_well_known_address(plain: Service) -> None:
    known, document = await plain.get("/.well-known/feeds"), await plain.get("/feeds.opml")
    assert known.status == 200
    assert known.body == document.body
    assert {**known.headers, "Date": ""} == {**document.headers, "Date": ""}
    assert known.links["self"] == f"{BASE}/feeds.opml"
    assert (await plain.get("/.well-known/feeds", If_None_Match=known.headers["ETag"])).status == 304
    assert (await plain.head("/.well-known/feeds")).body == b""
    assert (await plain.ask("POST", "/.well-known/feeds")).status == 405
    assert (await plain.ask("OPTIONS", "/.well-known/feeds")).status == 204
    assert (await plain.get("/.well-known/feeds?limt=1")).status == 400
    assert (await plain.get("/.well-known/else")).status == 404


async def test_our_feeds_are_all_there_and_each_leads_to_a_feed(plain: Service) -> None:
    for scope, expected in (
        (
            "",
            {
                "/rss.xml",
                *(f"/{owner}/rss.xml" for owner in ("asha", "bo", "cleo")),
                *(f"/category/{one}/rss.xml" for one in ("data", "distributed")),
                "/track/kafka-101/rss.xml",
                *(f"/tag/{tag}/rss.xml" for tag in ("kafka", "sql", "c%2B%2B", "distributed-systems", "duckdb")),
            },
        ),
        (
            "/bo",
            {
                "/bo/rss.xml",
                "/bo/category/data/rss.xml",
                *(f"/bo/tag/{tag}/rss.xml" for tag in ("sql", "duckdb", "kafka")),
            },
        ),
        ("/asha/tag/kafka", {"/asha/tag/kafka/rss.xml"}),
    ):
        outlines = etree.fromstring((await plain.get(f"{scope}/feeds.opml")).body).iter("outline")
        found = {url: one.get("htmlUrl") for one in outlines if (url := one.get("xmlUrl"))}
        assert found.keys() == {f"{BASE}{path}" for path in expected}
        for feed, page in found.items():
            assert (await plain.get(feed)).body.startswith(b"<?xml")
            assert page is None or (await plain.get(page)).status == 200


async def test_the_sources_of_a_scope_and_of_what_is_asked_for(plain: Service) -> None:
    feeds = {
        "asha/site": "https://site.example/asha.xml",
        "asha/dev": "https://dev.example/asha.xml",
        "bo/blog": "https://blog.example/bo.xml",
        "bo/dev": "https://dev.example/bo.xml",
    }
    for path, keys in {
        "/sources.opml": ["asha/site", "asha/dev", "bo/blog", "bo/dev"],
        "/asha/sources.opml": ["asha/site", "asha/dev"],
        "/cleo/sources.opml": [],
        "/asha/source/dev/sources.opml": ["asha/dev"],
        "/source/dev/sources.opml": ["asha/dev", "bo/dev"],
        "/sources.opml?source=bo/dev,site": ["asha/site", "bo/dev"],
        "/asha/sources.opml?exclude_source=dev": ["asha/site"],
        "/asha/tag/kafka/sources.opml": ["asha/site", "asha/dev"],
    }.items():
        root = etree.fromstring((await plain.get(path)).body)
        assert [url for one in root.iter("outline") if (url := one.get("xmlUrl"))] == [feeds[key] for key in keys], path
    titles = [one.get("text") for one in etree.fromstring((await plain.get("/asha/sources.opml")).body).iter("outline")]
    assert titles == ["Asha's site", "dev"]


async def test_pages_tell_of_both(plain: Service) -> None:
    page = (await plain.get("/asha/")).body.decode()
    assert (
        f'<link rel="related" type="text/x-opml" title="Asha Rao (All feeds (OPML))" href="{BASE}/asha/feeds.opml">'
        in page
    )
    assert (
        f'<link rel="blogroll" type="text/x-opml" title="Asha Rao (Sources (OPML))" href="{BASE}/asha/sources.opml">'
        in page
    )


async def test_crawlers_leave_facts_alone_and_read_the_rest(plain: Service) -> None:
    reply = await plain.get("/robots.txt")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    robots = RobotFileParser()
    robots.parse(reply.body.decode().splitlines())
    for path in ("/", "/asha/", "/rss.xml", "/asha/tag/kafka/feed.json", "/.well-known/feeds"):
        assert robots.can_fetch("anyone", path)
    for path in ("/api/sources", "/status", "/websub/x", "/compat/rss2json?rss_url=x"):
        assert not robots.can_fetch("anyone", path)
