"""Rows H1 to H10 of outputs.md section 1.6, each on a real answer of the service."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest
from lxml import etree

from tests.shell.api.library import BASE
from tests.shell.api.running import Service

FEEDS = ("rss.xml", "atom.xml", "feed.json")
DOCUMENTS = (*FEEDS, "index.json", "feeds.opml", "sources.opml", "list.html", "list.md", "card.svg", "")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_h1_both_validators_and_each_alone_is_enough(plain: Service, name: str) -> None:
    reply = await plain.get(f"/asha/{name}")
    tag, moment = reply.headers["ETag"], reply.headers["Last-Modified"]
    assert re.fullmatch(r'"[0-9a-f]+"', tag)
    by_tag = await plain.get(f"/asha/{name}", If_None_Match=tag)
    by_date = await plain.get(f"/asha/{name}", If_Modified_Since=moment)
    assert (by_tag.status, by_tag.body) == (by_date.status, by_date.body) == (304, b"")
    assert by_date.headers["ETag"] == tag
    never = await plain.get(f"/asha/{name}", If_Modified_Since="Sat, 01 Jan 2000 00:00:00 GMT")
    assert never.status == 200, "what Thunderbird sends when it holds nothing"
    assert "Expires" not in reply.headers, "with Expires: 0 Miniflux drops its validators"


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_h2_the_bytes_are_of_the_state_and_not_of_the_moment(plain: Service, name: str) -> None:
    first = await plain.get(f"/asha/{name}")
    plain.publisher.take(plain.publisher.config)  # everything is made anew
    assert (await plain.get(f"/asha/{name}")).body == first.body
    assert not re.search(rb"\b(?:ago|just now|yesterday)\b", first.body)


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_h3_how_long_it_may_be_kept(plain: Service, name: str) -> None:
    reply = await plain.get(f"/asha/{name}")
    said = dict(part.strip().partition("=")[::2] for part in reply.headers["Cache-Control"].split(","))
    assert "public" in said and "no-store" not in said
    if name == "card.svg":
        assert said == {"public": "", "max-age": "300", "s-maxage": "300"}, "no stale-while-revalidate for Camo"
    else:
        assert "stale-while-revalidate" in said
        assert said["stale-if-error"] == "86400"
    if name:
        assert 300 <= int(said["max-age"]) <= 3600
    ttl = re.search(rb"<ttl>(\d+)</ttl>", reply.body)
    assert ttl is None or int(ttl[1]) * 60 == int(said["max-age"])


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_h4_every_coding_is_a_representation_of_its_own(plain: Service, name: str) -> None:
    tags = set()
    for coding in ("br", "gzip", "identity"):
        reply = await plain.get(f"/asha/{name}", Accept_Encoding=coding)
        assert "Accept-Encoding" in reply.headers["Vary"]
        head = await plain.head(f"/asha/{name}", Accept_Encoding=coding)
        assert (head.status, head.body) == (200, b"")
        assert head.headers["Content-Length"] == str(len(reply.body))
        before = plain.publisher.rendered
        same = await plain.get(f"/asha/{name}", Accept_Encoding=coding, If_None_Match=reply.headers["ETag"])
        assert (same.status, plain.publisher.rendered) == (304, before), "answered without rendering"
        tags.add(reply.headers["ETag"])
    assert len(tags) == 3


async def test_h5_nobody_gets_a_part_of_a_feed_who_did_not_ask_for_it(plain: Service) -> None:
    reply = await plain.get("/asha/rss.xml", If_None_Match='"nothing-of-ours"')
    assert reply.status == 200
    assert "IM" not in reply.headers


async def test_h6_an_error_is_a_problem_that_every_page_may_read(plain: Service) -> None:
    for path, status in (("/nobody/rss.xml", 404), ("/asha/tag/x/y/rss.xml", 404), ("/asha/rss.xml?limt=1", 400)):
        reply = await plain.get(path)
        assert reply.status == status
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert reply.problem
        assert reply.json()["type"].startswith("tag:")
    for name in FEEDS:
        empty = await plain.get(f"/cleo/{name}")
        assert empty.status == 200
        assert empty.body, "a feed without an item is a feed"


async def test_h7_what_moved_says_so_for_good(plain: Service) -> None:
    reply = await plain.get("/asha?tag=kafka")
    assert reply.status == 308
    assert reply.headers["Location"] == "./asha/?tag=kafka"
    for path in ("/rss.xml", "/atom.xml", "/feed.json", "/.well-known/feeds"):
        assert (await plain.get(path)).status == 200, "Miniflux follows no redirect from an address that it tries"


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_h8_open_to_every_origin_without_a_preflight(plain: Service, name: str) -> None:
    reply = await plain.get(f"/asha/{name}", Origin="https://asha.example")
    assert reply.headers.getall("Access-Control-Allow-Origin") == ["*"]
    assert "Access-Control-Allow-Credentials" not in reply.headers
    exposed = {one.strip() for one in reply.headers["Access-Control-Expose-Headers"].split(",")}
    assert exposed >= {"ETag", "Link", "Last-Modified"}
    assert reply.headers["Timing-Allow-Origin"] == "*"


@pytest.mark.parametrize("name", [*FEEDS, "index.json"])
async def test_h9_the_pages_are_linked_in_the_header_as_in_the_document(plain: Service, name: str) -> None:
    first = await plain.get(f"/asha/{name}?limit=2")
    assert first.links.keys() == {"self", "next"}
    second = await plain.get(first.links["next"])
    assert second.links["self"] == first.links["next"]
    assert second.links["first"] == first.links["self"] == f"{BASE}/asha/{name}?limit=2"
    if name.endswith(".json"):
        assert first.json()["next_url"] == first.links["next"]
    else:
        links = etree.fromstring(second.body).xpath("//*[local-name() = 'link'][@rel = 'first']/@href")
        assert links == [second.links["first"]]
    whole = await plain.get(f"/asha/{name}?limit=200")
    assert whole.links.keys() == {"self"}
    assert (b"complete" in whole.body) is name.endswith(".xml")


@pytest.mark.parametrize("name", FEEDS)
async def test_h10_what_a_client_accepts_changes_nothing(plain: Service, name: str) -> None:
    reply = await plain.get(f"/asha/{name}")
    for accept in (BROWSER, "text/html", "application/atom+xml, text/html;q=0.7", "*/*", ""):
        other = await plain.get(f"/asha/{name}", Accept=accept)
        assert (other.body, other.headers["ETag"]) == (reply.body, reply.headers["ETag"])
    assert "Accept" not in re.split(r"\s*,\s*", reply.headers["Vary"])
    assert parsedate_to_datetime(reply.headers["Last-Modified"]) <= datetime.now().astimezone()
