"""Small sources, copies and articles to put into a store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, create_engine, make_url

from aggregator.model import (
    ArticleState,
    Changes,
    Config,
    Copy,
    Entry,
    FetchPolicy,
    IndexRows,
    Owner,
    PollState,
    Site,
    Source,
)
from aggregator.store import Store

NOW = datetime(2026, 5, 19, 9, 34, 58, 123456, tzinfo=UTC)
WORKER = "worker-1"


def ago(**period: float) -> datetime:
    return NOW - timedelta(**period)


def source(key: str, **changed: Any) -> Source:
    owner, _, id_ = key.partition("/")
    made = Source(key=key, owner=owner, id=id_, kind="feed", feed_url=f"https://{id_}.example/{owner}.xml")
    return replace(made, **changed)


def config(*sources: Source) -> Config:
    ids = sorted({one.owner for one in sources})
    owners = (Owner(id=id_, name=id_.title(), sources=tuple(one for one in sources if one.owner == id_)) for id_ in ids)
    return Config(Site("Feeds", "https://feeds.example"), "", FetchPolicy(), tuple(owners))


def copy(id_: int, article: str, source_key: str = "asha/blog", **changed: Any) -> Copy:
    owner, _, source_id = source_key.partition("/")
    at = changed.pop("at", NOW)
    made = Copy(
        id=id_,
        source_key=source_key,
        owner=owner,
        entry=Entry(guid=f"guid-{id_}", url=f"https://{source_id}.example/{id_}", title=f"Post {id_}"),
        published_at=at,
        date_precision="second",
        first_seen_at=at,
        article=article,
        born=article,
        source_id=source_id,
    )
    return replace(made, **changed)


def article(ulid: str, canonical: int = 1, **changed: Any) -> ArticleState:
    at = changed.pop("at", NOW)
    made = ArticleState(
        ulid=ulid,
        id=f"tag:feeds.example,2026:article/{ulid}",
        owners=("asha",),
        canonical=canonical,
        text=canonical,
        url=f"https://blog.example/{canonical}",
        title=f"Post {ulid}",
        summary="",
        content_html=f"<p>{ulid}</p>",
        published_at=at,
        date_precision="second",
        first_seen_at=at,
        announced_at=at,
        updated_at=None,
    )
    return replace(made, **changed)


def rows(id_: int, keys: Collection[str] = (), samples: Collection[int] = ()) -> IndexRows:
    return IndexRows(id_, frozenset(keys), frozenset(samples))


def fill(store: Store, states: Iterable[ArticleState], copies: Iterable[Copy] = (), **changes: Any) -> None:
    """Write articles; each without copies among ``copies`` gets one of its own, under its canonical id."""
    states, given = tuple(states), tuple(copies)
    covered = {one.article for one in given}
    own = tuple(copy(one.canonical, one.ulid, at=one.published_at) for one in states if one.ulid not in covered)
    with store.merging(WORKER) as unit:
        assert unit.apply(Changes(copies=own + given, articles=states, **changes), None, None, NOW)


def claimed(store: Store, key: str, now: datetime = NOW) -> PollState:
    """The poll state of a source that is now leased to ``WORKER``."""
    assert store.claim(now, WORKER, 600, 1, keys=[key], force=True) == [key]
    return store.states([key])[key]


@contextmanager
def raw(database_url: str) -> Iterator[Connection]:
    """A connection of one's own, to look at the rows themselves."""
    url = make_url(database_url)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    bind = create_engine(url)
    with bind.connect() as connection:
        yield connection
    bind.dispose()
