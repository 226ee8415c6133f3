"""Acts on what an owner says anew of single articles, `same` or `different`: what it names is judged again.

And nothing else, so that an answer counts at once however much there is. What was said last is remembered in the
store: a line that is gone from the config names articles that must be judged again, too.
"""

from __future__ import annotations

from datetime import datetime

import orjson

from aggregator import ingest, sources
from aggregator.dedupe.index import probes
from aggregator.model import Config, Known, Probes
from aggregator.poll.mint import merged
from aggregator.store import Store

NOTE = "told"
WORKER = "config"
CHUNK = 100  # lists of addresses that are acted on in one transaction

Said = tuple[str, ...]  # "same" or "different", then the addresses


def heed(config: Config, store: Store, round_: ingest.Round, now: datetime) -> None:
    """Judge again whatever the config says something else about than when this was called last."""
    told = _told(config)
    before = _remembered(store.noted(NOTE))
    anew = sorted(told ^ before)
    for start in range(0, len(anew), CHUNK):
        keys = frozenset(
            key for said in anew[start : start + CHUNK] for address in said[1:] for key in sources.keys_of(address)
        )
        with store.merging(WORKER) as unit:
            named = unit.candidates("", Probes(keys))
            known = both(named, unit.candidates("", probes(named.copies)))
            if known.copies:
                unit.apply(merged(unit, known, (), round_), None, None, now)
    if anew:  # not before: what a crash interrupts is done again
        store.note(NOTE, orjson.dumps(sorted(told)).decode())


def both(a: Known, b: Known) -> Known:
    """Two lots of known copies as one."""
    return Known(
        copies=tuple({copy.id: copy for copy in (*a.copies, *b.copies)}.values()),
        articles={**a.articles, **b.articles},
        verdicts=tuple({(verdict.a, verdict.b): verdict for verdict in (*a.verdicts, *b.verdicts)}.values()),
        retired={**a.retired, **b.retired},
        held={**a.held, **b.held},
    )


def _told(config: Config) -> frozenset[Said]:
    return frozenset(
        (word, *group)
        for owner in config.owners
        for word, groups in (("same", owner.same), ("different", owner.different))
        for group in groups
    )


def _remembered(note: str | None) -> frozenset[Said]:
    found = orjson.loads(note) if note else []
    return frozenset(tuple(map(str, said)) for said in found)
