"""Who looks at an address that is wrong with a browser reads what is wrong; a program gets problem details."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from aggregator.api.problem_page import POLICY
from tests.shell.api.library import BASE
from tests.shell.api.running import Service

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

WRONG = (
    ("/asha/tag/kafka/?yaer=2026", 400, "That cannot be asked", 'There is no parameter "yaer" here'),
    ("/asha/rss.xml?limit=1%3Ci%3E", 400, "That cannot be asked", 'is a number from 1 to 200, not "1<i>".'),
    ("/ahsa/rss.xml", 404, "Nothing here", 'did you mean "asha"'),
    ("/asha/tag/kafka/nothing", 404, "Nothing here", "There is nothing at /asha/tag/kafka/nothing"),
    ("/nothing%3Ci%3E/%22%3E", 404, "Nothing here", '<i>/">'),
    (f"/{'x' * 1100}/rss.xml", 414, "Too long an address", "longer than 1024 bytes"),
    ("/api/articles/none", 404, "Nothing here", "There is no article none here."),
)


@pytest.mark.parametrize(("path", "status", "heading", "said"), WRONG)
async def test_a_browser_gets_a_page(plain: Service, path: str, status: int, heading: str, said: str) -> None:
    reply = await plain.get(path, Accept=BROWSER)
    assert (reply.status, reply.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert reply.headers["Content-Security-Policy"] == POLICY
    assert (reply.headers["Cache-Control"], reply.headers["Access-Control-Allow-Origin"]) == ("no-store", "*")
    assert "Accept" in reply.headers["Vary"]
    page = LexborHTMLParser(reply.body.decode())
    assert [h.text() for h in page.css("h1")] == [heading]
    assert said in page.css("main, .lede")[0].text()
    assert not page.css("script, i, img")
    ways = [a.attributes["href"] for a in page.css(".ways a")]
    assert (f"{BASE}/asha/" in ways) == path.startswith("/asha/")
    for address in ways:
        if address and address.startswith("."):
            assert (await plain.get(path.partition("?")[0].rpartition("/")[0] + address[1:])).status == 200
    assert (await plain.head(path, Accept=BROWSER)).body == b""


@pytest.mark.parametrize("accept", ["*/*", "application/json, text/html;q=0.9", "application/rss+xml, */*"])
async def test_a_program_gets_problem_details(plain: Service, accept: str) -> None:
    for path, status, _, _ in WRONG:
        reply = await plain.get(path, Accept=accept)
        assert (reply.status, reply.headers["Content-Type"]) == (status, "application/problem+json")
        assert "Accept" in reply.headers["Vary"]
        assert reply.json()["status"] == status


async def test_what_is_right_is_nobody_elses_business(plain: Service) -> None:
    for path in ("/", "/asha/rss.xml", "/docs", "/healthz"):
        assert (await plain.get(path, Accept=BROWSER)).body == (await plain.get(path)).body
