"""No address brings the service down: whatever is asked for is answered, and never with an error of ours."""

from __future__ import annotations

import random

import pytest

from tests.shell.api.running import Service

ADDRESSES = {
    # percent-encoding
    "/%00": 400,
    "/asha/tag/%00/rss.xml": 400,
    "/asha/tag/a%00b/": 400,
    "/asha%00/": 400,
    "/%ff/": 400,
    "/tag/%ed%a0%80/": 400,
    "/%C0%AE%C0%AE/": 400,
    "/%0d%0aSet-Cookie:%20a=b": 400,
    "/tag/%0d%0aLocation:%20x": 400,
    "/%2Frss.xml": 404,
    "/asha%2Frss.xml": 404,
    "/tag/ci%2Fcd/rss.xml": 200,
    "/source/asha%2Fdev/": 200,
    "/source/bo%2F..%2Fasha%2Fdev/": 404,
    "/%2e%2e/%2e%2e/etc/passwd": 404,
    "/asha/%2e%2e/bo/rss.xml": 404,
    "/%": 404,
    "/%zz/": 404,
    "/%u0041/": 404,
    "/rss.xml%20": 404,
    "/rss.xml%00": 400,
    "/api/articles/%00": 400,
    "/api/articles/%ff": 400,
    "/api/articles/%2e%2e": 404,
    # slashes
    "//": 404,
    "//rss.xml": 404,
    "/asha//rss.xml": 404,
    "/asha/tag//": 404,
    "/rss.xml/": 404,
    "/asha/rss.xml/atom.xml": 404,
    "/asha/tag/a/b/rss.xml": 404,
    # queries
    "/rss.xml?q=%00": 400,
    "/rss.xml?tag=%00": 400,
    "/rss.xml?source=%00": 400,
    "/rss.xml?author=a%00": 400,
    "/rss.xml?cursor=%00": 400,
    "/rss.xml?since=%00": 400,
    "/rss.xml?tag=%ff": 400,
    "/rss.xml?%ff=a": 400,
    "/rss.xml?q=%ed%a0%80": 400,
    "/rss.xml?=": 400,
    "/rss.xml?=a": 400,
    "/rss.xml?&&&": 200,
    "/rss.xml?": 200,
    "/rss.xml??tag=a": 400,
    "/rss.xml?tag=a;b": 200,
    "/rss.xml?q=%27%29%3B+DROP+TABLE+articles%3B--": 200,
    "/rss.xml?q=%25%5F%5C%22": 200,
    "/rss.xml?q=%F0%9F%A6%86": 200,
    "/rss.xml?q=a%0Ab": 200,
    "/rss.xml?source=%27": 400,
    "/rss.xml?section=%E2%80%A6": 400,
    "/rss.xml?since=0001-01-01T00:00:00Z": 200,
    "/rss.xml?since=0001-01-01T00:00:00%2B14:00": 400,
    "/rss.xml?since=9999-12-31T23:59:59Z": 200,
    "/rss.xml?updated_since=9999-12-31T23:59:59-14:00": 400,
    "/rss.xml?year=0000": 200,
    "/rss.xml?year=9999": 200,
    "/rss.xml?limit=%2B3": 400,
    "/rss.xml?cursor=MDAwMS0wMS0wMVQwMDowMDowMCswMDowMCAwMDAxLTAxLTAxVDAwOjAwOjAwKzAwOjAwIDAgQQ": 200,
    "/rss.xml?tag_all=" + ",".join(f"t{number}" for number in range(50)): 200,
    "/rss.xml?tag=" + ",".join(f"t{number}" for number in range(51)): 400,
    "/rss.xml?" + "&".join(["tag=a"] * 64): 400,
    "/rss.xml?" + "&".join(["tag=a"] * 65): 400,
    "/rss.xml?lang=" + "x" * 70: 400,
    # lengths
    "/rss.xml?q=" + "a" * 2000: 200,
    "/rss.xml?q=" + "a" * 3000: 414,
    "/rss.xml?q=" + "a" * 60_000: 414,
    "/tag/" + "a" * 900 + "/rss.xml": 200,
    "/tag/" + "a" * 1100 + "/rss.xml": 414,
    "/" + "a" * 60_000: 414,
    "/" + "a/" * 400: 404,
}


async def test_every_address_is_answered(service: Service) -> None:
    found = {}
    for address in ADDRESSES:
        reply = await service.get(address)
        found[address] = reply.status
        assert len(reply.body) < 100_000
        if reply.status >= 400:
            assert len(reply.problem) < 1000
    assert found == ADDRESSES


@pytest.mark.parametrize(
    "line",
    [
        b"GET /tag/\xd9\x82/ HTTP/1.1",
        b"GET /\xff\xfe HTTP/1.1",
        b"GET /rss.xml?tag=\xc3\xa9 HTTP/1.1",
        b"GET http://evil.example/asha HTTP/1.1",
        b"GET /asha#fragment HTTP/1.1",
        b"GET * HTTP/1.1",
        b"GET  HTTP/1.1",
        b"GET /rss.xml HTTP/9.9",
        b"get /rss.xml HTTP/1.1",
        b"FROB /rss.xml HTTP/1.1",
        b"\x16\x03\x01\x02\x00",
    ],
)
async def test_whatever_stands_on_the_wire(plain: Service, line: bytes) -> None:
    found = await plain.raw(line + b"\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
    assert b" 500 " not in found.partition(b"\r\n")[0]
    assert b"evil" not in found.partition(b"\r\n\r\n")[0]
    assert (await plain.get("/rss.xml")).status == 200


async def test_whatever_the_headers_say(plain: Service) -> None:
    chance = random.Random(4)
    for name in ("Accept-Encoding", "If-None-Match", "If-Modified-Since", "Accept", "Range", "Origin"):
        for _ in range(15):
            value = "".join(chance.choices('gzipbr;q=01.,*"W/ -é\x80TueGMT', k=chance.randrange(60))).strip()
            request = f"GET /feed.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{name}: {value}\r\n\r\n"
            head = (await plain.raw(request.encode("latin-1"))).partition(b"\r\n")[0]
            assert head in (b"HTTP/1.1 200 OK", b"HTTP/1.1 304 Not Modified"), request
