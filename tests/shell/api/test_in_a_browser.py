"""Who opens the address of a feed in a browser sees a page that says what it is; readers never do."""

from __future__ import annotations

import pytest
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from tests.shell.api.library import BASE
from tests.shell.api.running import Reply, Service

FEEDS = ("rss.xml", "atom.xml", "feed.json")
LOOKS = {"Sec_Fetch_Dest": "document"}

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def page(reply: Reply) -> LexborHTMLParser:
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    return LexborHTMLParser(reply.body.decode())


@pytest.mark.parametrize("name", FEEDS)
async def test_it_says_what_it_is_and_offers_the_address(service: Service, name: str) -> None:
    shown = page(await service.get(f"/asha/{name}?tag=kafka&limit=2", **LOOKS))
    (field,) = shown.css("input[readonly]")
    assert field.attributes["value"] == f"{BASE}/asha/{name}?tag=kafka", "a subscription is to all of it"
    (top,) = shown.css("header")
    assert "web feed" in top.text()
    assert "feed reader" in top.text()
    assert [node.text() for node in shown.css("main h3")] == ["Kafka from zero", "Kafka, once more"]
    others = {node.attributes["href"] for node in shown.css("header a")}
    assert {f"{BASE}/asha/{other}?tag=kafka" for other in FEEDS if other != name} < others
    assert f"{BASE}/asha/?tag=kafka" in others
    assert [node.attributes["content"] for node in shown.css("meta[name=robots]")] == ["noindex"]


@pytest.mark.parametrize("name", FEEDS)
async def test_readers_get_the_feed_whatever_else_they_say(service: Service, name: str) -> None:
    plain = await service.get(f"/asha/{name}")
    for headers in (
        {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
        {"Sec_Fetch_Dest": "empty"},
        {"Sec_Fetch_Dest": "image", "Accept": "text/html"},
    ):
        reply = await service.get(f"/asha/{name}", **headers)
        assert (reply.body, reply.headers["Content-Type"]) == (plain.body, plain.headers["Content-Type"])
    shown = await service.get(f"/asha/{name}", **LOOKS)
    again = await service.get(f"/asha/{name}")
    assert again.body == plain.body != shown.body
    assert shown.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding, Sec-Fetch-Dest"
    assert shown.headers["ETag"] != plain.headers["ETag"]
    held = await service.get(f"/asha/{name}", If_None_Match=shown.headers["ETag"], **LOOKS)
    assert (held.status, held.body) == (304, b"")
    mixed = await service.get(f"/asha/{name}", If_None_Match=plain.headers["ETag"], **LOOKS)
    assert mixed.status == 200
    assert (await service.head(f"/asha/{name}", **LOOKS)).headers["ETag"] == shown.headers["ETag"]


async def test_everything_else_is_the_same_for_everybody(service: Service) -> None:
    for path in ("/asha/index.json", "/asha/feeds.opml", "/asha/list.md", "/asha/", "/asha/card.svg", "/api/sources"):
        plain, shown = await service.get(path), await service.get(path, **LOOKS)
        assert (shown.status, shown.body) == (plain.status, plain.body)
    for path, status in (("/asha/rss.xml?tga=x", 400), ("/nobody/rss.xml", 404), ("/asha/rss.xml?cursor=x", 400)):
        assert (await service.get(path, **LOOKS)).status == status


async def test_no_text_becomes_markup(service: Service) -> None:
    shown = page(await service.get("/asha/rss.xml", **LOOKS))
    assert "Templates & <traits>" in [node.text() for node in shown.css("main h3")]
    assert len(shown.css("script")) == 1
    assert all((node.attributes["href"] or "").startswith(("https://", "#")) for node in shown.css("body a"))


async def test_the_file_itself_carries_a_style_sheet(service: Service) -> None:
    for name in ("rss.xml", "atom.xml"):
        root = etree.fromstring((await service.get(f"/asha/{name}")).body)
        sheet = root.getprevious()
        assert isinstance(sheet, etree._ProcessingInstruction)
        assert str(sheet) == f'<?xml-stylesheet type="text/css" href="{BASE}/embed/v1/feed.css"?>'
        assert b"xsl" not in (await service.get(f"/asha/{name}")).body.lower()
    css = await service.get("/embed/v1/feed.css")
    assert (css.status, css.headers["Content-Type"]) == (200, "text/css; charset=utf-8")
