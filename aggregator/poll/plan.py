"""Works out what a source would bring before it is anyone's source: the pipeline of a poll, with nothing written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator import ingest
from aggregator.dedupe.doubt import doubtful
from aggregator.dedupe.index import addresses, probes
from aggregator.dedupe.news import Habit
from aggregator.model import ArticleState, Changes, Config, Copy, Known, PollState, Seal, Skipped, Source, Verdict
from aggregator.poll.habit import FOUNDING, habit
from aggregator.poll.look import Look
from aggregator.poll.mint import Mint, merged
from aggregator.poll.steering import steering
from aggregator.store import Planning


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that is a copy of something else."""

    entry: Copy
    other: Copy  # the copy that it belongs with: one that is kept, or an earlier one of the same document
    verdict: Verdict | None  # None: a third copy brings the two together


@dataclass(frozen=True, slots=True)
class Plan:
    """What would become of every entry of one document."""

    source: Source
    new: tuple[Copy, ...] = ()  # articles that are not here yet, newest first
    merged: tuple[Match, ...] = ()
    known: tuple[Copy, ...] = ()  # this source brought them before: it was in the config once
    announced: tuple[Copy, ...] = ()  # of the new ones, those that subscribers would get
    held: tuple[Copy, ...] = ()  # of the new ones, those that would wait for the owner's word
    joined: tuple[tuple[ArticleState, ArticleState], ...] = ()  # articles that are two and would be one: kept, retired
    doubtful: int = 0  # new pairs that come close, for the owner to decide
    skipped: tuple[Skipped, ...] = ()
    left_out: int = 0  # entries beyond what one document may have
    undated: int = 0
    complete: bool = True  # the document was read to its end
    announce_days: int = 7
    announce_entries: int = 5
    founding: bool = False  # the first source of its owner: everything goes out, each at its own date
    first_fill: bool = True  # False: a source that comes back; whatever is new goes out, if it is no flood
    same_as: str | None = None  # key of the source that has all of it, at the same addresses: likely the same place

    @property
    def entries(self) -> int:
        """How many the document has."""
        return len(self.new) + len(self.merged) + len(self.known)


def plan(config: Config, source: Source, seen: Look, unit: Planning | None, now: datetime) -> Plan:
    """What the document that was ``seen`` would come to, polled now by a service with this ``config``.

    ``source`` stands in the config; ``unit`` is the store that knows nothing of it yet, None: there is none.
    """
    steer = steering(config)
    before = unit.filled(source) if unit is not None else None
    first_fill = before is None
    round_ = ingest.Round(
        owners=steer.owners,
        now=now,
        authority=steer.authority,
        fit=steer.fit,
        complete=seen.feed is None or seen.feed.complete,
        founding=first_fill and (unit is None or not unit.knows(source.owner)),
        first_fill=first_fill,
        habit=_habit(before, unit, now) if before is not None and unit is not None else None,
        announce_days=config.announce_days,
        announce_entries=config.announce_entries,
        same=steer.same,
        different=steer.different,
    )
    drafts = ingest.draft(seen.entries, source, round_, Mint())
    if unit is None:
        changes = ingest.merge(Known(), drafts, round_, Seal(b"", steer.authority))
        return _told(source, seen, drafts, Known(), changes, round_)
    known = unit.candidates(probes(drafts, steer.told))
    return _told(source, seen, drafts, known, merged(unit, known, drafts, round_), round_)


def _habit(before: PollState, unit: Planning, now: datetime) -> Habit | None:
    key = before.source_key
    return None if unit.founding(key, now - FOUNDING) else habit(before, unit.posted(key), now)


def _told(
    source: Source, seen: Look, drafts: Sequence[Copy], known: Known, changes: Changes, round_: ingest.Round
) -> Plan:
    fresh = {draft.id for draft in drafts}
    placed = {copy.id: copy for copy in (*known.copies, *changes.copies)}
    mine = [copy for copy in placed.values() if copy.id in fresh]
    states = {state.ulid: state for state in changes.articles}
    old = {draft.id for draft in drafts} - {copy.id for copy in mine}
    firsts, matches = _sorted_out(mine, placed, known, changes)
    announced = [copy for copy in firsts if states[copy.article].announced_at is not None]
    waiting = {hold.ulid for hold in changes.held}
    return Plan(
        source=source,
        new=_newest_first(firsts),
        merged=tuple(sorted(matches, key=lambda match: match.entry.published_at, reverse=True)),
        known=tuple(draft for draft in drafts if draft.id in old),
        announced=_newest_first(announced),
        held=_newest_first([copy for copy in firsts if copy.article in waiting]),
        joined=tuple(
            (states.get(into) or known.articles[into], known.articles[gone]) for gone, into in changes.retired.items()
        ),
        doubtful=len(_couples(changes.verdicts, placed, fresh) - _couples(known.verdicts, placed)),
        skipped=seen.skipped,
        left_out=seen.feed.left_out if seen.feed is not None else 0,
        undated=sum(1 for copy in mine if copy.date_precision == "unknown"),
        complete=round_.complete,
        announce_days=round_.announce_days,
        announce_entries=round_.announce_entries,
        founding=round_.founding,
        first_fill=round_.first_fill,
        same_as=_same_as(drafts, known),
    )


def _same_as(drafts: Sequence[Copy], known: Known) -> str | None:
    having: dict[str, set[str]] = {}
    for copy in known.copies:
        for key in addresses(copy):
            having.setdefault(key, set()).add(copy.source_key)
    places = [set().union(*(having.get(key, set()) for key in addresses(draft))) for draft in drafts]
    mine = {draft.source_key for draft in drafts}
    return min(set.intersection(*places) - mine, default=None) if places else None


def _sorted_out(
    mine: Sequence[Copy], placed: Mapping[int, Copy], known: Known, changes: Changes
) -> tuple[list[Copy], list[Match]]:
    """Those that are the first copy of an article, and those that join another copy."""
    verdicts = {(verdict.a, verdict.b): verdict for verdict in (*known.verdicts, *changes.verdicts)}
    mates: dict[str, list[Copy]] = {}
    for copy in sorted(placed.values(), key=lambda one: one.id):
        mates.setdefault(copy.article, []).append(copy)
    kept = {copy.id for copy in known.copies}
    firsts: list[Copy] = []
    matches: list[Match] = []
    for copy in mine:
        others = [one for one in mates[copy.article] if one.id in kept] or [
            one for one in mates[copy.article] if one.id < copy.id
        ]
        if not others:
            firsts.append(copy)
            continue
        canonical = known.articles[copy.article].canonical if copy.article in known.articles else 0
        matches.append(_match(copy, sorted(others, key=lambda one: one.id != canonical), verdicts))
    return firsts, matches


def _match(copy: Copy, others: Sequence[Copy], verdicts: Mapping[tuple[int, int], Verdict]) -> Match:
    """With the first of the others to which something ties it; with the first of all where only a third copy does."""
    for other in others:
        verdict = verdicts.get((min(other.id, copy.id), max(other.id, copy.id)))
        if verdict is not None and verdict.linked:
            return Match(copy, other, verdict)
    return Match(copy, others[0], None)


def _newest_first(copies: Sequence[Copy]) -> tuple[Copy, ...]:
    return tuple(sorted(copies, key=lambda copy: (copy.published_at, -copy.id), reverse=True))


def _couples(
    verdicts: Iterable[Verdict], placed: Mapping[int, Copy], among: Collection[int] | None = None
) -> set[frozenset[str]]:
    """The pairs of articles that somebody should look at, as far as one of these copies is in them."""
    return {
        frozenset((placed[verdict.a].article, placed[verdict.b].article))
        for verdict in verdicts
        if doubtful(verdict) and (among is None or verdict.a in among or verdict.b in among)
    }
