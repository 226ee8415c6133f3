"""Reader processes read pages as well as feeds, and a hostile page costs what a hostile feed does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aggregator.errors import Malformed, TooComplex
from aggregator.model import Fetched, Freshness, PageFacts, Source, Validators
from aggregator.poll.workers import Readers
from tests.loopback.hostile import FEED
from tests.shell.acceptance.feeds import prose

NOW = datetime(2026, 5, 19, 9, 0, tzinfo=UTC)
SOURCE = Source("asha/notes", "asha", "notes", "feed", "http://asha.example/feed.xml")
HEAD = '<title>Lamps</title><link rel="canonical" href="/lamp">'
PAGE = f"<!doctype html><head>{HEAD}</head><body>{prose('lamp')}</body>"


def fetched(body: str, content_type: str = "text/html") -> Fetched:
    return Fetched("http://asha.example/notes/lamp", 200, body.encode(), content_type, Validators(), Freshness())


async def test_one_process_reads_both() -> None:
    async with Readers(1) as readers:
        feed = replace(fetched("", "application/rss+xml"), body=FEED)
        assert len((await readers.read(feed, SOURCE, NOW)).entries) == 1
        expected = PageFacts(canonical_url="http://asha.example/lamp", title="Lamps")
        assert await readers.read_page(fetched(PAGE)) == expected
        assert len((await readers.read(feed, SOURCE, NOW)).entries) == 1
        assert len(readers.pids) == 1


async def test_what_is_no_page_comes_home_as_an_error() -> None:
    async with Readers(1) as readers:
        with pytest.raises(Malformed, match="application/pdf"):
            await readers.read_page(fetched("%PDF", "application/pdf"))
        with pytest.raises(TooComplex, match="40,000 elements"):
            await readers.read_page(fetched(PAGE + "<b>" * 50_000))
        assert (await readers.read_page(fetched(PAGE))).title == "Lamps"
        assert len(readers.pids) == 1


@pytest.mark.parametrize("flood", ["<b>", "<p>word ", "<table><tr><td>", "<a href=x>", "<font>x"])
async def test_the_largest_page_that_is_read_fits_into_a_process(flood: str) -> None:
    async with Readers(1) as readers:
        many = flood * (39_900 // flood.count("<"))
        assert (await readers.read_page(fetched(PAGE + many + "x" * 1_500_000))).title == "Lamps"
