"""Every answer is one that caches, browsers and readers can work with: validators, codings, HEAD, CORS, links."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import brotli
import pytest

from aggregator.publish.document import http_date
from aggregator.render import formats
from tests.shell.api.library import BASE, NOW, ulid
from tests.shell.api.running import Reply, Service

DOCUMENTS = [f"{scope}{name}" for scope in ("/", "/asha/tag/kafka/") for name in formats()]
OTHERS = ["/healthz", "/readyz", "/api/sources", f"/api/articles/{ulid(1)}", "/openapi.json", "/docs"]
REFUSED = {
    "/nobody/rss.xml": 404,
    "/nothing": 404,
    "/api/articles/none": 404,
    "/rss.xml?tga=1": 400,
    "/%ff/rss.xml": 400,
    "/rss.xml?q=" + "a" * 3000: 414,
}
TYPES = {
    "": "text/html; charset=utf-8",
    "atom.xml": "application/atom+xml; charset=utf-8",
    "card.svg": "image/svg+xml",
    "digest.xml": "application/rss+xml; charset=utf-8",
    "embed.html": "text/html; charset=utf-8",
    "feed.json": "application/feed+json",
    "feeds.opml": "text/x-opml; charset=utf-8",
    "index.json": "application/feed+json",
    "list.html": "text/html; charset=utf-8",
    "list.md": "text/markdown; charset=utf-8",
    "rss.xml": "application/rss+xml; charset=utf-8",
    "sources.opml": "text/x-opml; charset=utf-8",
}
SHOWN = ("", "card.svg", "embed.html", "list.html")  # by browsers, as documents of their own


def open_to_everyone(reply: Reply) -> bool:
    headers = reply.headers
    return (
        headers.getall("Access-Control-Allow-Origin") == ["*"]
        and "Access-Control-Allow-Credentials" not in headers
        and headers.getall("Access-Control-Expose-Headers") == ["ETag, Link, Last-Modified"]
        and headers.getall("Timing-Allow-Origin") == ["*"]
        and headers.getall("X-Content-Type-Options") == ["nosniff"]
        and "Set-Cookie" not in headers
        and "Server" not in headers
    )


async def test_a_document_says_all_that_the_contract_asks_for(plain: Service) -> None:
    for document in DOCUMENTS:
        reply = await plain.get(document)
        assert reply.status == 200
        assert open_to_everyone(reply)
        assert reply.headers["Content-Type"] == TYPES[document.rpartition("/")[2]]
        assert reply.headers["Content-Length"] == str(len(reply.body))
        assert "max-age=" in reply.headers["Cache-Control"]
        # GitHub's proxy took that for leave to show what is a day old
        assert ("stale-while-revalidate=" in reply.headers["Cache-Control"]) != document.endswith("card.svg")
        assert "private" not in reply.headers["Cache-Control"]
        assert reply.headers["Vary"].startswith("Accept-Encoding")
        assert reply.headers["ETag"].startswith('"'), "strong"
        assert reply.headers["Last-Modified"] == http_date(NOW + timedelta(seconds=1)), "of the second transaction"
        assert reply.links["self"] == f"{BASE}{document}"
        assert ("Content-Security-Policy" in reply.headers) == (document.rpartition("/")[2] in SHOWN)


async def test_what_is_no_original_is_not_to_be_found(plain: Service) -> None:
    for name in ("list.html", "list.md", "card.svg", "embed.html"):
        assert (await plain.get(f"/{name}")).headers["X-Robots-Tag"] == "noindex"
    assert 'name="robots" content="noindex"' in (await plain.get("/")).body.decode()
    assert "X-Robots-Tag" not in (await plain.get("/rss.xml")).headers


async def test_a_page_runs_no_script_and_loads_nothing_foreign(plain: Service) -> None:
    policy = (await plain.get("/")).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert (await plain.get("/docs")).headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_head_is_get_without_a_body(plain: Service) -> None:
    for path in (*DOCUMENTS, *OTHERS, *REFUSED, "/asha"):
        for coding in ("identity", "br"):
            get, head = [await plain.ask(method, path, {"Accept-Encoding": coding}) for method in ("GET", "HEAD")]
            assert (head.status, head.body) == (get.status, b"")
            assert {**head.headers, "Date": ""} == {**get.headers, "Date": ""}, path
    assert (await plain.head("/rss.xml", If_None_Match="*")).status == 304


async def test_nothing_but_get_and_head(plain: Service) -> None:
    for path in ("/rss.xml", "/", "/asha/", "/asha/tag/kafka/index.json", *OTHERS):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            reply = await plain.ask(method, path)
            assert reply.status == 405, (method, path)
            assert reply.headers["Allow"] == "GET, HEAD, OPTIONS"
            assert method in reply.problem
            assert open_to_everyone(reply)
    assert (await plain.ask("POST", "/nothing")).status == 404


# ── validators ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_holds_it_is_sent_nothing(plain: Service) -> None:
    for document in DOCUMENTS:
        for coding in ("identity", "gzip", "br"):
            whole = await plain.get(document, Accept_Encoding=coding)
            tag = whole.headers["ETag"]
            bare = tag.strip('"').removesuffix(f"-{coding}")
            for held in (tag, f"W/{tag}", f'"x", W/"y", {tag}', "*", f'"{bare}"'):
                reply = await plain.get(document, Accept_Encoding=coding, If_None_Match=held)
                assert (reply.status, reply.body) == (304, b""), held
                assert open_to_everyone(reply)
                same = {"Cache-Control", "Vary", "Link", "Last-Modified", "Content-Security-Policy"}
                assert {name: reply.headers.get(name) for name in same} == {
                    name: whole.headers.get(name) for name in same
                }
                assert reply.headers["ETag"] == (tag if bare not in held or tag in held else held)
                assert "Content-Length" not in reply.headers
                assert "Content-Type" not in reply.headers
            for other in ('"x"', f'"{bare}x"', bare, '""'):
                assert (await plain.get(document, Accept_Encoding=coding, If_None_Match=other)).status == 200


async def test_each_coding_has_a_tag_of_its_own(plain: Service) -> None:
    tags = {
        (await plain.get("/rss.xml", Accept_Encoding=coding)).headers["ETag"] for coding in ("identity", "gzip", "br")
    }
    assert len(tags) == 3
    br = next(tag for tag in tags if tag.endswith('-br"'))
    assert (await plain.get("/rss.xml", Accept_Encoding="gzip", If_None_Match=br)).status == 200, "it cannot read that"
    assert (await plain.get("/rss.xml", Accept_Encoding="gzip, br", If_None_Match=br)).status == 304
    assert (await plain.get("/rss.xml", If_None_Match=br)).status == 304, "who says nothing reads everything"


async def test_who_saw_it_since_it_changed_is_sent_nothing(plain: Service) -> None:
    for document in DOCUMENTS:
        at = (await plain.get(document)).headers["Last-Modified"]
        moment = parsedate_to_datetime(at)
        for since, status in (
            (at, 304),
            (http_date(moment + timedelta(days=1)), 304),
            (http_date(moment - timedelta(seconds=1)), 200),
            ("Sat, 01 Jan 2000 00:00:00 GMT", 200),
            ("no date", 200),
        ):
            assert (await plain.get(document, If_Modified_Since=since)).status == status, since
        assert (await plain.get(document, If_Modified_Since=at, If_None_Match='"x"')).status == 200, "the tag decides"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_no_change_is_from_the_future(service: Service) -> None:
    # every change takes a second of its own, so that a burst of them is ahead of the clock
    for _ in range(5):
        service.store.touch(datetime.now(UTC) + timedelta(seconds=10))
    service.publisher.noticed()
    reply = await service.get("/rss.xml")
    modified = parsedate_to_datetime(reply.headers["Last-Modified"])
    assert modified <= datetime.now(UTC)
    assert (await service.get("/rss.xml", If_Modified_Since=reply.headers["Last-Modified"])).status == 200, "who knows"
    assert (await service.get("/rss.xml", If_None_Match=reply.headers["ETag"])).status == 304


# ── codings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        (None, None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.1, gzip;q=0.2", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*", "br"),
        ("identity", None),
        ("identity;q=0", "br"),
        ("identity;q=0, *;q=0", None),
        ("deflate", None),
        ("nonsense;q=x,,", None),
    ],
)
async def test_the_coding_is_the_clients_choice(plain: Service, accept: str | None, coding: str | None) -> None:
    whole = await plain.get("/index.json")
    reply = await (plain.get("/index.json", Accept_Encoding=accept) if accept else plain.get("/index.json"))
    assert reply.headers.get("Content-Encoding") == coding
    assert reply.headers["Content-Length"] == str(len(reply.body))
    decode = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}[coding]
    assert decode(reply.body) == whole.body


async def test_two_headers_are_one_list(plain: Service) -> None:
    head = b"GET /rss.xml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    found = await plain.raw(head + b"Accept-Encoding: deflate\r\nAccept-Encoding: gzip\r\n\r\n")
    assert b"content-encoding: gzip" in found
    tag = (await plain.get("/rss.xml")).headers["ETag"].encode()
    found = await plain.raw(head + b'If-None-Match: "a"\r\nIf-None-Match: ' + tag + b"\r\n\r\n")
    assert found.startswith(b"HTTP/1.1 304 ")


# ── whoever asks, from wherever ─────────────────────────────────────────────────────────────────────────────────────


async def test_pages_of_every_origin_may_read_everything(plain: Service) -> None:
    for path, status in (dict.fromkeys((*DOCUMENTS, *OTHERS), 200) | REFUSED | {"/asha": 308}).items():
        reply = await plain.get(path, Origin="https://portfolio.example", Cookie="a=b")
        assert reply.status == status, path
        assert open_to_everyone(reply), path
        if status >= 400:
            assert reply.problem
            assert reply.headers["Cache-Control"] == "no-store"


async def test_a_preflight_is_allowed(plain: Service) -> None:
    for path in (*DOCUMENTS, *OTHERS, "/nothing"):
        reply = await plain.ask(
            "OPTIONS",
            path,
            {
                "Origin": "https://portfolio.example",
                "Access-Control-Request-Method": "GET",
                "Access-Control-Request-Headers": "x-requested-with",
            },
        )
        assert (reply.status, reply.body) == (204, b"")
        assert open_to_everyone(reply)
        assert reply.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
        assert reply.headers["Access-Control-Allow-Headers"] == "*"
        assert reply.headers["Allow"] == "GET, HEAD, OPTIONS"


async def test_no_answer_repeats_the_host_that_was_asked_for(plain: Service) -> None:
    spoof = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    extra = [
        "/asha",
        "/asha/tag/kafka",
        "/docs/",
        "/healthz/",
        "/api/sources/",
        "/api/articles/",
        "//evil.example/asha",
    ]
    for path in (*DOCUMENTS, *OTHERS, *REFUSED, *extra):
        reply = await plain.ask("GET", path, spoof)
        assert reply.status < 500
        assert not any("evil" in value for value in reply.headers.values()), path
        if not path.startswith("//"):  # there the name is the path's
            assert b"evil" not in reply.body, path
        assert reply.headers.get("Location", "./").startswith("./")


async def test_a_scope_without_its_slash_leads_to_the_one_with_it(plain: Service) -> None:
    for path, location in {
        "/asha": "./asha/",
        "/asha?limit=3&tag=a%20b": "./asha/?limit=3&tag=a%20b",
        "/asha/tag/kafka": "./kafka/",
        "/tag/c%2B%2B": "./c%2B%2B/",
        "/tag/a%3Ab": "./a%3Ab/",
        "/asha/source/dev": "./dev/",
    }.items():
        reply = await plain.get(path)
        assert (reply.status, reply.headers["Location"]) == (308, location)
        below, _, query = path.partition("?")
        whole = f"{below.rpartition('/')[0]}/{location.removeprefix('./')}"
        assert (await plain.get(whole.replace("&tag=a%20b", ""))).status == 200
        assert query in reply.headers["Location"]
    for path in ("/nobody", "/asha/", "/asha/tag", "/tag", "/asha/category/none", "/asha/tag/kafka/x"):
        assert "Location" not in (await plain.get(path)).headers
