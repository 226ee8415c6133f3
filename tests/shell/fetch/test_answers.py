"""What headers say, and what they fail to say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from aggregator.fetch import answers
from aggregator.model import Freshness, Validators

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DATE = "Sun, 01 Mar 2026 11:00:00 GMT"  # a server whose clock is an hour behind


def headers(*pairs: tuple[str, str]) -> answers.Headers:
    return CIMultiDictProxy(CIMultiDict(pairs))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("432000", 432_000),  # what Medium asked of bridgy (#1953)
        ("604801", 604_800),
        ("9" * 400, 604_800),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("١٢", None),
        ("Sun, 01 Mar 2026 11:10:00 GMT", 600),
        ("Sunday, 01-Mar-26 11:10:00 GMT", 600),
        ("Sun, 01 Mar 2026 10:00:00 GMT", 0),
        ("Sun, 01 Mar 9999 10:00:00 GMT", 604_800),
        ("Sun, 99 Mar 2026 10:00:00 GMT", None),
        ("Sun, 01 Mar 99999999999 10:00:00 GMT", None),
    ],
)
def test_retry_after(value: str, seconds: int | None) -> None:
    assert answers.retry_after(headers(("Date", DATE), ("Retry-After", value)), NOW) == seconds


def test_retry_after_without_a_date_is_relative_to_our_clock() -> None:
    assert answers.retry_after(headers(("Retry-After", "Sun, 01 Mar 2026 12:01:00 GMT")), NOW) == 60
    assert answers.retry_after(headers(), NOW) is None


@pytest.mark.parametrize(
    ("pairs", "freshness"),
    [
        ((), Freshness()),
        ((("Cache-Control", "public, max-age=600"),), Freshness(600)),
        ((("Cache-Control", 'MAX-AGE = "600"'),), Freshness(600)),
        ((("Cache-Control", "public"), ("Cache-Control", "max-age=600")), Freshness(600)),
        ((("Cache-Control", "max-age=600"), ("Age", "200")), Freshness(400)),
        ((("Cache-Control", "max-age=600"), ("Age", "700")), Freshness(0)),
        ((("Cache-Control", "max-age=600"), ("Age", "minus")), Freshness(600)),
        ((("Cache-Control", "max-age=600, no-cache"),), Freshness(0)),
        ((("Cache-Control", "no-store"),), Freshness(0)),
        ((("Cache-Control", 'max-age=60, no-cache="Set-Cookie, max-age=5"'),), Freshness(60)),
        ((("Cache-Control", "s-maxage=600"),), Freshness()),
        ((("Cache-Control", "max-age=often"),), Freshness()),
        ((("Cache-Control", "max-age=99999999999999999999"),), Freshness(365 * 86400)),
        ((("Date", DATE), ("Expires", "Sun, 01 Mar 2026 11:30:00 GMT")), Freshness(None, 1800)),
        ((("Date", DATE), ("Expires", "Sun, 01 Mar 2026 11:30:00 GMT"), ("Age", "60")), Freshness(None, 1740)),
        ((("Expires", "Sun, 01 Mar 2026 12:30:00 GMT"),), Freshness(None, 1800)),
        ((("Date", DATE), ("Expires", "0")), Freshness(None, 0)),
        ((("Date", DATE), ("Expires", "Thu, 01 Jan 1970 00:00:00 GMT")), Freshness(None, 0)),
        ((("Date", DATE), ("Expires", "Tue, 31 Dec 9999 00:00:00 GMT")), Freshness(None, 365 * 86400)),
    ],
)
def test_freshness(pairs: tuple[tuple[str, str], ...], freshness: Freshness) -> None:
    assert answers.freshness(headers(*pairs), NOW) == freshness


@given(st.text(max_size=60))
def test_no_value_of_a_header_is_too_much(value: str) -> None:
    said = headers(
        *((name, value) for name in ("Date", "Expires", "Age", "Cache-Control", "Retry-After", "Link", "ETag"))
    )
    fresh = answers.freshness(said, NOW)
    assert fresh.max_age_s is None or fresh.max_age_s >= 0
    assert fresh.expires_in_s is None or fresh.expires_in_s >= 0
    assert (answers.retry_after(said, NOW) or 0) <= answers.MAX_RETRY_AFTER_S
    answers.links(said, URL("http://x.example/"))


@pytest.mark.parametrize("etag", ['"abc"', 'W/"abc"', "abc", '""', '"a,b"', '"é"'])
def test_validators_are_kept_as_they_came(etag: str) -> None:
    assert answers.validators(headers(("ETag", etag), ("Last-Modified", "someday")), None) == Validators(
        etag, "someday"
    )


@pytest.mark.parametrize("etag", ["", '"\udce9"', '"' + "a" * 3000 + '"'])
def test_what_cannot_be_sent_back_is_no_validator(etag: str) -> None:
    assert answers.validators(headers(("ETag", etag)), "http://x.example/") == Validators()


@pytest.mark.parametrize(
    ("value", "links"),
    [
        ('<https://hub.example/>; rel="hub"', (("hub", "https://hub.example/"),)),
        ("</feed>; rel=self", (("self", "http://x.example/feed"),)),
        ('<a>; title="x; y"; rel="alternate"', (("alternate", "http://x.example/blog/a"),)),
        ('<a>; rel="self alternate", <b>; rel=HUB', (("self", "http://x.example/blog/a"),) * 1
         + (("alternate", "http://x.example/blog/a"), ("hub", "http://x.example/blog/b"))),
        ("<javascript:alert(1)>; rel=hub", ()),
        ("<a>", ()),
        ("a; rel=hub", ()),
        ("<http://[>; rel=hub", ()),
    ],
)  # fmt: skip
def test_links(value: str, links: tuple[tuple[str, str], ...]) -> None:
    assert answers.links(headers(("Link", value)), URL("http://x.example/blog/feed.xml")) == links


def test_links_of_a_flood_are_capped() -> None:
    flood = headers(*(("Link", f"<http://x.example/{n}>; rel=hub") for n in range(1000)))
    assert len(answers.links(flood, URL("http://x.example/"))) == 64


@pytest.mark.parametrize(
    ("status", "pairs", "walled"),
    [
        (403, (("cf-mitigated", "challenge"),), True),
        (200, (("cf-mitigated", "challenge"),), True),
        (403, (("Server", "cloudflare"), ("Content-Type", "text/html; charset=UTF-8")), True),
        (503, (("Server", "cloudflare-nginx"), ("Content-Type", "text/html")), True),
        (403, (("Server", "nginx"), ("Content-Type", "text/html")), False),
        (403, (("Server", "cloudflare"), ("Content-Type", "application/json")), False),
        (200, (("Server", "cloudflare"), ("Content-Type", "text/html")), False),
    ],
)
def test_bot_walls_are_recognised(status: int, pairs: tuple[tuple[str, str], ...], walled: bool) -> None:
    assert answers.challenged(status, headers(*pairs)) is walled


def test_a_status_has_a_name() -> None:
    assert answers.phrase(403) == "403 Forbidden"
    assert answers.phrase(599) == "599"
