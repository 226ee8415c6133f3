"""Tells how every source is doing, to ``/api/sources`` and ``aggregator status --json`` alike."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from aggregator.model import WRITTEN, SourceStatus
from aggregator.store import Store


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
    removed: bool
    error: str | None
    failures: int
    lying: bool = Field(description="it has answered 304 Not Modified though it had news")
    gap: bool = Field(description="articles may have been missed between the last two polls")
    last_poll_at: datetime | None
    last_success_at: datetime | None
    last_change_at: datetime | None
    next_poll_at: datetime | None
    entries: int
    articles: int


def source_health(store: Store) -> list[SourceHealth]:
    """What `/api/sources` and `status --json` say, source by source."""
    return [_health_of(row) for row in store.sources_rows() if row.kind != WRITTEN]


def _health_of(row: SourceStatus) -> SourceHealth:
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
        removed=row.removed_at is not None,
        error=state.error,
        failures=state.failures,
        lying=state.lying,
        gap=state.gap,
        last_poll_at=state.last_poll_at,
        last_success_at=state.last_success_at,
        last_change_at=state.last_change_at,
        next_poll_at=state.next_poll_at if polled else None,
        entries=row.copies,
        articles=row.articles,
    )
