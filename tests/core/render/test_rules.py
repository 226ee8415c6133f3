"""The rules that real documents are held against see every breach: a good document is broken once for each row."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from aggregator.model import Article, View
from aggregator.render.formats import atom, rss
from tests.rules import atom_breaches, rss_breaches

NOW = datetime(2026, 6, 2, tzinfo=UTC)
RSS = "https://feeds.example.org/asha/kind/article/rss.xml?lang=en&tag=kafka"
ATOM = RSS.replace("rss.xml", "atom.xml")


def test_a_good_document_holds_every_row(view: Callable[..., View]) -> None:
    assert rss_breaches(rss.render(view()), RSS, NOW) == []
    assert atom_breaches(atom.render(view()), ATOM, NOW) == []


@pytest.mark.parametrize(
    ("row", "old", "new"),
    [
        ("R1", b'rel="self" ', b'rel="via" '),
        ("R1", rb"article/rss\.xml\?lang=en&amp;tag=kafka", b"article/rss.xml?lang=en"),
        ("R1", rb'type="application/rss\+xml" href', b'type="application/xml" href'),
        ("R2", b"R&#x26;D", b"R&amp;D"),
        ("R2", b"R&#x26;D", b"R&amp;amp;D"),
        ("R2", b"<category>kafka", b"<category>r&amp;d"),
        ("R3", b"<description>Consumers.*?</description>", b""),
        ("R4", b"<dc:creator>Asha Rao</dc:creator>", b"<author>Asha Rao</author>"),
        ("R4", b"<dc:creator>Asha Rao</dc:creator>", b"<dc:creator> </dc:creator>"),
        ("R5", b'isPermaLink="false"', b'isPermaLink="true"'),
        ("R5", b">tag:feeds.example.org,2026:article/", b">https://feeds.example.org/"),
        ("R6", b"Tue, 19 May 2026", b"Mon, 19 May 2026"),
        ("R6", b"Tue, 19 May 2026", b"Tue, 19 May 26"),
        ("R6", b"Tue, 19 May 2026", b"Fri, 19 May 2028"),
        ("R7", b"<pubDate>", b"<dc:date>2026-05-19</dc:date><pubDate>"),
        ("R8", b'href="https://asha.example/next"', b'href="/next"'),
        ("R8", b'href="https://asha.example/next"', b'onclick="x()"'),
        ("R8", b'href="https://asha.example/next"', b'style="position: fixed"'),
        ("R8", b"&lt;p&gt;Brokers", b"&lt;iframe&gt;&lt;/iframe&gt;"),
        ("R8", b"&lt;p&gt;Brokers", b"&lt;img src='x.png'&gt;"),
        ("R8", b"<link>https://asha.example/rebalancing", b"<link>javascript:alert(1)//"),
        ("R9", b"<lastBuildDate>", b"<image><link>https://x.example/</link></image><lastBuildDate>"),
        ("R10", b"<dc:language>en", b"<dc:language>english, mostly"),
        ("R10", b'medium="image"', b'medium="picture"'),
        ("R11", b"<category>kafka", b"<category>kafka, redis"),
        ("R12", b"<lastBuildDate>", b"<managingEditor>a@b.example</managingEditor><lastBuildDate>"),
        ("A2", b'rel="tag:article-aggregator,2026:copy"', b'rel="alternate"'),
    ],
)
def test_rss_that_breaks_a_row_is_seen(row: str, old: bytes, new: bytes, view: Callable[..., View]) -> None:
    good = rss.render(view())
    breaches = rss_breaches(broken(good, old, new), RSS, NOW)
    assert row in {breach.split()[0] for breach in breaches}


@pytest.mark.parametrize(
    ("row", "old", "new"),
    [
        ("R1", b'rel="self" ', b'rel="via" '),
        ("A0", b"<title>Rebalancing.*?</title>", b""),
        ("A1", b"<id>tag:feeds.example.org,2026:article/", b"<id>https://asha.example/"),
        ("A2", b'rel="tag:article-aggregator,2026:copy"', b'rel="alternate"'),
        ("A2", b"tag:article-aggregator,2026:copy", b"syndication"),
        ("A3", b"<author><name>Asha Rao</name>", b"<author><name> </name>"),
        ("A3", b"</source>", b"</source><rights/>"),
        ("A3", b"<source><id>.*?</id>", b"<source>"),
        ("A3", b"<source><id>", b"<source><author><name>X</name></author><id>"),
        ("A4", b"<published>2026-05-19T09:34:58Z", b"<published>2026-05-19T15:04:58+05:30"),
        ("A4", b"<published>2026-05-19", b"<published>2027-05-19"),
        ("A4", b"<published>2026-05-19", b"<published>2026-05-31"),
        ("A5", b'<entry xml:lang="en"', b'<entry xml:lang="english, mostly"'),
        ("R8", b'href="https://asha.example/next"', b'href="next"'),
        ("R11", b'term="kafka"', b'term="kafka, redis"'),
    ],
)
def test_atom_that_breaks_a_row_is_seen(row: str, old: bytes, new: bytes, view: Callable[..., View]) -> None:
    good = atom.render(view())
    breaches = atom_breaches(broken(good, old, new), ATOM, NOW)
    assert row in {breach.split()[0] for breach in breaches}


@pytest.mark.parametrize("twice", ["R5", "A1"])
def test_two_items_with_one_id_are_seen(twice: str, view: Callable[..., View], article: Callable[..., Article]) -> None:
    same = view(articles=(article(), article()))
    breaches = [*rss_breaches(rss.render(same), RSS, NOW), *atom_breaches(atom.render(same), ATOM, NOW)]
    assert any(breach.startswith(f"{twice} ") and "2 times" in breach for breach in breaches)


def broken(good: bytes, old: bytes, new: bytes) -> bytes:
    """The document with one thing replaced, still well-formed; ``old`` is a pattern."""
    bad, times = re.subn(old, lambda _: new, good, flags=re.DOTALL)
    assert times, f"{old!r} is not in the document"
    return bad
