"""Makes entries out of a few fields, the rest as harmless as can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.model import Entry, ParsedFeed, RawEntry, RawText, Skipped, Source
from aggregator.normalize import normalize

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEED = ParsedFeed(format="rss20", url="https://tides.example/feed.xml")
SOURCE = Source(key="mara/tides", owner="mara", id="tides", kind="feed", feed_url=FEED.url)
RAW = RawEntry(guid="g", url="https://tides.example/low-water", title=RawText("Low water"))

Taking = Callable[..., Entry | Skipped]
Making = Callable[..., Entry]


@pytest.fixture
def take() -> Taking:
    """Normalizes an item with these fields; ``feed`` and ``source`` are dicts of theirs."""

    def taking(
        *, feed: dict[str, Any] | None = None, source: dict[str, Any] | None = None, **fields: Any
    ) -> Entry | Skipped:
        raw = replace(RAW, **fields)
        return normalize(raw, replace(FEED, **(feed or {})), replace(SOURCE, **(source or {})), NOW)

    return taking


@pytest.fixture
def make(take: Taking) -> Making:
    """The same where nothing is to be skipped."""

    def making(**fields: Any) -> Entry:
        entry = take(**fields)
        assert isinstance(entry, Entry)
        return entry

    return making
