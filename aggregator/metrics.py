"""What Prometheus is told: counts of this process since it started, and how the store is at the moment of asking."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

import aggregator
from aggregator.errors import StoreError
from aggregator.poll.edits import refused
from aggregator.poll.poller import Result
from aggregator.store import Store

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LABELLED = 2000  # sources; with more of them only the sums are told: a series for each would be too many

Answered = Mapping[tuple[str, int], int]  # (document's name, status) -> how often

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_RENDER = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)


class Meters:
    """One process's metrics. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._polls = Counter("aggregator_polls", "Polls, by what came of them.", ["outcome"], registry=self._registry)
        self._poll_s = Histogram(
            "aggregator_poll_duration_seconds", "How long polls took.", buckets=_SECONDS, registry=self._registry
        )
        self._entries = Counter(
            "aggregator_entries",
            "Entries that polls brought: new, updated, merged (joined another copy), held (back), skipped.",
            ["what"],
            registry=self._registry,
        )
        self._render_s = Histogram(
            "aggregator_render_duration_seconds",
            "How long documents took to be made.",
            ["document"],
            buckets=_RENDER,
            registry=self._registry,
        )
        Info("aggregator_build", "The program.", registry=self._registry).info({"version": aggregator.__version__})

    def polled(self, result: Result) -> None:
        """Count a poll."""
        self._polls.labels(result.what).inc()
        self._poll_s.observe(result.ms / 1000)
        for what in ("new", "updated", "merged", "held", "skipped"):
            self._entries.labels(what).inc(getattr(result, what))

    def rendered(self, document: str, seconds: float) -> None:
        """Count a document that was made; "" is the page."""
        self._render_s.labels(document or "page").observe(seconds)

    def text(self, store: Store, answered: Answered, now: datetime) -> bytes:
        """Everything, as Prometheus reads it. A database that cannot be read is told as a metric."""
        here = CollectorRegistry()
        here.register(_Now(lambda: _of_store(store, now)))
        here.register(_Now(lambda: _of_answers(answered)))
        return generate_latest(self._registry) + generate_latest(here)


class _Now(Collector):
    """Metrics that are worked out when they are asked for."""

    def __init__(self, ask: Callable[[], Iterator[Metric]]) -> None:
        self._ask = ask

    def collect(self) -> Iterator[Metric]:
        """Ask."""
        yield from self._ask()

    def describe(self) -> list[Metric]:
        """Nothing: what is described is asked for once more."""
        return []


def _of_answers(answered: Answered) -> Iterator[Metric]:
    family = CounterMetricFamily("aggregator_documents", "Answers with documents.", labels=["document", "status"])
    for (document, status), count in sorted(answered.items()):
        family.add_metric([document or "page", str(status)], count)
    yield family


def _of_store(store: Store, now: datetime) -> Iterator[Metric]:
    try:
        found = list(_read(store, now))
    except StoreError:
        found = []
    yield GaugeMetricFamily("aggregator_database_up", "0: the database cannot be read.", value=bool(found))
    yield from found


def _read(store: Store, now: datetime) -> Iterator[Metric]:
    rows = [row for row in store.overview.health() if not row.removed]
    states = Counts("paused" if not row.enabled else row.state for row in rows)
    yield _gauge("aggregator_sources", "Sources in the config, by state.", "state", states)
    due = sum(row.enabled and row.state != "gone" and row.next_poll_at <= now for row in rows)
    yield GaugeMetricFamily("aggregator_sources_due", "Sources that wait to be polled: the queue.", value=due)
    late = [(now - row.next_poll_at).total_seconds() for row in rows if row.enabled and row.state != "gone"]
    yield GaugeMetricFamily(
        "aggregator_poll_lag_seconds", "How long the source that waits longest has been due.", value=max([0.0, *late])
    )
    ages = GaugeMetricFamily(
        "aggregator_source_last_success_age_seconds", "Since a poll of this source last worked.", labels=["source"]
    )
    for row in rows if len(rows) <= LABELLED else ():
        if row.last_success_at is not None:
            ages.add_metric([row.key], (now - row.last_success_at).total_seconds())
    yield ages
    valid = 0 if refused(store) else 1
    yield GaugeMetricFamily("aggregator_config_valid", "0: the last edit of the config was refused.", value=valid)
    sums: Counts[str] = Counts(waiting=0, done=0, dead=0)
    for counts in store.outbox.counts().values():
        sums.update(counts)
    yield _gauge("aggregator_deliveries", "Deliveries of the last 30 days, by state.", "state", sums)


def _gauge(name: str, words: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for value, count in sorted(values.items()):
        family.add_metric([value], count)
    return family
