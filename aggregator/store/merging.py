"""One uninterrupted unit of reading and writing: two polls at once could each miss the other's copy."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select, update

from aggregator.dedupe.permanence import apart
from aggregator.model import (
    ArticleState,
    BackfillPage,
    Came,
    Changes,
    Copy,
    Hold,
    Known,
    PageFacts,
    ParsedFeed,
    Polled,
    PollState,
    Probes,
    Seal,
    Source,
    Visit,
    Waiting,
)
from aggregator.store import (
    backfills,
    candidates,
    changes,
    holds,
    leaving,
    pages,
    publication,
    seal,
    sources,
    subscriptions,
)
from aggregator.store.schema import article_terms, copies
from aggregator.store.schema import sources as sources_table
from aggregator.store.terms import owner as owner_term
from aggregator.store.values import Row, copy_of


class Unit:
    """The open transaction of `Store.merging`; whatever it writes is kept together or not at all."""

    def __init__(self, connection: Connection, worker: str) -> None:
        self._connection = connection
        self._worker = worker

    def candidates(self, source_key: str, probes: Probes) -> Known:
        """Everything that entries with these probes could touch, whichever source carries it."""
        return candidates.known(self._connection, probes)

    def copies_of(self, source_key: str) -> tuple[Copy, ...]:
        """Every copy that this source was ever seen to carry, by id."""
        statement = select(copies).where(copies.c.source_key == source_key).order_by(copies.c.id)
        return tuple(map(copy_of, self._connection.execute(statement).mappings()))

    def copy_ids(self, source_key: str) -> tuple[int, ...]:
        """The ids of those copies, in their order."""
        statement = select(copies.c.id).where(copies.c.source_key == source_key).order_by(copies.c.id)
        return tuple(self._connection.scalars(statement))

    def owner_articles(self, owner: str) -> tuple[ArticleState, ...]:
        """Every article of this owner, by ulid."""
        statement = select(article_terms.c.ulid).where(
            article_terms.c.term == owner_term(owner), article_terms.c.alive.is_(True)
        )
        ulids = set(self._connection.scalars(statement))
        return tuple(candidates.states_of(self._connection, ulids).values())

    def seal(self, authority: str, now: datetime) -> Seal:
        """What this database makes ids with under this authority, the host of the public address; made if missing."""
        return seal.seal(self._connection, authority, now, keep=True)

    def taken(self, ulids: Collection[str]) -> frozenset[str]:
        """Those of these ids that an article has, or that lead to one."""
        return seal.taken(self._connection, ulids)

    def still_gone(self, keys: Collection[str]) -> frozenset[str]:
        """Those of these sources that the config did not get back meanwhile."""
        return leaving.still_gone(self._connection, keys)

    def ids_of(self, keys: Collection[str], limit: int) -> frozenset[int]:
        """Ids of the first copies of these sources."""
        return frozenset(leaving.copies_of(self._connection, keys, limit))

    def forget(self, keys: Collection[str], owner_ids: Collection[str]) -> None:
        """Remove what is kept of sources without copies, and owners beside ``owner_ids`` without a source."""
        leaving.forget(self._connection, keys, owner_ids)

    def component(self, ids: frozenset[int]) -> Known:
        """Those copies and everything tied to them."""
        return candidates.tied(self._connection, ids)

    def apply(
        self,
        changed: Changes,
        state: PollState | None,
        feed: ParsedFeed | None,
        now: datetime,
        ms: int | None = None,
        wanted: Collection[int] = (),
    ) -> bool:
        """Write all that one poll came to; ``state`` None: nothing was polled (hand-written entries).

        ``wanted`` are ids of copies whose own page is to be read, once.

        False: the lease was lost, nothing was written.
        """
        before: Row | None = None
        if state is not None:
            before = sources.held(self._connection, [state.source_key], self._worker).get(state.source_key)
            if before is None:
                return False
            sources.save(self._connection, [state], {state.source_key: before})
            self._log(before, state, changed, now, ms)
        touched = changes.apply(self._connection, changed, now)
        holds.keep(self._connection, changed.held)
        pages.want(self._connection, wanted, now)
        pages.forget(self._connection, changed.removed)
        renamed = before is not None and feed is not None and self._take_facts(before, feed)
        renamed |= before is not None and state is not None and sources.moved(before, state)
        if touched or renamed:
            publication.changed(self._connection, None if renamed else touched, now)
        return True

    def held(self, until: datetime, keys: Collection[str] | None) -> tuple[Hold, ...]:
        """What was held back at or before ``until`` (of these sources; None: of all), oldest first."""
        return holds.due(self._connection, until, keys)

    def waiting(self, held: Sequence[Hold]) -> tuple[Waiting, ...]:
        """Those of the holds whose article is there and not announced."""
        return holds.waiting(self._connection, held)

    def settle(self, held: Collection[Hold], announced: Collection[ArticleState], now: datetime) -> None:
        """End the holds; these articles go to the top of the feeds, the others stay in the index only."""
        order = sorted(announced, key=lambda state: (state.published_at, -state.position, state.ulid), reverse=True)
        places = apart([state.ulid for state in order], now)
        placed = tuple(replace(state, announced_at=places[state.ulid]) for state in announced)
        holds.forget(self._connection, held)
        self.apply(Changes(articles=placed), None, None, now)

    def page_done(self, visit: Visit, outcome: str, read_at: datetime, facts: PageFacts | None = None) -> bool:
        """Note that a page was read to its end, and what it said: it is never asked for again.

        False: somebody else visits it by now; let nothing of this be kept.
        """
        mine = pages.done(self._connection, visit, outcome, read_at, None)
        if mine and facts is not None:
            pages.keep_facts(self._connection, visit.copy.id, facts)
        return mine

    def page_facts(self, ids: Collection[int]) -> dict[int, PageFacts]:
        """What the pages of these copies said, where that was kept; by copy."""
        return pages.facts_of(self._connection, ids)

    def hold(self, source: Source, now: datetime, since: datetime) -> None:
        """Let there be a source for what was imported; one that came with its owner, if that came since then."""
        sources.hold(self._connection, source, now, since)

    def founding(self, key: str, since: datetime) -> bool:
        """Whether a source came together with its owner, at or after ``since``."""
        return sources.founding(self._connection, key, since)

    def undated(self, key: str) -> tuple[datetime | None, int]:
        """When the first of a source's copies without a date was met (None: all have one), and how many it has."""
        return backfills.undated(self._connection, key)

    def backfilled(self, key: str, page: BackfillPage, came: Came, now: datetime, due_at: datetime) -> bool:
        """Note what an address of a history brought. False: the lease was lost; let nothing of this be kept."""
        return backfills.done(self._connection, key, page, self._worker, came, now, due_at)

    def subscribe(self, source_key: str, hub: str | None, topic: str, now: datetime) -> None:
        """Let a source be subscribed to at this hub; None: at none any more."""
        subscriptions.want(self._connection, source_key, hub, topic, now)

    def _log(self, before: Row, state: PollState, changed: Changes, now: datetime, ms: int | None) -> None:
        entry = sources.noteworthy(before, state)
        if changed.new or changed.updated or changed.merged:
            entry = Polled(
                source_key=state.source_key,
                at=state.last_poll_at or now,
                outcome="changed",
                new=changed.new,
                updated=changed.updated,
                merged=changed.merged,
            )
        if entry is not None:
            sources.log(self._connection, [replace(entry, ms=ms)])

    def _take_facts(self, before: Row, feed: ParsedFeed) -> bool:
        """Remember how the document calls itself; True if documents of ours read differently now."""
        said = {"feed_title": feed.title, "feed_home_page_url": feed.home_page_url, "icon": feed.icon}
        # an empty value is more likely a broken document than a wish
        news = {name: value for name, value in said.items() if value and value != before[name]}
        if not news:
            return False
        self._connection.execute(update(sources_table).where(sources_table.c.key == before["key"]).values(**news))
        overruled = {"feed_title": before["title"], "feed_home_page_url": before["home_page_url"]}
        return any(overruled.get(name) is None for name in news)
