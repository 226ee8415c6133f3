"""The whole pipeline as pure functions: a document becomes entries, entries become changes to what is kept.

    read    Fetched -> Reading            parse, refine by kind, normalize, sign; may run in another process
    draft   Entry... -> Copy...           what they would be if none of them were known
    merge   Known + drafts -> Changes     recognise, group, assign ids, compose; runs inside the store's transaction

Nothing here does I/O, reads a clock or draws a random number: ``now`` and ``mint`` are arguments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from aggregator import sources
from aggregator.dedupe.canonical import speaker
from aggregator.dedupe.cluster import Groups, cluster
from aggregator.dedupe.compose import Naming, Touched, compose
from aggregator.dedupe.evidence import Finding
from aggregator.dedupe.identity import distinct_guids, recognise
from aggregator.dedupe.index import guid_key, index_of
from aggregator.dedupe.permanence import Assignment, announced, assign, published
from aggregator.dedupe.signature import sign
from aggregator.model import (
    ArticleState,
    Changes,
    Copy,
    Entry,
    Fetched,
    Known,
    Owner,
    ParsedFeed,
    Reading,
    Skipped,
    Source,
    Verdict,
)
from aggregator.normalize import normalize
from aggregator.parse import parse
from aggregator.text.fingerprints import jaccard, unpack

SHRUNK = 0.5  # a text that lost more than half of its words, all of the rest known, was cut by the platform
REWRITTEN = 0.97  # likeness of the old and the new text below which it is an edit worth a new date
STAMPED = 3  # an update time that this many entries of one document share is the time of a build


class Mint(Protocol):
    """Where new identities come from; random and ordered by time in the shell, counted in tests."""

    def copy_id(self) -> int:
        """A new 63-bit id, greater than those before."""

    def ulid(self) -> str:
        """A new ULID (26 characters, Crockford base 32)."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a merge must know besides copies."""

    owners: Mapping[str, Owner]
    now: datetime
    authority: str  # host of site.base_url
    fit: Callable[[str], bool] = lambda url: True  # whether an address may be an article's address
    complete: bool = True  # the document was read to its end
    founding: bool = False  # first fill of a source that came with its owner
    first_fill: bool = False  # the source brings something for the first time
    backfilled: bool = False  # from history: for the index only
    announce_days: int = 7
    announce_entries: int = 5
    same: tuple[frozenset[str], ...] = field(default=())
    different: tuple[frozenset[str], ...] = field(default=())


# ── read ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def read(fetched: Fetched, source: Source, now: datetime) -> Reading:
    """One document as entries: absolute, sanitized, dated, signed.

    Raises:
        ParseError: the body is no feed, or more than may be read.
    """
    feed = parse(fetched.body, fetched.content_type, fetched.url)
    return take(feed, source, now)


def take(feed: ParsedFeed, source: Source, now: datetime) -> Reading:
    """The entries of a parsed document, refined by the source's kind and normalized."""
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    for raw in feed.entries:
        refined = sources.refine(source, feed, raw)
        taken = refined if isinstance(refined, Skipped) else normalize(refined, feed, source, now)
        if isinstance(taken, Skipped):
            skipped.append(taken)
        else:
            entries.append(taken)
    signed = sign(_without_build_times(distinct_guids(entries)), sources.boilerplate())
    return Reading(replace(feed, entries=()), signed, tuple(skipped))


def _without_build_times(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Forget update times that are the time of a build (Jekyll, Hugo: every entry carries it)."""
    counted = Counter(entry.updated for entry in entries if entry.updated)
    return tuple(
        replace(entry, updated=None) if entry.updated and counted[entry.updated] >= STAMPED else entry
        for entry in entries
    )


def unique(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries of one document with guids that no two of them share."""
    return distinct_guids(entries)


def recognised(drafts: Sequence[Copy], kept: Sequence[Copy]) -> tuple[Copy, ...]:
    """Those of the ``kept`` copies of a source that its drafts are."""
    return tuple(recognise(drafts, kept).values())


# ── draft ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def draft(entries: Iterable[Entry], source: Source, round_: Round, mint: Mint) -> tuple[Copy, ...]:
    """The copies that these entries are if none of them is known; their dates are recorded here, once."""
    return tuple(
        Copy(
            id=mint.copy_id(),
            source_key=source.key,
            owner=source.owner,
            entry=entry,
            published_at=entry.published or round_.now,
            date_precision=entry.date_precision if entry.published else "unknown",
            first_seen_at=round_.now,
            article="",
            born="",
            founding=round_.founding,
            own_site=source.own_site,
            kind=source.kind,
            source_id=source.id,
        )
        for entry in entries
    )


# ── merge ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def merge(
    known: Known, drafts: Sequence[Copy], round_: Round, mint: Mint, withdrawn: frozenset[int] = frozenset()
) -> Changes:
    """What the store must write so that these drafts are part of what is kept.

    No drafts and nothing withdrawn: everything known is judged again, as after a change of the config. ``withdrawn``
    are ids of copies that the owner took back.

    ``known`` holds whole components: every copy that could be touched, with everything it is linked to. The outcome
    is a function of the set of copies: no order of arrival changes which of them are one article.
    """
    kept = {copy.id: copy for copy in known.copies if copy.id not in withdrawn}
    touched = _absorb(kept, drafts, round_)
    if drafts and not touched.changed and not withdrawn:
        return Changes()
    grouped = cluster(kept.values(), round_.same, round_.different)
    assigned = assign(grouped.groups, mint.ulid)
    placed = [_place(group, ulid, assigned) for group, ulid in zip(grouped.groups, assigned.ulids, strict=True)]
    fresh_announced = _to_announce(placed, assigned, round_)
    articles = [
        _article(group, ulid, known, ulid in fresh_announced, touched, round_)
        for group, ulid in zip(placed, assigned.ulids, strict=True)
    ]
    changes = _changes(known, placed, articles, grouped, assigned, touched, round_.now)
    gone = known.articles.keys() - set(assigned.ulids) - assigned.retired.keys()
    return replace(changes, removed=withdrawn, gone=frozenset(gone)) if withdrawn else changes


def _absorb(kept: dict[int, Copy], drafts: Sequence[Copy], round_: Round) -> Touched:
    """Put the drafts among the kept copies: known ones replace what they are, unknown ones are added."""
    changed: set[int] = set()
    rewritten: set[int] = set()
    by_source = {draft.source_key for draft in drafts}
    matched = recognise(drafts, [copy for copy in kept.values() if copy.source_key in by_source])
    for fresh in drafts:
        old = matched.get(fresh.id)
        if old is None:
            kept[fresh.id] = fresh
            changed.add(fresh.id)
            continue
        if not round_.complete:
            continue  # a document that was cut off adds, and never overwrites
        entry = _renewed(old.entry, fresh.entry)
        if entry == old.entry and (old.own_site, old.kind) == (fresh.own_site, fresh.kind):
            continue
        if entry.signature != old.entry.signature and _rewrote(old.entry, entry):
            rewritten.add(old.id)
        changed.add(old.id)
        kept[old.id] = replace(old, entry=entry, aliases=_aliases(old, entry), own_site=fresh.own_site, kind=fresh.kind)
    return Touched(frozenset(changed), frozenset(rewritten))


def _renewed(old: Entry, new: Entry) -> Entry:
    """The entry as it is now. Dates, build times and the makeup of the document it came in are no change."""
    same_text = new.content_html == old.content_html or (new.content_html == "" and new.summary == old.summary)
    shrunk = new.word_count < old.word_count * SHRUNK and old.word_count > 0
    if shrunk:  # the platform cut it: a paywall, an excerpt setting
        new = replace(
            new,
            content_html=old.content_html,
            word_count=old.word_count,
            reading_time_minutes=old.reading_time_minutes,
            signature=replace(old.signature, title_key=new.signature.title_key),
            dir=old.dir,
            summary=old.summary or new.summary,
            image=new.image or old.image,
        )
    elif same_text:
        new = replace(new, signature=replace(old.signature, title_key=new.signature.title_key))
    return replace(
        new,
        published=old.published,
        date_precision=old.date_precision,
        updated=old.updated if same_text or shrunk else new.updated,
        canonical_url=new.canonical_url or old.canonical_url,
        declared=new.declared or old.declared,
    )


def _rewrote(old: Entry, new: Entry) -> bool:
    if old.signature.title_key != new.signature.title_key:
        return True
    return jaccard(unpack(old.signature.body), unpack(new.signature.body)) < REWRITTEN


def _aliases(old: Copy, entry: Entry) -> tuple[str, ...]:
    """Every guid and address it ever answered to, without those it has now."""
    former = {*old.aliases, *old.entry.keys, guid_key(old.source_key, old.entry.guid)}
    return tuple(sorted(former - {*entry.keys, guid_key(old.source_key, entry.guid)}))


def _place(group: Sequence[Copy], ulid: str, assigned: Assignment) -> tuple[Copy, ...]:
    """The copies of one article, told which; a copy that never had an id, or lost it in a split, takes this one."""

    def born(copy: Copy) -> str:
        own = copy.born == ulid or assigned.retired.get(copy.born) == ulid
        return copy.born if own else ulid

    return tuple(replace(copy, article=ulid, born=born(copy)) for copy in group)


def _to_announce(placed: Sequence[Sequence[Copy]], assigned: Assignment, round_: Round) -> frozenset[str]:
    """Which new articles go to subscribers: all that a known source brings, of a new source the recent ones only."""
    fresh = [(ulid, group) for ulid, group in zip(assigned.ulids, placed, strict=True) if ulid in assigned.minted]
    if round_.backfilled:
        return frozenset()
    if round_.founding or not round_.first_fill:
        return frozenset(ulid for ulid, _ in fresh)
    since = round_.now - timedelta(days=round_.announce_days)
    recent = sorted(
        ((published(group, None)[0], ulid) for ulid, group in fresh if published(group, None)[0] >= since),
        reverse=True,
    )
    return frozenset(ulid for _, ulid in recent[: round_.announce_entries])


def _article(
    group: Sequence[Copy], ulid: str, known: Known, announce: bool, touched: Touched, round_: Round
) -> ArticleState:
    before = known.articles.get(ulid)
    at, _ = published(group, before)
    place = announced(group, before, known.slots.get(ulid), at, announce, round_.now)
    owner = speaker(round_.owners, group)
    return compose(group, before, Naming(ulid, round_.authority, place), touched, owner, round_.fit, round_.now)


def _changes(
    known: Known,
    placed: Sequence[Sequence[Copy]],
    articles: Sequence[ArticleState],
    grouped: Groups,
    assigned: Assignment,
    touched: Touched,
    now: datetime,
) -> Changes:
    before = {copy.id: copy for copy in known.copies}
    copies = [copy for group in placed for copy in group if before.get(copy.id) != copy]
    indexed = [
        rows
        for copy in copies
        if (rows := index_of(copy)) != (index_of(before[copy.id]) if copy.id in before else None)
    ]
    article_of = {copy.id: copy.article for group in placed for copy in group}
    left = {copy.id for group in placed for copy in group}
    moved = {copy.article for copy in known.copies if copy.id not in left} | {
        copy.article
        for copy in copies
        if copy.id not in before or before[copy.id].article != copy.article or copy.id in touched.changed
    }
    states = []
    for state in articles:
        old = known.articles.get(state.ulid)
        if state == old and state.ulid not in moved:
            continue
        bumped = old is not None and state.revision == old.revision  # its list of copies changed
        states.append(replace(state, revision=state.revision + 1) if bumped else state)
    verdicts = _verdicts(known, grouped, article_of, now)
    new = [copy for copy in copies if copy.id not in before]
    return Changes(
        copies=tuple(copies),
        index=tuple(indexed),
        articles=tuple(states),
        retired={ulid: into for ulid, into in assigned.retired.items() if ulid in known.articles},
        verdicts=verdicts,
        judged=frozenset(article_of) if verdicts != known.verdicts else frozenset(),
        new=len(new),
        updated=len(touched.changed) - len(new),
        merged=sum(1 for copy in new if copy.article in known.articles or _met(copy, placed, new)),
    )


def _met(copy: Copy, placed: Sequence[Sequence[Copy]], new: Sequence[Copy]) -> bool:
    """Whether a new copy of a new article is not the first of it: the article came with two copies at once."""
    return next(other.id for other in new if other.article == copy.article) != copy.id


def _verdicts(known: Known, grouped: Groups, article_of: Mapping[int, str], now: datetime) -> tuple[Verdict, ...]:
    """What was found for every pair that mattered; a finding that stands since an earlier round keeps its words."""
    old = {(verdict.a, verdict.b): verdict for verdict in known.verdicts}
    verdicts = []
    for (a, b), finding in sorted(grouped.findings.items()):
        verdict = _verdict(a, b, finding, (a, b) in grouped.linked, article_of[a] == article_of[b])
        before = old.get((a, b))
        stands = before is not None and replace(before, decided_at=None) == verdict
        verdicts.append(before if before is not None and stands else replace(verdict, decided_at=now))
    return tuple(verdicts)


def _verdict(a: int, b: int, finding: Finding, linked: bool, joined: bool) -> Verdict:
    evidence = {**finding.evidence, "score": round(finding.score, 3)}
    if finding.against:
        evidence["against"] = finding.against
    elif linked and not joined:
        evidence["against"] = "another item of the same source is in that article"
    return Verdict(a, b, finding.rule or "none", linked, joined, evidence)
