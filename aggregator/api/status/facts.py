"""Gathers from the store everything that the owner's page shows, as one value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.api.sources import SourceHealth, source_health
from aggregator.api.status import words
from aggregator.api.status.charts import YEAR, Chart, chart
from aggregator.dedupe.wording import why
from aggregator.model import Article, Config, Copy, Delivery, Fetches, Selection
from aggregator.notify.receivers import receivers
from aggregator.poll.edits import Refused, refused
from aggregator.poll.steering import steering
from aggregator.store import Store

MOST = 100  # sources in sight; those in trouble come first
ARTICLES, MERGES, NEAR, TITLES, READERS = 8, 6, 8, 5, 12
DAYS = 7  # of the audience


@dataclass(frozen=True, slots=True)
class Row:
    """One source."""

    health: SourceHealth
    state: str
    mood: words.Mood
    matter: str
    chart: Chart
    pausable: bool  # it stands in the config, so that it can be paused there
    waiting: tuple[str, ...] = ()  # the first titles of what is held back


@dataclass(frozen=True, slots=True)
class Merge:
    """Two copies that became one article."""

    article: str  # ulid
    title: str
    places: tuple[str, str]
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Near:
    """Two articles that came close."""

    copies: tuple[Copy, Copy]
    places: tuple[str, str]
    why: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one document, or one family of readers, comes to over some days."""

    name: str
    requests: int
    unchanged: int
    subscribers: int


@dataclass(frozen=True, slots=True)
class Told:
    """One receiver of news."""

    name: str
    done: int
    waiting: int
    dead: int
    disabled: bool
    last: Delivery | None  # of those that went wrong


@dataclass(frozen=True, slots=True)
class Facts:
    """The whole page."""

    at: datetime
    owner: str | None  # whose sources are shown; None: everybody's
    summary: str
    rows: tuple[Row, ...]
    more: int  # sources that are not in sight
    articles: tuple[Article, ...]
    total: int
    merges: tuple[Merge, ...]
    near: tuple[Near, ...]
    documents: tuple[Fetched, ...]
    readers: tuple[Fetched, ...]
    told: tuple[Told, ...]
    refused: Refused | None


def gather(store: Store, config: Config, hidden: Collection[str], owner: str | None, now: datetime) -> Facts:
    """How everything is now. Raises StoreError."""
    health = [one for one in source_health(store) if owner in (None, one.owner)]
    titles = store.source_titles()
    shown = store.select(Selection(owner=owner, order="announced", limit=ARTICLES, hidden=frozenset(hidden)))
    moods = [words.state(one)[1] for one in health]
    seen = store.overview.audience(now - timedelta(days=DAYS))
    ranked = sorted(zip(health, moods, strict=True), key=lambda one: (words.rank(one[1]), one[0].key))
    return Facts(
        at=now,
        owner=owner,
        summary=words.summary(health),
        rows=_rows(store, config, [one for one, _ in ranked[:MOST]], now),
        more=max(0, len(ranked) - MOST),
        articles=shown.articles,
        total=shown.total,
        merges=_merges(store, titles),
        near=_near(store, config, titles),
        documents=_fetched((one.document, one) for one in seen),
        readers=_fetched((one.reader, one) for one in seen),
        told=_told(store, config),
        refused=refused(store),
    )


def _rows(store: Store, config: Config, shown: Sequence[SourceHealth], now: datetime) -> tuple[Row, ...]:
    keys = [one.key for one in shown]
    polls, posts = store.overview.polls(keys, now - YEAR), store.overview.posts(keys, now - YEAR)
    known = {source.key for source in config.sources}
    floods = [one.key for one in shown if one.held]
    titles: dict[str, list[str]] = {}
    for held in store.waiting(now, floods) if floods else ():
        titles.setdefault(held.hold.source_key, []).append(held.state.title.strip() or "Untitled")
    return tuple(
        Row(
            one,
            *words.state(one),
            words.matter(one),
            chart(posts.get(one.key, ()), polls.get(one.key, ()), one.created_at, bool(one.error), now),
            one.key in known,
            tuple(titles.get(one.key, ())[:TITLES]),
        )
        for one in shown
    )


def _merges(store: Store, titles: Mapping[str, str]) -> tuple[Merge, ...]:
    return tuple(
        Merge(
            one.a.article,
            one.a.entry.title.strip() or one.b.entry.title.strip() or "Untitled",
            (_place(one.a, titles), _place(one.b, titles)),
            why(one.verdict),
            one.verdict.decided_at,
        )
        for one in store.overview.joined(MERGES)
        if one.verdict.decided_at is not None
    )


def _near(store: Store, config: Config, titles: Mapping[str, str]) -> tuple[Near, ...]:
    found = store.near_misses(NEAR, steering(config).told)
    return tuple(
        Near((one.a, one.b), (_place(one.a, titles), _place(one.b, titles)), why(one.verdict)) for one in found
    )


def _place(copy: Copy, titles: Mapping[str, str]) -> str:
    return titles.get(copy.source_key) or copy.source_key


def _fetched(said: Iterable[tuple[str, Fetches]]) -> tuple[Fetched, ...]:
    """Added up by name, most fetched first.

    Subscribers: what readers say on one day for one document is the same people on the next day and for the next
    document, so the most of one day counts, and not the sum.
    """
    requests: Counter[str] = Counter()
    unchanged: Counter[str] = Counter()
    subscribers: dict[str, Counter[str]] = {}
    for name, one in said:
        requests[name] += one.requests
        unchanged[name] += one.unchanged
        if one.subscribers:
            most = subscribers.setdefault(name, Counter())
            most[one.reader] = max(most[one.reader], one.subscribers)
    return tuple(
        Fetched(name, count, unchanged[name], subscribers.get(name, Counter()).total())
        for name, count in sorted(requests.items(), key=lambda one: (-one[1], one[0]))[:READERS]
    )


def _told(store: Store, config: Config) -> tuple[Told, ...]:
    counts, states = store.outbox.counts(), store.outbox.receivers()
    found = []
    for name in sorted(receivers(config)):
        count, state = counts.get(name, {}), states.get(name)
        tried = [one for one in store.outbox.deliveries(5, ("dead", "waiting"), name) if one.message]
        disabled = state is not None and state.disabled_at is not None
        numbers = (count.get("done", 0), count.get("waiting", 0), count.get("dead", 0))
        found.append(Told(name, *numbers, disabled, tried[0] if tried else None))
    return tuple(found)
