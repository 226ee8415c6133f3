"""Conditional requests and content codings are answered as RFC 9110 says, whatever clients write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.api.conditional import accepted, choose, held, prefers_html, unmodified
from aggregator.publish.document import http_date

ALL = ("br", "gzip", "identity")
AT = datetime(2026, 5, 19, 9, 34, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("GZip", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("br ; q=1.0 , gzip;q=0.999", "br"),
        ("*", "br"),
        ("*;q=0.1", "br"),
        ("br;q=0, *", "gzip"),
        ("gzip;q=0, *;q=0.5", "br"),
        ("identity, *;q=0.1", "identity"),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("gzip;q=0.2, identity;q=0.8", "identity"),
        ("identity;q=0, gzip", "gzip"),
        ("identity;q=0", "br"),
        ("identity;q=0, br;q=0", "gzip"),
        ("*;q=0", "identity"),
        ("identity;q=0, *;q=0", "identity"),
        ("identity;q=0, *;q=0, br;q=0, gzip;q=0", "identity"),
        ("deflate, zstd", "identity"),
        ("gzip;q=0", "identity"),
        ("gzip;q=0.000, br;q=0.0", "identity"),
        ("gzip;q=nan, br;q=inf", "identity"),
        ("gzip;q=high", "identity"),
        ("gzip;", "identity"),
        (",,;,", "identity"),
        ("gzip;q=1;x=y", "gzip"),
    ],
)
def test_the_coding_that_the_client_likes_best(header: str | None, coding: str) -> None:
    assert choose(header, ALL) == coding


def test_a_document_that_is_not_compressed_is_sent_as_it_is() -> None:
    assert choose("gzip, br", ("identity",)) == "identity"
    assert choose("identity;q=0, br", ("identity",)) == "identity"


@given(st.text(max_size=60))
def test_any_header_leads_to_some_coding(header: str) -> None:
    assert choose(header, ALL) in ALL


@pytest.mark.parametrize(
    ("header", "coding", "can"),
    [
        (None, "br", True),
        ("", "br", False),
        ("", "identity", True),
        ("gzip", "br", False),
        ("gzip", "identity", True),
        ("*", "br", True),
        ("identity;q=0", "identity", False),
        ("*;q=0", "identity", False),
    ],
)
def test_what_a_client_can_use(header: str | None, coding: str, can: bool) -> None:
    assert accepted(header, coding) is can


@pytest.mark.parametrize(
    ("if_none_match", "accept_encoding", "coding"),
    [
        ('"abc-gzip"', "gzip", "gzip"),
        ('W/"abc-gzip"', "gzip", "gzip"),
        ('"x", W/"y-br" , "abc-gzip"', "gzip", "gzip"),
        ("*", "gzip", "gzip"),
        (" * ", None, "identity"),
        ('"abc"', "gzip", "identity"),
        ('W/"abc"', "br, gzip", "identity"),
        ('"abc"', None, "identity"),
        ('"abc-gzip"', "br, gzip", "gzip"),
        ('"abc-br"', None, "br"),
        ('"abc-br"', "gzip", None),
        ('"abc-br"', "identity", None),
        ('"abc"', "identity;q=0, gzip", None),
        ('"ab"', "gzip", None),
        ('"abcd"', "gzip", None),
        ('"abc-zstd"', "gzip", None),
        ('"abc-"', "gzip", None),
        ("abc", "gzip", None),
        ('""', "gzip", None),
        ('W/"*"', "gzip", None),
        ("", "gzip", None),
        ('"' * 999, "gzip", None),
    ],
)
def test_what_the_client_holds(if_none_match: str, accept_encoding: str | None, coding: str | None) -> None:
    sent = choose(accept_encoding, ALL)
    assert held(if_none_match, "abc", ALL, sent, accept_encoding) == coding


@pytest.mark.parametrize(
    ("since", "unchanged"),
    [
        (http_date(AT), True),
        (http_date(AT + timedelta(seconds=1)), True),
        (http_date(AT - timedelta(seconds=1)), False),
        ("Tuesday, 19-May-26 09:34:58 GMT", True),
        ("Tue May 19 09:34:58 2026", True),
        ("Tue, 19 May 2026 11:34:58 +0200", True),
        ("Tue, 19 May 2026 11:34:57 +0200", False),
        ("Tue, 19 May 2026 09:34:58 -0000", True),
        ("Sat, 01 Jan 2000 00:00:00 GMT", False),
        ("2026-05-19", False),
        ("yesterday", False),
        ("", False),
        ("Tue, 99 May 2026 09:34:58 GMT", False),
        ("Mon, 01 Jan 0001 00:00:00 +1400", False),
        ("Fri, 31 Dec 9999 23:59:59 -1400", True),
        ("Tue, 19 May 99999 09:34:58 GMT", False),
    ],
)
def test_whether_it_changed_since(since: str, unchanged: bool) -> None:
    assert unmodified(since, AT) is unchanged


def test_nobody_holds_anything_since_the_year_2000() -> None:
    # what Thunderbird sends before its first visit; an empty store may date from 1970
    assert not unmodified("Sat, 01 Jan 2000 00:00:00 GMT", datetime(1970, 1, 1, tzinfo=UTC))


@given(st.text(max_size=40))
def test_any_date_is_read_or_passed_over(since: str) -> None:
    assert unmodified(since, AT) in (True, False)


# ── HTML or JSON ────────────────────────────────────────────────────────────────────────────────────────────────────

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("header", "html"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("application/json, text/plain, */*", False),
        ("text/plain", False),
        ("application/xhtml+xml", False),
        (BROWSER, True),
        ("text/html", True),
        ("TEXT/HTML", True),
        ("text/html;charset=utf-8", True),
        ("text/*", True),
        ("text/html, application/json", False),
        ("text/html, application/json;q=0.9", True),
        ("text/html;q=0.9, application/json", False),
        ("text/html;q=0.5, */*;q=0.5", True),
        ("text/html;q=0.4, */*;q=0.5", False),
        ("text/html; level=1; q=0.3, application/json; q=0.2", True),
        ("text/html;q=0", False),
        ("text/html;q=0, */*", False),
        ("text/html;q=0.000", False),
        ("text/html;q=2", False),
        ("text/html;q=", False),
        ("text/html ; Q = 0.8 , application/* ; q=0.7", True),
        ("application/*, text/*", False),
        (",,;;,text/html,", True),
        ("html", False),
        ("text/html;q=0.2, text/html", True),
    ],
)
def test_who_would_rather_read_html(header: str, html: bool) -> None:
    assert prefers_html(header) is html


@given(st.text(max_size=80))
def test_any_accept_header_is_read(header: str) -> None:
    assert prefers_html(header) in (True, False)


def test_what_has_no_date_is_never_unmodified() -> None:
    assert unmodified(http_date(AT), None) is False
