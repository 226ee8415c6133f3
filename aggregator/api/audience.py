"""Counts what subscribers fetch: by document and by family of readers, from nothing but path, User-Agent and status.

No address and no User-Agent is kept. A request costs one look into a dictionary; what it means is worked out when the
counts are written down, many requests at once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from time import monotonic
from urllib.parse import unquote

import structlog

from aggregator.errors import StoreError
from aggregator.model import Fetches
from aggregator.render import formats

log = structlog.get_logger(__name__)

EVERY_S = 60.0  # between two times of writing down
MOST = 2048  # different requests that are counted before that
MOST_KINDS = 500  # pairs of document and reader that are written down at once; the rest is counted as others
_PATH, _AGENT = 200, 300  # bytes of each that count

_SUBSCRIBERS = re.compile(r"\b(\d{1,9})[ -](?:subscribers?|readers?)\b", re.IGNORECASE)
_PAGE = re.compile(r"/after/[^/]+/")
_FAMILIES = (
    *("Feedly", "Inoreader", "Feedbin", "NewsBlur", "The Old Reader", "BazQux", "Feedspot", "Feeder", "Miniflux"),
    *("FreshRSS", "Tiny Tiny RSS", "CommaFeed", "Nextcloud-News", "NetNewsWire", "Reeder", "ReadKit", "Unread", "lire"),
    *("Newsboat", "Newsflash", "Liferea", "Akregator", "QuiteRSS", "RSS Guard", "Fluent Reader", "Thunderbird"),
    *("Vivaldi", "Outlook", "Feedburner", "Flipboard", "Blogtrottr", "Kill the Newsletter", "Mailchimp", "Substack"),
    *("IFTTT", "Zapier", "RSS-Bridge", "RSSHub", "Planet", "article-aggregator", "WordPress", "Slackbot", "Discord"),
    *("Telegram", "Mastodon", "Superfeedr", "Feedfetcher-Google", "Feedparser", "Readwise"),
)
_SPELLED = {
    **{name.lower(): name for name in _FAMILIES},
    "theoldreader": "The Old Reader",
    "tt-rss": "Tiny Tiny RSS",
    "feedfetcher": "Feedfetcher-Google",
    "nextcloud": "Nextcloud-News",
}
_CRAWLERS = re.compile(r"bot\b|crawl|spider|slurp|facebookexternalhit|archive\.org", re.IGNORECASE)
_PROGRAMS = re.compile(
    r"^(?:curl|wget|python|go-http|okhttp|java|ruby|node|axios|php|guzzle|libwww|aiohttp|httpx|apache-http)",
    re.IGNORECASE,
)

Request = tuple[bytes, bytes, int]  # path, User-Agent, status


def reader(agent: str) -> tuple[str, int]:
    """The family that a User-Agent belongs to, and for how many subscribers it says it fetches (0: it does not say)."""
    said = _SUBSCRIBERS.search(agent)
    lowered = agent.lower()
    named = next((name for spelling, name in _SPELLED.items() if spelling in lowered), None)
    return named or _sort(agent), int(said[1]) if said else 0


def _sort(agent: str) -> str:
    if not agent.strip():
        return "Unnamed"
    if _CRAWLERS.search(agent):
        return "Crawlers"
    if _PROGRAMS.search(agent):
        return "Programs"
    return "Browsers" if agent.startswith("Mozilla/") else "Others"


def document(path: bytes) -> str:
    """What a request for this path counts as: the further pages of a document are that document."""
    return _PAGE.sub("/", unquote(path.decode("latin-1"), errors="replace"))


def summed(counts: Mapping[Request, int], day: datetime) -> tuple[Fetches, ...]:
    """Requests as they are written down; those that were no answer with a document are left out."""
    requests: Counter[tuple[str, str]] = Counter()
    unchanged: Counter[tuple[str, str]] = Counter()
    subscribers: dict[tuple[str, str], int] = {}
    for (path, agent, status), count in counts.items():
        if status not in (200, 304):
            continue
        family, many = reader(agent.decode("latin-1"))
        key = document(path), family
        if key not in requests and len(requests) >= MOST_KINDS:
            key = "others", family
        requests[key] += count
        unchanged[key] += count if status == 304 else 0
        subscribers[key] = max(subscribers.get(key, 0), many)
    return tuple(Fetches(day, *key, requests[key], unchanged[key], subscribers[key]) for key in sorted(requests))


class Audience:
    """What this process has answered. ``came`` and ``drain`` belong to one thread; ``close`` comes after both."""

    def __init__(self, keep: Callable[[Sequence[Fetches]], None], clock: Callable[[], datetime]) -> None:
        self.answered: Counter[tuple[str, int]] = Counter()  # (document's name, status) since the start
        self._keep = keep
        self._clock = clock
        self._counts: dict[Request, int] = {}
        self._due = monotonic() + EVERY_S
        self._writer = ThreadPoolExecutor(1, "audience")

    def came(self, path: bytes, agent: bytes, status: int) -> None:
        """Count one request for a document."""
        counts, request = self._counts, (path[:_PATH], agent[:_AGENT], status)
        counts[request] = counts.get(request, 0) + 1
        if len(counts) >= MOST or monotonic() > self._due:
            self.drain()

    def drain(self) -> Future[None] | None:
        """Let what was counted be written down, by another thread; None: nothing was."""
        self._due = monotonic() + EVERY_S
        if not self._counts:
            return None
        counts, self._counts = self._counts, {}
        for (path, _, status), count in counts.items():
            name = path.rpartition(b"/")[2].decode("latin-1")
            self.answered[name if name in formats() else "other", status] += count
        return self._writer.submit(self._write, counts)

    def close(self) -> None:
        """Write down what was counted. The store must still be open."""
        self.drain()
        self._writer.shutdown()

    def _write(self, counts: Mapping[Request, int]) -> None:
        day = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            self._keep(summed(counts, day))
        except StoreError as error:  # they are figures to look at: nobody waits for them, and nothing depends on them
            log.warning("what was fetched in the last minute could not be counted", error=str(error))
