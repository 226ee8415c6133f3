"""A year of 1,000 sources and 100 restarts against what the cadence promises: how late, how often, how politely.

The posting days are those of real sources, the clock and the network are simulated, everything that decides is the
product: the rule of `cadence` for every poll of the year, and around each restart `Claims`, `Poller`, `Recorder`, the
lanes of the `Fetcher` and a real SQLite store, from which alone the state comes that is gone on with.
"""

from __future__ import annotations

import json
import logging
import random
import tempfile
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from math import ceil, exp, log, sqrt
from pathlib import Path
from statistics import stdev

import structlog

from aggregator import cadence
from aggregator.model import Config, Fetched, FetchPolicy, NotModified, Owner, PollState, Site, Source
from aggregator.store import Store
from bench._simulated import Facts, Net, Origin, digest, living

DAYS_FILE = Path(__file__).parents[2] / "shared" / "data" / "posting_days.json"
START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=365)
SOURCES, RESTARTS, SEED = 1000, 100, 2026
POLICY = FetchPolicy(min_interval_s=900)  # the rule's own bound: the owner's hour would hide it
CURVE = ((1.79, 3.2), (3.85, 1.39), (9.63, 0.56))  # polls per day, mean delay in hours, of the survey's 787 sources
SURVEY = ((3, 0.25), (15, 0.35), (90, 0.40)), 0.15 / (60 * 86400)  # its formula: half-lives in days, weights; prior
BEFORE, AFTER = timedelta(minutes=2), timedelta(minutes=5)  # of a restart
DOWN_S = (5, 60, 600, 3600)  # how long a restart takes
LOOK = 64  # of so many quiet polls one goes through all of `cadence.after`


# ── the world ───────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def world() -> dict[str, Origin]:
    """The same 1,000 sources every time: posting days of real ones, each with a year of its own as this year."""
    chance = random.Random(SEED)
    days = [sorted(map(date.fromisoformat, one)) for one in json.loads(DAYS_FILE.read_text(encoding="utf-8")).values()]
    last = max(one[-1] for one in days)
    found: dict[str, Origin] = {}
    while len(found) < SOURCES:
        number, posting = len(found), chance.choice(days)
        begin = last - timedelta(days=chance.randrange(365, 905))  # the window in which the curve was measured
        moved = START.date() - begin
        moments = sorted(
            datetime.combine(day + moved, datetime.min.time(), UTC) + timedelta(seconds=chance.randrange(86400))
            for day in posting
        )
        source = _source(number)
        found[source.key] = Origin(
            source,
            tuple(moments),
            chance.choice((None,) * 9 + (1800, 7200, 21600)),
            chance.choice((0,) * 8 + (90, 400)),
            chance.choice((1200, 7200, 86400)),
            ("both", "both", "both", "both", "both", "both", "etag", "etag", "etag", "date")[number // 10 % 10],
        )
    return found


def _source(number: int) -> Source:
    """Every second source has a host of its own; the others share platforms."""
    kind, url = "feed", f"https://site{number}.example/feed.xml"
    if number % 10 < 2:
        kind, url = "dev", f"https://dev.to/feed/author{number}"
    elif number % 10 == 2:
        kind, url = "medium", f"https://medium.com/feed/@author{number}"
    elif number % 10 == 3:
        kind, url = "medium", f"https://stories{number}.example/feed"
    elif number % 10 == 4:
        url = f"https://shared{number % 7}.example/author{number}/feed.xml"
    id_ = f"s{number:03}"
    return Source(key=f"all/{id_}", owner="all", id=id_, kind=kind, feed_url=url)


def _config(folder: str) -> Config:
    owner = Owner("all", "Everybody", sources=tuple(one.source for one in world().values()))
    return Config(Site("Year", "https://feeds.example"), f"sqlite:///{folder}/year.db", POLICY, (owner,))


# ── between restarts ────────────────────────────────────────────────────────────────────────────────────────────────


def calm(store: Store, facts: dict[str, Facts], begin: datetime, until: datetime) -> None:
    """Poll every source until then, from the states in the store to states in the store."""
    chance = random.Random(begin.timestamp())
    states = store.states(None)
    after = [_polled(world()[key], one, states[key], begin, until, chance) for key, one in facts.items()]
    store.claim(until, "calm", 600, len(facts), None, True)
    lost = store.record(after, "calm")
    if lost:
        raise RuntimeError(f"leases were lost: {sorted(lost)}")


def _polled(
    origin: Origin, facts: Facts, state: PollState, begin: datetime, until: datetime, chance: random.Random
) -> PollState:
    at = max(state.next_poll_at, begin)
    facts.due = max(facts.due, state.next_poll_at)
    posted, last = facts.posted(origin), None
    quiet = _Quiet(posted, origin.max_age_s, at)
    while at < until:
        outcome = facts.asked(origin, cadence.conditional(state, at), at)
        jitter = chance.random()
        if isinstance(outcome, Fetched):
            posted = facts.posted(origin)
            quiet = _Quiet(posted, origin.max_age_s, at)
        short = isinstance(outcome, NotModified) and state.state == "ok"
        following = at + timedelta(seconds=quiet.wait(at, jitter)) if short else None
        if following is None or facts.polls % LOOK == 0:
            read = digest(outcome) if isinstance(outcome, Fetched) else None
            state = replace(state, last_poll_at=last) if last else state
            state, last = cadence.after(state, outcome, None, POLICY, origin.source, posted, at, jitter, read), None
            if following and abs(following - state.next_poll_at) > timedelta(seconds=1):  # of rounding
                raise RuntimeError("the short way to the next poll of a quiet source is not that of `cadence.after`")
            at = state.next_poll_at
        else:
            last, at = at, following
        facts.due = max(facts.due, at)
    return replace(state, last_poll_at=last, last_success_at=last, next_poll_at=at) if last else state


class _Quiet:
    """The waits after 304s: the windows of the rate fade, and need not be summed up anew for each poll."""

    def __init__(self, posted: tuple[datetime, ...], max_age_s: int | None, at: datetime) -> None:
        self._at, self._max_age_s = at, max_age_s or 0
        ages = [(at - one).total_seconds() for one in posted]
        windows = [(log(2) / (days * cadence.DAY_S), weight) for days, weight in cadence.SCALES]
        self._windows = [(decay, weight * decay * sum(exp(-decay * age) for age in ages)) for decay, weight in windows]

    def wait(self, at: datetime, jitter: float) -> int:
        """In seconds, as `cadence.after` has it, without the rest of it, which takes its time."""
        since, floor = (at - self._at).total_seconds(), POLICY.min_interval_s
        rate = cadence.PRIOR
        for decay, level in self._windows:
            rate += level * exp(-decay * since)
        usual = max(cadence.COST / sqrt(rate), cadence.FASTEST_S, floor)
        return ceil(max(usual * (0.9 + 0.2 * jitter), floor * (1 + 0.1 * jitter), self._max_age_s))


# ── around a restart ────────────────────────────────────────────────────────────────────────────────────────────────


def restart(config: Config, facts: dict[str, Facts], at: datetime, down_s: int, chance: random.Random) -> Counter[str]:
    """Run the house into a kill, and after ``down_s`` seconds another on what it left; give what the network saw."""
    known = {key: (origin, facts[key]) for key, origin in world().items()}
    net = Net(POLICY, world(), facts, chance)
    living(config, net, known, at - BEFORE, BEFORE, chance, killed=True)
    again = Net(POLICY, world(), facts, chance)
    living(config, again, known, at + timedelta(seconds=down_s), AFTER, chance, killed=False)
    return net.saw + again.saw


def year(folder: str) -> tuple[dict[str, Facts], Counter[str]]:
    """The whole of it: what the network remembers in the end, and what it saw around the restarts."""
    config = _config(folder)
    Store.upgrade(config.database_url)
    store = Store.open(config.database_url)
    store.sync(config, START)
    chance = random.Random(SEED)
    facts = {key: Facts(START, bisect_right(origin.moments, START), START) for key, origin in world().items()}
    seen: Counter[str] = Counter()
    apart = (END - START - timedelta(days=1)) / RESTARTS
    moments = [START + apart * (number + chance.uniform(0.1, 0.7)) for number in range(RESTARTS)]
    now = START
    for at in moments:
        calm(store, facts, now, at - BEFORE)
        down_s = chance.choice(DOWN_S)
        seen += restart(config, facts, at, down_s, chance)
        now = at + timedelta(seconds=down_s) + AFTER
    calm(store, facts, now, END)
    store.close()
    return facts, seen


# ── the verdict ─────────────────────────────────────────────────────────────────────────────────────────────────────


def curve(polls_per_day: float, points_: Iterable[tuple[float, float]] = CURVE) -> float:
    """The mean delay in hours that this many polls buy, by the curve: straight between its points on log scales."""
    points = sorted((log(x), log(y)) for x, y in points_)
    x = log(polls_per_day)
    (x0, y0), (x1, y1) = next((pair for pair in pairwise(points) if x <= pair[1][0]), points[-2:])
    return exp(y0 + (y1 - y0) * (x - x0) / (x1 - x0))


def survey(origins: Sequence[Origin], cost: float) -> tuple[float, float]:
    """What the survey's formula makes of these sources, without any restart: polls per day, mean delay in hours."""
    chance, polls, late = random.Random(SEED), 0, list[float]()
    windows, prior = SURVEY
    decays = [(log(2) / (days * 86400), weight) for days, weight in windows]
    length = (END - START).total_seconds()
    for origin in origins:
        moments = [(one - START).total_seconds() for one in origin.moments]
        seen, at, of = bisect_right(moments, 0.0), 0.0, -1
        while at < length:
            new = bisect_right(moments, at, seen)
            late += [(at - one) / 3600 for one in moments[seen:new]]
            if of != new:
                seen = of = new
                known = moments[max(0, seen - 60) : seen]
                since, levels = at, [(k, w * k * sum(exp(-k * (at - one)) for one in known)) for k, w in decays]
            rate = prior
            for decay, level in levels:
                rate += level * exp(-decay * (at - since))
            at += min(max(cost / sqrt(rate), 900), 86400) * chance.uniform(0.9, 1.1)
            polls += 1
    return polls / len(origins) / 365, sum(late) / len(late)


def main() -> None:
    """Print every promise with its figure, and whether it is kept."""
    if not DAYS_FILE.is_file():
        print("   skipped: the posting days are not here")
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    started = time.monotonic()
    memory = Path("/dev/shm")  # disks are not what is measured
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        facts, saw = year(folder)
    alone = [origin for origin in world().values() if not origin.max_age_s and not origin.throttles]
    surveyed = [survey(alone, cost) for cost in (10, 12)]
    took, cpu = time.monotonic() - started, time.process_time()
    delays = sorted(delay for one in facts.values() for delay in one.delays)
    free = [facts[origin.source.key] for origin in alone]
    awaited = [delay for one in free for delay in one.delays]
    polls = sum(one.polls for one in facts.values())
    per_day, mean = sum(one.polls for one in free) / len(free) / 365, sum(awaited) / len(awaited)
    full = sum(one.full for one in facts.values())
    often = sum(one.full > 1 for one in facts.values())
    early = sum(one.early for one in facts.values())
    allowed, error = curve(per_day), stdev(awaited) / sqrt(len(awaited))
    print(f"   {SOURCES} sources, 365 days, {RESTARTS} restarts, {polls:,} polls, {len(delays):,} posts, {took:.0f} s")
    print(f"   around the restarts {saw['polls']:,} polls by the whole house, {saw['killed']} killed in the middle")
    lines = [
        (
            "mean delay",
            f"{mean:.2f} ± {error:.2f} h at {per_day:.2f} polls a day; curve: {allowed:.2f} h",
            mean <= allowed,
        ),
        (
            "on these sources",
            f"{mean:.2f} h; the survey's formula for as many polls: {curve(per_day, surveyed):.2f} h",
            mean <= curve(per_day, surveyed),
        ),
        ("with all wishes", f"{sum(delays) / len(delays):.2f} h at {polls / SOURCES / 365:.2f} polls a day", True),
        ("p95 of the delay", f"{delays[int(0.95 * len(delays))]:.1f} h", True),
        (
            "unconditional",
            f"{full / SOURCES:.3f} per source ({often} silent ones were verified)",
            full == SOURCES,
        ),
        ("asked too early", f"{early} (Retry-After, max-age, next poll in the store)", early == 0),
        (
            "two at once",
            f"{saw['crowded']} to one host; nearer than a platform wants: {saw['near']}",
            not saw["crowded"],
        ),
        ("under a minute", f"{took:.0f} s, {cpu:.0f} s of them work", min(took, cpu) < 60),
    ]
    for name, said, kept in lines:
        print(f"   {'kept' if kept else 'MISSED':7} {name:17} {said}")
