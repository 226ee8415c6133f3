"""The whole pipeline as pure functions: a document becomes entries, entries become changes to what is kept.

    read    Fetched -> Reading            parse, refine by kind, normalize, sign; may run in another process
    draft   Entry... -> Copy...           what they would be if none of them were known
    merge   Known + drafts -> Changes     recognise, group, assign ids, compose; runs inside the store's transaction

Nothing here does I/O, reads a clock or draws a random number: ``now``, ``mint`` and ``seal`` are arguments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from aggregator import sources
from aggregator.dedupe.canonical import speaker
from aggregator.dedupe.cluster import Groups, cluster
from aggregator.dedupe.compose import Naming, Touched, compose
from aggregator.dedupe.crowd import marked
from aggregator.dedupe.evidence import Finding
from aggregator.dedupe.identity import distinct_guids, recognise
from aggregator.dedupe.index import index_of
from aggregator.dedupe.minting import new_ulid
from aggregator.dedupe.news import Habit, first_news, flood
from aggregator.dedupe.permanence import Assignment, announced, apart, assign, born, heirs, published, tag_uri
from aggregator.dedupe.renewal import absorb
from aggregator.dedupe.signature import sign
from aggregator.model import (
    ArticleState,
    Changes,
    Copy,
    Entry,
    Fetched,
    Hold,
    Known,
    Owner,
    ParsedFeed,
    RawEntry,
    Reading,
    Rule,
    Seal,
    Skipped,
    Source,
    Verdict,
)
from aggregator.normalize import normalize
from aggregator.text import urls
from aggregator.text.html import inert

STAMPED = 3  # an update time that this many entries of one document share is the time of a build


class Mint(Protocol):
    """Where the ids of copies come from; made of time and chance in the shell, counted in tests."""

    def copy_id(self) -> int:
        """A new 63-bit id, greater than those before."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a merge must know besides copies."""

    owners: Mapping[str, Owner]
    now: datetime
    authority: str  # host of site.base_url: who mints; by this the store is asked for its seal
    fit: Callable[[str], bool] = lambda url: True  # whether an address may be an article's address
    complete: bool = True  # the document was read to its end
    founding: bool = False  # first fill of a source that came with its owner
    first_fill: bool = False  # the source brings something for the first time
    backfilled: bool = False  # from history: for the index only
    habit: Habit | None = None  # of a source that is polled; None: nothing is held back, however much comes
    announce_days: int = 7
    announce_entries: int = 5
    same: tuple[frozenset[str], ...] = field(default=())
    different: tuple[frozenset[str], ...] = field(default=())


# ── read ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def read(
    fetched: Fetched, source: Source, now: datetime, rule: Rule | None = None, said: tuple[RawEntry, ...] = ()
) -> Reading:
    """One document as entries: absolute, sanitized, dated, signed.

    ``rule``: how a page was read before; ``said``: what the platform says of its articles beside it.

    Raises:
        ParseError: the body is no feed, or more than may be read.
    """
    return take(sources.told(sources.read(source, fetched, rule), said), source, now)


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
    return Reading(_about(feed), signed, tuple(skipped))


def _about(feed: ParsedFeed) -> ParsedFeed:
    """What a document says of itself, fit to be shown: plain text, and no address but http(s) (traps T1)."""
    return replace(
        feed,
        entries=(),
        title=inert(feed.title),
        home_page_url=_address(feed.home_page_url, feed.url),
        icon=_address(feed.icon, feed.url),
    )


def _address(url: str | None, base: str) -> str | None:
    spelled = urls.absolute(url, base) if url else None
    return url if spelled and url and spelled.removesuffix("/") == url else spelled


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
    """The copies that these entries are if none of them is known; their dates are recorded here, once.

    What has no date of its own keeps its place in the document, where the newest stands first.
    """
    return tuple(
        Copy(
            id=mint.copy_id(),
            source_key=source.key,
            owner=source.owner,
            entry=entry if entry.published or entry.position else replace(entry, position=place),
            published_at=entry.published or round_.now,
            date_precision=entry.date_precision if entry.published else "unknown",
            first_seen_at=round_.now,
            article="",
            born="",
            founding=round_.founding,
            announce=not round_.backfilled,
            own_site=source.own_site,
            kind=source.kind,
            source_id=source.id,
        )
        for place, entry in enumerate(entries)
    )


# ── merge ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def merge(
    known: Known,
    drafts: Sequence[Copy],
    round_: Round,
    seal: Seal,
    withdrawn: frozenset[int] = frozenset(),
    taken: frozenset[str] = frozenset(),
) -> Changes:
    """What the store must write so that these drafts are part of what is kept.

    No drafts and nothing withdrawn: everything known is judged again, as after a change of the config. ``withdrawn``
    are ids of copies that the owner took back. ``taken`` are ulids that no new article may have: of what is not
    ``known`` here only the store knows which those are, and `Changes.minted` is what to ask it about.

    ``known`` holds whole components: every copy that could be touched, with everything it is linked to. The outcome
    is a function of the set of copies: no order of arrival changes which of them are one article.
    """
    kept = heirs(known.copies, withdrawn)
    absorbed = absorb(kept, drafts, round_.complete)
    if drafts and not absorbed.written and not withdrawn:
        return Changes()
    grouped = cluster(absorbed.copies, round_.same, round_.different)
    groups = [marked(group, grouped.crowded) for group in grouped.groups]
    held = taken | known.articles.keys()
    assigned = assign(groups, lambda first, used: new_ulid(first, seal.secret, held.union(used)), round_.now)
    before = {**known.retired, **known.articles}
    placed = [_place(group, ulid, assigned, known, seal) for group, ulid in zip(groups, assigned.ulids, strict=True)]
    places, holds = _places(placed, assigned, known, round_)
    parted = _parted(known, placed)
    articles = [
        compose(
            group,
            before.get(ulid),
            _naming(group, known, places[ulid], parted, seal),
            absorbed.touched,
            speaker(round_.owners, group),
            round_.fit,
            round_.now,
        )
        for group, ulid in zip(placed, assigned.ulids, strict=True)
    ]
    changes = replace(_changes(known, placed, articles, grouped, assigned, absorbed.touched, round_.now), held=holds)
    return _withdraw(changes, known, placed, withdrawn) if withdrawn else changes


def _place(group: Sequence[Copy], ulid: str, assigned: Assignment, known: Known, seal: Seal) -> tuple[Copy, ...]:
    """The copies of one article, told which; a copy that never had an id, or lost it in a split, takes this one."""
    before = known.articles.get(ulid)
    uri = before.id if before else tag_uri(group, ulid, seal.tagging_entity)
    at = born(group, ulid, assigned)

    def placed(copy: Copy) -> Copy:
        if copy.born != ulid and assigned.retired.get(copy.born) == ulid:
            return replace(copy, article=ulid)
        return replace(copy, article=ulid, born=ulid, born_id=uri, born_at=at)

    return tuple(map(placed, group))


# ── places in the feeds ─────────────────────────────────────────────────────────────────────────────────────────────


def _places(
    placed: Sequence[Sequence[Copy]], assigned: Assignment, known: Known, round_: Round
) -> tuple[Mapping[str, datetime | None], tuple[Hold, ...]]:
    """Where each article stands in the feeds, by ulid (None: in the index only), and what is held back of the new ones.

    What lives again after a split has the place that it had. What is new because it split off takes the place of the
    article it was part of: it is no news, and nothing that old comes to the top. If that waits, so does the part.
    """
    there = {copy.id: copy.article for copy in known.copies}
    groups = dict(zip(assigned.ulids, placed, strict=True))
    parted: dict[str, datetime | None] = {}
    holds: list[Hold] = []
    for ulid, group in groups.items():
        left = [known.articles[there[copy.id]] for copy in group if there.get(copy.id) in known.articles]
        if ulid in known.articles or (ulid in assigned.minted and not left):
            continue
        seen = [state.announced_at for state in left if state.announced_at is not None]
        before = known.retired.get(ulid)
        parted[ulid] = before.announced_at if before else min(seen, default=None)
        waits = [known.held[state.ulid] for state in left if state.ulid in known.held]
        if ulid in assigned.minted and parted[ulid] is None and waits:
            holds.append(replace(waits[0], ulid=ulid))
    fresh = {ulid: group for ulid, group in groups.items() if ulid in assigned.minted and ulid not in parted}
    held = flood(fresh, round_.habit, round_.announce_days, round_.now) if round_.habit else {}
    holds += (Hold(ulid, fresh[ulid][0].source_key, round_.now, recent) for ulid, recent in held.items())
    news = _news(fresh, round_) - held.keys()
    places = {
        ulid: parted[ulid]
        if ulid in parted
        else announced(group, known.articles.get(ulid), published(group, None)[0], ulid in news, round_.now)
        for ulid, group in groups.items()
    }
    # what came with its owner may still move to its date (`announced`), and so is left where that puts it
    together = [ulid for ulid in fresh if places[ulid] == round_.now and not all(one.founding for one in groups[ulid])]
    together.sort(key=lambda ulid: (published(groups[ulid], None)[0], -groups[ulid][0].entry.position, ulid))
    return {**places, **apart(together[::-1], round_.now)}, tuple(holds)


def _news(fresh: Mapping[str, Sequence[Copy]], round_: Round) -> frozenset[str]:
    """Which new articles go to subscribers: all that a known source brings, of a new source the recent ones only."""
    if round_.backfilled:
        return frozenset()
    if round_.founding or not round_.first_fill:
        return frozenset(fresh)
    return first_news(fresh, round_.announce_days, round_.announce_entries, round_.now)


def _parted(known: Known, placed: Sequence[Sequence[Copy]]) -> frozenset[str]:
    """The articles of which some copies are another article now."""
    there = {copy.id: copy.article for copy in known.copies}
    return frozenset(
        there[copy.id] for group in placed for copy in group if there.get(copy.id, copy.article) != copy.article
    )


def _naming(group: Sequence[Copy], known: Known, place: datetime | None, parted: frozenset[str], seal: Seal) -> Naming:
    ulid = group[0].article
    at, precision = published(group, None if ulid in parted else known.articles.get(ulid) or known.retired.get(ulid))
    return Naming(ulid, tag_uri(group, ulid, seal.tagging_entity), place, at, precision)


# ── what is written ─────────────────────────────────────────────────────────────────────────────────────────────────


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
    verdicts = _verdicts(known, grouped, article_of, now)
    judged_anew = verdicts != known.verdicts
    new = [copy for copy in copies if copy.id not in before]
    firsts = {copy.article: copy.id for copy in reversed(new)}
    return Changes(
        copies=tuple(copies),
        index=tuple(indexed),
        articles=_states(known, articles, article_of, touched),
        retired={ulid: into for ulid, into in assigned.retired.items() if ulid in known.articles},
        minted=frozenset(assigned.minted),
        verdicts=verdicts if judged_anew else (),
        judged=frozenset(article_of) if judged_anew and known.verdicts else frozenset(),
        new=len(new),
        updated=len(touched.changed),
        merged=sum(1 for copy in new if copy.article in known.articles or firsts[copy.article] != copy.id),
    )


def _states(
    known: Known, articles: Sequence[ArticleState], article_of: Mapping[int, str], touched: Touched
) -> tuple[ArticleState, ...]:
    """The articles that are not as they were: what is said, or the list of copies."""
    before = {copy.id: copy.article for copy in known.copies}
    moved = {ulid for copy, ulid in article_of.items() if before.get(copy) != ulid or copy in touched.changed}
    moved |= {ulid for copy, ulid in before.items() if article_of.get(copy) != ulid}
    states = []
    for state in articles:
        old = known.articles.get(state.ulid)
        if state == old and state.ulid not in moved:
            continue
        only_copies = old is not None and state.revision == old.revision
        states.append(replace(state, revision=state.revision + 1) if only_copies else state)
    return tuple(states)


def _withdraw(changes: Changes, known: Known, placed: Sequence[Sequence[Copy]], withdrawn: frozenset[int]) -> Changes:
    """The articles that the withdrawn copies leave behind: part of what their other copies are now, or gone."""
    living = {copy.article for group in placed for copy in group}
    left = known.articles.keys() - living - changes.retired.keys()
    there = {copy.id: copy.article for copy in known.copies}
    into = {there[copy.id]: copy.article for group in placed for copy in reversed(group) if there.get(copy.id) in left}
    return replace(changes, removed=withdrawn, retired={**changes.retired, **into}, gone=frozenset(left - into.keys()))


def _verdicts(known: Known, grouped: Groups, article_of: Mapping[int, str], now: datetime) -> tuple[Verdict, ...]:
    """What was found for every pair that mattered; a finding that stands since an earlier round keeps its words."""
    old = {(verdict.a, verdict.b): verdict for verdict in known.verdicts}
    verdicts = []
    for (a, b), finding in sorted(grouped.findings.items()):
        verdict = _verdict(a, b, finding, grouped, article_of[a] == article_of[b])
        before = old.get((a, b))
        stands = before is not None and replace(before, decided_at=None) == verdict
        verdicts.append(before if before is not None and stands else replace(verdict, decided_at=now))
    return tuple(verdicts)


def _verdict(a: int, b: int, finding: Finding, grouped: Groups, joined: bool) -> Verdict:
    evidence = {**finding.evidence, "score": round(finding.score, 3)}
    against = finding.against or (None if joined else grouped.refused.get((a, b)))
    if against:
        evidence["against"] = against
    return Verdict(a, b, finding.rule or "none", (a, b) in grouped.linked, joined, evidence)
