"""What an entry written by hand is called until its page is read, and what its page may add."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.model import Image, PageFacts, Written
from aggregator.normalize.written import completed, written

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FACTS = PageFacts(
    title="Low water",
    summary="When it comes.",
    image=Image("https://a.example/i.png"),
    published="2019-05",
    publisher="A",
)


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://www.a.example/notes/a-lease-is-a-promise.html", "A lease is a promise"),
        ("https://a.example/2019/%C3%BCber_uns/", "Über uns"),
        ("https://www.a.example/", "a.example"),
        ("https://a.example/p/12345", "a.example"),
        ("https://a.example/watch?v=abc", "Watch"),
        (f"https://a.example/{'word-' * 50}", f"{'Word' + ' word' * 15}…"),
    ],
)
def test_without_a_title_its_address_names_it(url: str, title: str) -> None:
    assert written(Written(None, url=url), 0).title == title


def test_a_page_fills_in_what_is_left_out() -> None:
    item = Written(None, url="https://a.example/low-water")
    entry = completed(written(item, 0), item, FACTS, NOW)
    assert (entry.title, entry.summary, entry.image, entry.publisher) == (
        "Low water",
        "When it comes.",
        FACTS.image,
        "A",
    )
    assert (entry.published, entry.date_precision) == (datetime(2019, 5, 1, tzinfo=UTC), "month")
    assert entry.guid == "https://a.example/low-water"


def test_no_word_of_the_owner_gives_way() -> None:
    item = Written(
        "Mine",
        url="https://a.example/low-water",
        summary="Mine, too.",
        publisher="Me",
        date="2018",
        image="https://b.example/i.png",
    )
    assert completed(written(item, 0), item, FACTS, NOW) == written(item, 0)


@pytest.mark.parametrize("published", ["1970-01-01", "2099-01-01", "soon", None])
def test_a_date_that_cannot_be_true_is_none(published: str | None) -> None:
    item = Written(None, url="https://a.example/low-water")
    entry = completed(written(item, 0), item, PageFacts(published=published), NOW)
    assert (entry.published, entry.date_precision) == (None, "unknown")
    assert entry.title == "Low water"
