"""What a robots.txt says to this program, and how often it is asked for."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.fetch import Fetcher
from aggregator.fetch.robots import AGENT, Permission, Robots, allows, crawl_delay_s
from tests.loopback import Answer, Web

NOW = datetime(2026, 5, 19, 9, 0, tzinfo=UTC)
URL = "https://asha.example/blog/ferries?page=1"
ALL = "User-agent: *\n"


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        (f"{ALL}Disallow: /", False),
        (f"{ALL}Disallow:", True),
        (f"{ALL}Disallow: /blog", False),
        (f"{ALL}Disallow: /blo", False),
        (f"{ALL}Disallow: /Blog", True),
        (f"{ALL}Disallow: /blog/other", True),
        ("USER-AGENT : *\r\ndisallow : /blog # no\r\n", False),
        ("\ufeff# hello\nUser-agent: *\n\nDisallow: /", False),
        ("Disallow: /", True),
        ("<!doctype html><title>Not found</title><p>Disallow: /", True),
        # the longest rule decides, and of two of one length the one that allows
        (f"{ALL}Disallow: /\nAllow: /blog", True),
        (f"{ALL}Allow: /\nDisallow: /blog", False),
        (f"{ALL}Allow: /blog\nDisallow: /blog/ferries", False),
        (f"{ALL}Disallow: /blog\nAllow: /blog", True),
        # wildcards
        (f"{ALL}Disallow: /*ferries", False),
        (f"{ALL}Disallow: /*ferries$", True),
        (f"{ALL}Disallow: /*?page=", False),
        (f"{ALL}Disallow: /*?page=1$", False),
        (f"{ALL}Disallow: /blog/*/x", True),
        (f"{ALL}Disallow: *", False),
        (f"{ALL}Disallow: /blog$", True),
        (f"{ALL}Disallow: /*e*e*s?*=1$", False),
        (f"{ALL}Disallow: /*1*1$", True),
        (f"{ALL}Allow: /*ferries\nDisallow: /blog", True),
        # escapes
        (f"{ALL}Disallow: /%62log", False),
        (f"{ALL}Disallow: /blog/ferries%3Fpage", False),
        # groups
        ("User-agent: other\nDisallow: /", True),
        ("User-agent: a\nDisallow: /", True),
        ("User-agent: ARTICLE-aggregator\nDisallow: /", False),
        (f"{ALL}Disallow: /\n\nUser-agent: article-aggregator\nAllow: /", True),
        (f"{ALL}Allow: /\n\nUser-agent: article-aggregator\nDisallow: /", False),
        ("User-agent: other\nUser-agent: *\nDisallow: /", False),
        ("User-agent: *\nSitemap: https://x/y\nUser-agent: other\nDisallow: /", False),
        ("User-agent: other\nDisallow: /x\nUser-agent: *\nDisallow: /y", True),
        (f"{ALL}Allow: /\n\n{ALL}Disallow: /blog", False),  # Cloudflare puts a group of its own before the site's
    ],
)
def test_what_a_robots_txt_allows(text: str, allowed: bool) -> None:
    assert allows(text, AGENT, URL) is allowed


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("", 0),
        (f"{ALL}Crawl-delay: 10", 10),
        (f"{ALL}Crawl-delay: 1.2\nDisallow: /x", 2),
        (f"{ALL}Crawl-delay: 86400", 60),
        (f"{ALL}Crawl-delay: ²", 0),
        (f"{ALL}Crawl-delay: -1", 0),
        ("User-agent: other\nCrawl-delay: 10", 0),
        (f"{ALL}Crawl-delay: 10\nUser-agent: article-aggregator\nDisallow: /x", 0),
    ],
)
def test_how_long_it_wants_to_be_left_alone(text: str, delay: int) -> None:
    assert crawl_delay_s(text, AGENT) == delay


@pytest.mark.parametrize(
    "text",
    [
        ALL * 40_000,
        ALL + "Disallow: /" + "*a" * 250_000,
        ALL + "Disallow: /*a*a*b$\n" * 30_000,
        ALL + "\n".join(f"Disallow: /{n}" for n in range(50_000)),
        "".join(f"User-agent: {n}\n" for n in range(15_000))
        + ALL
        + "".join(f"Disallow: /{n}\n" for n in range(15_000)),
        ":" * 500_000,
        "\n" * 500_000,
    ],
)
def test_no_robots_txt_stalls_the_loop(text: str) -> None:
    started = time.process_time()
    assert allows(text, AGENT, f"https://asha.example/{'a' * 2000}")
    assert time.process_time() - started < 2.0  # measured: 0.15


def test_half_a_rule_at_the_end_is_none() -> None:
    text = f"{ALL}Disallow: /x\n#{'#' * (500 * 1024 - 40)}\nDisallow: /blogging-in-the-dark"
    assert len(text) > 500 * 1024
    assert allows(text, AGENT, URL)


async def test_the_agent_is_the_one_that_asks(web: Web, fetcher: Fetcher) -> None:
    web.page("/robots.txt", "")
    await Robots(fetcher).ask(web.url("/x"), NOW)
    (seen,) = web.log
    assert seen.path == "/robots.txt"
    assert seen.headers["User-Agent"].startswith(f"{AGENT}/")


async def test_it_is_asked_once_a_day_for_each_origin(web: Web, fetcher: Fetcher) -> None:
    web.page("/robots.txt", f"{ALL}Disallow: /no\nCrawl-delay: 7", content_type="text/plain", host="a.example")
    robots = Robots(fetcher)
    for hours in (0, 1, 23):
        now = NOW + timedelta(hours=hours)
        assert await robots.ask(web.url("/no", "a.example"), now) == Permission("disallowed", 7)
        assert await robots.ask(web.url("/yes", "a.example"), now) == Permission("allowed", 7)
        assert await robots.ask(web.url("/no", "b.example"), now) == Permission("allowed")
    assert len(web.asked("/robots.txt", "a.example")) == 1
    assert len(web.asked("/robots.txt", "b.example")) == 1  # a 404: everything is allowed
    await robots.ask(web.url("/no", "a.example"), NOW + timedelta(hours=24))
    assert len(web.asked("/robots.txt", "a.example")) == 2


async def test_only_so_many_origins_are_remembered(web: Web, fetcher: Fetcher) -> None:
    robots = Robots(fetcher)
    for number in (*range(200), 199, 0):
        await robots.ask(web.url("/x", f"h{number}.example"), NOW)
    assert len(web.asked("/robots.txt", "h199.example")) == 1
    assert len(web.asked("/robots.txt", "h0.example")) == 2


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(200, "disallowed"), (401, "allowed"), (403, "allowed"), (404, "allowed"), (410, "allowed"), (429, "unknown"),
     (500, "unknown"), (503, "unknown")],
)  # fmt: skip
async def test_what_an_answer_without_rules_means(web: Web, fetcher: Fetcher, status: int, verdict: str) -> None:
    web.page("/robots.txt", f"{ALL}Disallow: /", status=status)
    assert (await Robots(fetcher).ask(web.url("/x"), NOW)).verdict == verdict


@pytest.mark.parametrize("kind", ["refused", "reset_in_headers", "bomb_gzip", "not_http"])
async def test_no_answer_means_not_now(web: Web, fetcher: Fetcher, kind: str) -> None:
    address = web.hostile(kind, "/robots.txt")
    robots = Robots(fetcher)
    page = address.removesuffix("robots.txt") + "x"
    assert (await robots.ask(page, NOW)).verdict == "unknown"
    assert (await robots.ask(page, NOW + timedelta(minutes=59))).verdict == "unknown"
    asked = len(web.log)
    assert asked <= 2  # the client of the library tries a connection that broke off once more
    await robots.ask(page, NOW + timedelta(minutes=60))
    assert (len(web.log) > asked) == (kind != "refused")


async def test_a_redirect_is_followed(web: Web, fetcher: Fetcher) -> None:
    web.redirect("/robots.txt", "/elsewhere/robots.txt", 301)
    web.script("/elsewhere/robots.txt", Answer(f"{ALL}Disallow: /".encode(), content_type="text/plain"))
    assert (await Robots(fetcher).ask(web.url("/x"), NOW)).verdict == "disallowed"
