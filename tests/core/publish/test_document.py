"""A ready document is the same bytes in every coding, signed, with everything that an answer says about it."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta, timezone

import brotli
import pytest

from aggregator.publish.document import COMPRESSED_FROM, Document, http_date, ready

AT = datetime(2026, 5, 19, 9, 34, 58, tzinfo=UTC)
LONG = b"<rss>" + b"words and words " * 100 + b"</rss>"


def made(body: bytes = LONG, policy: str = "") -> Document:
    links = ('<https://feeds.example/rss.xml>; rel="self"', '<https://feeds.example/rss.xml?cursor=a>; rel="next"')
    return ready(body, "application/rss+xml; charset=utf-8", AT, links, 7, policy)


def test_every_coding_carries_the_same_bytes() -> None:
    variants = made().variants
    assert list(variants) == ["br", "gzip", "identity"] == list(made().codings)
    assert variants["identity"].body == LONG
    assert gzip.decompress(variants["gzip"].body) == LONG
    assert brotli.decompress(variants["br"].body) == LONG
    assert len(variants["br"].body) < len(variants["gzip"].body) < len(LONG)


def test_a_short_document_is_sent_as_it_is() -> None:
    assert made(b"a" * (COMPRESSED_FROM - 1)).codings == ("identity",)
    assert made(b"a" * COMPRESSED_FROM).codings == ("br", "gzip", "identity")


def test_the_same_bytes_make_the_same_document() -> None:
    assert made() == made()
    assert made(LONG + b" ").etag != made().etag


@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_an_answer_says_everything(coding: str) -> None:
    document = made()
    variant = document.variants[coding]
    headers = dict(variant.fresh)
    assert len(headers) == len(variant.fresh), "no header stands twice"
    assert variant.tag == (f'"{document.etag}"' if coding == "identity" else f'"{document.etag}-{coding}"')
    assert headers == {
        b"access-control-allow-origin": b"*",
        b"access-control-expose-headers": b"ETag, Link, Last-Modified",
        b"timing-allow-origin": b"*",
        b"x-content-type-options": b"nosniff",
        b"referrer-policy": b"strict-origin-when-cross-origin",
        b"last-modified": b"Tue, 19 May 2026 09:34:58 GMT",
        b"cache-control": b"public, max-age=900, stale-while-revalidate=3600, stale-if-error=86400",
        b"vary": b"Accept-Encoding",
        b"link": b'<https://feeds.example/rss.xml>; rel="self", <https://feeds.example/rss.xml?cursor=a>; rel="next"',
        b"etag": variant.tag.encode(),
        b"content-type": b"application/rss+xml; charset=utf-8",
        b"content-length": str(len(variant.body)).encode(),
        **({} if coding == "identity" else {b"content-encoding": coding.encode()}),
    }
    of_the_body = {b"content-type", b"content-length", b"content-encoding"}
    assert dict(variant.unchanged) == {name: value for name, value in headers.items() if name not in of_the_body}


def test_a_page_has_a_policy() -> None:
    assert dict(made(policy="default-src 'none'").variants["gzip"].unchanged)[b"content-security-policy"]
    assert b"content-security-policy" not in dict(made().variants["gzip"].fresh)


def test_a_link_that_is_no_uri_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        ready(LONG, "text/html", AT, ("<https://feeds.example/tag/ق/>",), 1)


def test_dates_are_in_gmt() -> None:
    there = AT.astimezone(timezone(timedelta(hours=-7)))
    assert http_date(there) == "Tue, 19 May 2026 09:34:58 GMT"
    assert made().modified_s == AT.timestamp()
