"""An article that a format cannot carry is left out and logged; nothing else is lost with it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

import pytest

from aggregator.model import Article, CopyRef, Image, View
from aggregator.render import formats
from aggregator.render.carry import carried, scrubbed

Views = Callable[..., View]
Articles = Callable[..., Article]


@pytest.mark.parametrize("document", ["rss.xml", "atom.xml", "feed.json", "index.json"])
def test_one_bad_article_costs_itself_only(
    document: str, view: Views, article: Articles, caplog: pytest.LogCaptureFixture
) -> None:
    good = article(id="tag:x,2026:good")
    bad = article(id="tag:x,2026:bad\ud800", published_at=datetime(2026, 5, 19), first_seen_at=datetime(2026, 5, 20))  # noqa: DTZ001
    last = article(id="tag:x,2026:last")
    with caplog.at_level(logging.WARNING):
        data = formats()[document].render(view(articles=(good, bad, last)))
    assert data == formats()[document].render(view(articles=(good, last)))
    (record,) = caplog.records
    assert document in record.getMessage()
    assert "tag:x,2026:bad" in record.getMessage()
    assert "zone" in record.getMessage()


def test_what_can_be_carried_is_built_once(article: Articles) -> None:
    seen: list[str] = []

    def build(one: Article) -> str:
        seen.append(one.title)
        return one.title

    assert carried([article(title="a\x00")], "x", build) == ["a\x00"]
    assert seen == ["a\x00"]


def test_what_raises_is_built_again_without_forbidden_characters(article: Articles) -> None:
    def build(one: Article) -> str:
        if "\x00" in one.title:
            raise ArithmeticError("zero")
        return one.title

    assert carried([article(title="a\x00"), article(title="b")], "x", build) == ["a", "b"]


def test_scrubbing_reaches_every_string_and_changes_nothing_else(article: Articles) -> None:
    dirty = article(
        title="\x00t\ud800",
        tags=("a\x0b",),
        tag_labels={"a\x0b": "\ufffeA"},
        image=Image("https://x.example/\x01", 3, None, "\x1b"),
        copies=(CopyRef("s", "S\x02", None, None, True),),
    )
    clean = article(
        title="t",
        tags=("a",),
        tag_labels={"a": "A"},
        image=Image("https://x.example/", 3, None, ""),
        copies=(CopyRef("s", "S", None, None, True),),
    )
    assert scrubbed(dirty) == clean
    assert scrubbed(clean) == clean
