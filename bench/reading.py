"""What reading costs: parsed, sanitized and normalized entries per CPU second, against feedparser on the same files."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import feedparser

from aggregator import ingest
from aggregator.model import Fetched, Freshness, Source, Validators
from bench._feeds import feed
from bench._figures import Bar, Found

ROUNDS = 5
GENERATED = 20  # feeds
FEEDS = Path(__file__).parents[2] / "shared/data/feeds"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
SOURCE = Source(key="b/feed", owner="b", id="feed", kind="feed", feed_url="https://b.example/feed.xml")

Read = Callable[[bytes], int]


def main() -> Found:
    """Read each set of files in turns by both, round after round."""
    real = [path.read_bytes() for path in sorted(FEEDS.glob("*")) if path.suffix in (".xml", ".rss", ".atom")]
    real = [body for body in real if theirs(body)]  # a sitemap is among them
    sets = {"real feeds": real, "made-up feeds": [feed(number, 0) for number in range(GENERATED)]}
    rows, bars = [], []
    for name, bodies in sets.items():
        if not bodies:
            continue
        spent: dict[str, list[float]] = {"ours": [], "theirs": []}
        read: dict[str, int] = {}
        for turn in range(-1, ROUNDS):  # the first one warms up
            for who, reads in (("ours", ours), ("theirs", theirs)):
                began = time.process_time()
                read[who] = sum(map(reads, bodies))
                if turn >= 0:
                    spent[who].append(time.process_time() - began)
        ratio = median(b / a for a, b in zip(spent["ours"], spent["theirs"], strict=True))
        a, b = (1000 * median(spent[who]) / read[who] for who in ("ours", "theirs"))
        rows.append(
            [
                f"{len(bodies)} {name}",
                f"{read['ours']:,}",
                f"{read['theirs']:,}",
                f"{a:.2f}",
                f"{b:.2f}",
                f"{ratio:.1f}",
            ]
        )
        bars += [Bar(f"{name}: aggregator", a, ours=True), Bar(f"{name}: feedparser", b)]
    columns = ["files", "entries read", "read by feedparser", "CPU ms per entry", "feedparser's", "times faster"]
    remark = (
        "Ours parses, sanitizes, normalizes, and signs for matching; feedparser parses and sanitizes, by its defaults."
    )
    return Found(columns, rows, "CPU ms per entry read", bars, remark)


def ours(body: bytes) -> int:
    """Everything that a reader process does with a document."""
    fetched = Fetched(SOURCE.feed_url, 200, body, "", Validators(), Freshness())
    reading = ingest.read(fetched, SOURCE, NOW)
    return len(reading.entries) + len(reading.skipped)


def theirs(body: bytes) -> int:
    """feedparser as it comes."""
    return len(feedparser.parse(body)["entries"])
