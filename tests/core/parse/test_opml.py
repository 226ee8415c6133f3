"""Lists of feeds are read however they are written, and nothing but feeds comes out of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import NotAFeed
from aggregator.parse.lists import MOST_BYTES, read
from aggregator.parse.subscriptions import Subscription


def opml(body: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0">{head}<body>{body}</body></opml>'.encode()


def test_every_feed_in_whatever_folder_in_order_and_once() -> None:
    listed = opml(
        '<outline text="Notes" type="rss" xmlUrl="https://a.example/feed.xml" htmlUrl="https://a.example/"/>'
        '<outline text="Folder"><outline text="Deeper"><outline title="B &amp; C" text="b" xmlUrl="https://b.example/x"/>'
        '</outline></outline><outline text="Again" xmlUrl="http://www.a.example/feed.xml/"/>'
        '<outline text="A page" type="link" url="https://c.example/"/>'
    )
    assert read(listed) == (
        Subscription("https://a.example/feed.xml", "Notes"),
        Subscription("https://b.example/x", "B & C", "Deeper"),
    )


@pytest.mark.parametrize(
    ("outline", "found"),
    [
        ('<outline xmlurl="https://a.example/f"/>', [("https://a.example/f", "")]),
        ('<outline XMLURL=" https://a.example/f\n"/>', [("https://a.example/f", "")]),
        ('<outline xmlUrl="feed://a.example/f" text="  A \n title "/>', [("http://a.example/f", "A title")]),
        ('<outline xmlUrl="feed:https://a.example/f"/>', [("https://a.example/f", "")]),
        ('<outline xmlUrl="https://a.example/f?a=1&b=2"/>', [("https://a.example/f?a=1&b=2", "")]),
        ('<outline xmlUrl="javascript:alert(1)"/>', []),
        ('<outline xmlUrl="file:///etc/passwd"/>', []),
        ('<outline xmlUrl="https://user:secret@a.example/f"/>', []),
        ('<outline xmlUrl=""/>', []),
        ('<outline text="x"/>', []),
        ('<outline xmlUrl="https://a.example/f" text="unclosed">', [("https://a.example/f", "unclosed")]),
        ('<o:outline xmlns:o="http://opml.org/spec2" xmlUrl="https://a.example/f"/>', [("https://a.example/f", "")]),
    ],
)
def test_an_outline(outline: str, found: list[tuple[str, str]]) -> None:
    assert [(one.feed_url, one.title) for one in read(opml(outline))] == found


def test_entities_of_its_own_are_not_replaced() -> None:
    head = '<!DOCTYPE opml [<!ENTITY e SYSTEM "file:///etc/hostname"><!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    body = '<opml version="2.0"><body><outline text="&b;" xmlUrl="https://a.example/f"/><outline>&e;</outline></body></opml>'
    (one,) = read(f"{head}{body}".encode())
    assert one.feed_url == "https://a.example/f"
    assert len(one.title) <= 64


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b"<rss/>",
        b"<html><body>opml</body></html>",
        b"\x00\x01",
        b"{}",
        b" " * (MOST_BYTES + 1),
    ],
)
def test_what_is_no_opml_is_refused(body: bytes) -> None:
    with pytest.raises(NotAFeed):
        read(body)


@given(st.binary(max_size=200) | st.text(max_size=100).map(opml))
def test_any_bytes_are_a_list_or_none(body: bytes) -> None:
    try:
        found = read(body)
    except NotAFeed:
        return
    assert all(one.feed_url.startswith(("https://", "http://")) for one in found)
