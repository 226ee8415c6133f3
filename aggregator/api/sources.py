"""Tells how every source is doing, to ``/api/sources`` and ``aggregator status --json`` alike."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from aggregator.dedupe.news import WAIT
from aggregator.incidents import EMPTY_AFTER
from aggregator.model import WRITTEN, Backfill, Flood, SourceStatus, Subscription
from aggregator.store import Store
from aggregator.text.html import inert


class BackfillHealth(BaseModel):
    """How far the history of one source is read."""

    state: str = Field(description="running, enough (as many articles as wanted), complete or stopped (see message)")
    articles: int = Field(description="that it brought")
    pages: int = Field(description="that were read")
    left: int = Field(description="addresses that are known and not read yet; they may name more")
    message: str | None
    due_at: datetime | None
    began_at: datetime | None
    ended_at: datetime | None


class HeldBack(BaseModel):
    """New articles that are in the index, but not in the feeds: the source brought more, or older, than it does."""

    count: int
    since: datetime = Field(description="when the first of them came")
    until: datetime = Field(description="when this ends by itself")
    recent: int = Field(description="of them, those that are announced then; the others stay in the index only")


class SourceHealth(BaseModel):
    """How one source is doing."""

    key: str = Field(examples=["asha/dev"])
    owner: str
    id: str
    kind: str
    title: str
    url: str | None
    feed_url: str
    state: str = Field(description="new, ok, failing, blocked or gone")
    enabled: bool
    imported: bool = Field(description="came from a file and stands in no config: it is never polled")
    removed: bool
    error: str | None
    failures: int
    lying: bool = Field(description="it has answered 304 Not Modified though it had news")
    gap: bool = Field(description="articles may have been missed between the last two polls")
    empty: bool = Field(description="it had entries, and its last answers had none; what it had stays")
    push: str | None = Field(description="its WebSub subscription: wanted, verified, denied or leaving; null: no hub")
    push_error: str | None
    created_at: datetime = Field(description="when it came into the config")
    last_poll_at: datetime | None
    last_success_at: datetime | None
    last_change_at: datetime | None
    next_poll_at: datetime | None
    entries: int
    articles: int
    backfill: BackfillHealth | None = Field(description="null: nobody asked for what is older than the feed")
    held: HeldBack | None = Field(description="what is held back until the owner decides: `aggregator release`")


def source_health(store: Store) -> list[SourceHealth]:
    """What `/api/sources` and `status --json` say, source by source."""
    known, hubs = store.backfills.known(), store.hubs.known()
    rows = store.sources_rows()
    return [_health_of(row, known.get(row.key), hubs.get(row.key)) for row in rows if row.kind != WRITTEN]


def backfill_health(one: Backfill) -> BackfillHealth:
    """One history as it is told to programs."""
    told = {name: getattr(one, name) for name in BackfillHealth.model_fields}
    return BackfillHealth(**told | {"message": one.message and inert(one.message)})


def trouble(one: SourceHealth) -> str:
    """What is wrong with a source and what to do about it, in sentences; "" if nothing is."""
    said = []
    if one.error:
        said.append(f"{one.error} ({one.failures} in a row)" if one.failures > 1 else one.error)
    if one.lying:
        said.append("Its server says that nothing is new when something is; it is asked in full once a week.")
    if one.push_error:
        said.append(one.push_error)
    if one.gap:
        said.append("Articles may have been missed between two polls; a shorter `interval` helps.")
    if one.empty:
        said.append("It lists no entry any more; what it had stays. Is its address still the right one?")
    return " ".join(said)


def _health_of(row: SourceStatus, backfill: Backfill | None, hub: Subscription | None) -> SourceHealth:
    state = row.state
    polled = row.enabled and row.removed_at is None and state.state != "gone"
    return SourceHealth(
        key=row.key,
        owner=row.owner,
        id=row.id,
        kind=row.kind,
        title=row.title,
        url=row.home_page_url,
        feed_url=row.feed_url,
        state=state.state,
        enabled=row.enabled,
        imported=row.imported,
        removed=row.removed_at is not None,
        error=state.error and inert(state.error),  # it may quote a server
        failures=state.failures,
        lying=state.lying,
        gap=state.gap,
        empty=state.empty >= EMPTY_AFTER,
        push=hub.state if hub else None,
        push_error=inert(hub.error) if hub and hub.error else None,
        created_at=row.created_at,
        last_poll_at=state.last_poll_at,
        last_success_at=state.last_success_at,
        last_change_at=state.last_change_at,
        next_poll_at=state.next_poll_at if polled else None,
        entries=row.copies,
        articles=row.articles,
        backfill=None if backfill is None else backfill_health(backfill),
        held=_held(row.flood) if row.flood else None,
    )


def _held(flood: Flood) -> HeldBack:
    return HeldBack(count=flood.count, since=flood.since, until=flood.since + WAIT, recent=flood.recent)
