"""Which articles several places have: the pipeline of a poll over all of them at once, with nothing kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator import ingest
from aggregator.model import Config, Copy, Known, Seal, Source, Verdict
from aggregator.poll.look import Look
from aggregator.poll.mint import Mint
from aggregator.poll.steering import steering


@dataclass(frozen=True, slots=True)
class Work:
    """One article that stands in several places."""

    copies: tuple[Copy, ...]  # the canonical one first
    published_at: datetime | None  # the earliest date that one of them has
    verdict: Verdict | None  # that ties two of them


@dataclass(frozen=True, slots=True)
class Together:
    """What all places come to."""

    entries: int
    articles: int
    works: tuple[Work, ...]  # newest first


def together(config: Config, seen: Sequence[tuple[Source, Look]], now: datetime) -> Together:
    """What a service with this ``config``, which has the sources, would make of the documents that were ``seen``."""
    steer, mint = steering(config), Mint()
    round_ = ingest.Round(
        owners=steer.owners,
        now=now,
        authority=steer.authority,
        fit=steer.fit,
        founding=True,
        first_fill=True,
        same=steer.same,
        different=steer.different,
    )
    drafts = [copy for source, look in seen for copy in ingest.draft(look.entries, source, round_, mint)]
    changes = ingest.merge(Known(), drafts, round_, Seal(b"", steer.authority))
    groups: dict[str, list[Copy]] = {}
    for copy in changes.copies:
        groups.setdefault(copy.article, []).append(copy)
    canonical = {state.ulid: state.canonical for state in changes.articles}
    works = [
        _work(sorted(group, key=lambda copy: (copy.id != canonical.get(ulid), copy.id)), changes.verdicts)
        for ulid, group in groups.items()
        if len(group) > 1
    ]
    works.sort(key=lambda work: work.published_at.timestamp() if work.published_at else 0.0, reverse=True)
    return Together(len(changes.copies), len(groups), tuple(works))


def _work(group: Sequence[Copy], verdicts: Sequence[Verdict]) -> Work:
    ids = {copy.id for copy in group}
    linked = (one for one in verdicts if one.linked and {one.a, one.b} <= ids)
    dated = [copy.published_at for copy in group if copy.date_precision != "unknown"]
    return Work(tuple(group), min(dated, default=None), next(linked, None))
