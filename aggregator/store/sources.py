"""The rows of owners and sources: what the config says, and what was remembered of the last poll."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, select, update

from aggregator import sources as kinds
from aggregator.model import Config, Flood, Owner, Polled, PollState, Source, SourceStatus, Synced
from aggregator.store import happened, holds, outbox
from aggregator.store.codec import build, fields_of
from aggregator.store.counts import known
from aggregator.store.publication import floor
from aggregator.store.schema import copies, owners, poll_log, sources
from aggregator.store.terms import source as source_term
from aggregator.store.types import among
from aggregator.store.upserts import upsert
from aggregator.store.values import Row, Values, indexed

_LOG_KEPT = timedelta(days=400)
_COLUMNS = ("next_poll_at", "lane_free_at")  # of a poll state, that statements compare


def state_row(state: PollState) -> Values:
    """The columns of ``sources`` that hold a poll state."""
    apart = {name: getattr(state, name) for name in _COLUMNS}
    return {**apart, "poll": fields_of(state, ("source_key", *_COLUMNS))}


def state_of(row: Row) -> PollState:
    """The poll state of a row of ``sources``."""
    return build(PollState, row["poll"], source_key=row["key"], **{name: row[name] for name in _COLUMNS})


def _lane(url: str, kind: str) -> str:
    return kinds.lane(url, kind if kind in kinds.kinds() else "feed")  # what is written by hand is of no kind


# ── sync ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def sync(connection: Connection, config: Config, now: datetime) -> Synced:
    """Make the rows of owners and sources say what the config says; rows that already do are not written."""
    known_owners = {row["id"]: row for row in connection.execute(select(owners)).mappings()}
    known = {row["key"]: row for row in connection.execute(select(sources)).mappings()}
    founded = {owner.id for owner in config.owners if owner.id not in known_owners}
    _sync_owners(connection, config.owners, known_owners, now)
    added = [source for source in config.sources if source.key not in known]
    if added:
        connection.execute(insert(sources), [_new_row(one, one.owner in founded, now) for one in added])
    changes = {one.key: _difference(known[one.key], one, now) for one in config.sources if one.key in known}
    wanted = {one.key for one in config.sources}
    gone = sorted(key for key, row in known.items() if _left(row, wanted))
    changes |= {key: {"removed_at": now, "lease_by": None, "lease_until": None} for key in gone}
    for key, change in sorted(changes.items()):
        if change:
            connection.execute(update(sources).where(sources.c.key == key), change)
    connection.execute(poll_log.delete().where(poll_log.c.at < now - _LOG_KEPT))
    return Synced(
        added=tuple(sorted(one.key for one in added)),
        returned=tuple(sorted(key for key, change in changes.items() if change.get("removed_at", now) is None)),
        removed=tuple(gone),
        moved=tuple(sorted(key for key, change in changes.items() if "feed_url" in change)),
    )


def _left(row: Row, wanted: Collection[str]) -> bool:
    """Whether a source was in the config and is there no more; what was imported never was."""
    return row["key"] not in wanted and row["removed_at"] is None and not row["imported"]


def _sync_owners(connection: Connection, wanted: Iterable[Owner], known: Mapping[str, Row], now: datetime) -> None:
    rows = [
        {
            "id": owner.id,
            "name": owner.name,
            "created_at": known[owner.id]["created_at"] if owner.id in known else now,
            "changed_at": known[owner.id]["changed_at"] if owner.id in known else floor(now) - timedelta(seconds=1),
        }
        for owner in wanted
        if owner.id not in known or known[owner.id]["name"] != owner.name
    ]
    upsert(connection, owners, rows)


def _config_columns(source: Source) -> Values:
    return {
        "kind": source.kind,
        "title": source.title,
        "feed_url": source.feed_url,
        "home_page_url": source.home_page_url,
        "enabled": source.enabled,
        "imported": False,
    }


def _new_row(source: Source, founding: bool, now: datetime) -> Values:
    return {
        **_config_columns(source),
        "key": source.key,
        "lane": _lane(source.feed_url, source.kind),
        "owner": source.owner,
        "id": source.id,
        "founding": founding,
        "created_at": now,
        **state_row(PollState(source_key=source.key, next_poll_at=now)),
    }


def _difference(row: Row, source: Source, now: datetime) -> Values:
    change = {name: value for name, value in _config_columns(source).items() if row[name] != value}
    if row["removed_at"] is not None:
        change["removed_at"] = None
    if "feed_url" in change:
        # what is remembered of another document must not be sent to this one; a poll under way is of the old one
        change |= {"lane": _lane(source.feed_url, source.kind), "lease_by": None, "lease_until": None}
        change |= state_row(PollState(source_key=source.key, next_poll_at=now))
    return change


def hold(connection: Connection, source: Source, now: datetime, since: datetime) -> None:
    """Let there be a source for what was imported; it counts as its owner's first if that came at or after ``since``.

    One that is there already is called as it is called now.
    """
    row = connection.execute(select(sources).where(sources.c.key == source.key)).mappings().first()
    if row is not None:
        values = {"title": source.title, "imported": True, "removed_at": None}
        if any(row[name] != value for name, value in values.items()):
            connection.execute(update(sources).where(sources.c.key == source.key).values(values))
        return
    came = connection.scalar(select(owners.c.created_at).where(owners.c.id == source.owner))
    founding = came is not None and came >= since
    connection.execute(insert(sources), [_new_row(source, founding, now) | {"imported": True}])


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def states(connection: Connection, keys: Collection[str] | None) -> dict[str, PollState]:
    """Poll states by source key, removed sources included."""
    statement = select(sources.c.key, *(sources.c[name] for name in _COLUMNS), sources.c.poll).order_by(sources.c.key)
    if keys is not None:
        statement = statement.where(among(sources.c.key, keys))
    return {row["key"]: state_of(row) for row in connection.execute(statement).mappings()}


def statuses(connection: Connection) -> tuple[SourceStatus, ...]:
    """Every source, by key."""
    rows = connection.execute(select(sources).order_by(sources.c.key)).mappings().all()
    floods = holds.floods(connection)
    carried = connection.execute(select(copies.c.source_key, func.count()).group_by(copies.c.source_key))
    counted: dict[str, int] = dict(carried.all())
    terms = {row["key"]: indexed(source_term(row["key"])) for row in rows}
    kept = known(connection, terms.values())
    return tuple(
        _status(row, floods.get(row["key"]), counted.get(row["key"], 0), kept.size(terms[row["key"]])) for row in rows
    )


def _status(row: Row, flood: Flood | None, copies: int, articles: int) -> SourceStatus:
    same_name = ["key", "owner", "id", "kind", "icon", "enabled", "founding", "imported"]
    same_name += ["created_at", "removed_at", "lease_until"]
    state = state_of(row)
    return SourceStatus(
        **{name: row[name] for name in same_name},
        title=row["title"] or row["feed_title"] or row["id"],
        feed_url=state.feed_url or row["feed_url"],
        home_page_url=row["home_page_url"] or row["feed_home_page_url"],
        state=state,
        copies=copies,
        articles=articles,
        flood=flood,
    )


def posted(connection: Connection, key: str, most: int = 60) -> tuple[datetime, ...]:
    """The dates of what the source carried, newest first; copies without a date of their own say nothing."""
    statement = (
        select(copies.c.published_at)
        .where(copies.c.source_key == key, copies.c.date_precision != "unknown")
        .order_by(copies.c.published_at.desc())
        .limit(most)
    )
    return tuple(connection.scalars(statement))


def founding(connection: Connection, key: str, since: datetime) -> bool:
    """Whether the source came with its owner, at or after ``since``."""
    statement = select(sources.c.founding).where(sources.c.key == key, sources.c.created_at >= since)
    return connection.scalar(statement) is True


def history(connection: Connection, source_key: str | None, since: datetime) -> tuple[Polled, ...]:
    """The logged polls since then, oldest first."""
    statement = select(poll_log).where(poll_log.c.at >= since).order_by(poll_log.c.at, poll_log.c.source_key)
    if source_key is not None:
        statement = statement.where(poll_log.c.source_key == source_key)
    return tuple(Polled(**row) for row in connection.execute(statement).mappings())


# ── recording ───────────────────────────────────────────────────────────────────────────────────────────────────────

# `b_`: a bound name must not be a column's name in an UPDATE
_RECORD = (
    update(sources)
    .where(sources.c.key == bindparam("b_key"))
    .values(
        lease_by=None,
        lease_until=None,
        lane=bindparam("b_lane"),
        **{name: bindparam(f"b_{name}") for name in (*_COLUMNS, "poll")},
    )
)


def record(connection: Connection, states: Sequence[PollState], worker: str) -> tuple[frozenset[str], bool]:
    """Save the states of polls that brought nothing new.

    Gives the keys whose lease was lost (not saved), and whether documents name a feed by another address now.
    """
    before = held(connection, [state.source_key for state in states], worker)
    mine = sorted((state for state in states if state.source_key in before), key=lambda state: state.source_key)
    save(connection, mine, before)
    log(connection, [entry for state in mine if (entry := noteworthy(before[state.source_key], state))])
    lost = frozenset(state.source_key for state in states) - before.keys()
    return lost, any(moved(before[state.source_key], state) for state in mine)


def moved(before: Row, after: PollState) -> bool:
    """Whether a feed was found to have moved for good, or to be back."""
    return bool(before["poll"].get("feed_url") != after.feed_url)


def held(connection: Connection, keys: Collection[str], worker: str) -> dict[str, Row]:
    """The rows of those sources that are leased to ``worker``, locked until the end of the transaction."""
    statement = (
        select(sources)
        .where(among(sources.c.key, keys), sources.c.lease_by == worker)
        .order_by(sources.c.key)
        .with_for_update()
    )
    return {row["key"]: row for row in connection.execute(statement).mappings()}


def save(connection: Connection, states: Sequence[PollState], before: Mapping[str, Row]) -> None:
    """Write the states over the rows of ``before``, give the leases back, and let incidents be told."""
    if states:
        connection.execute(_RECORD, [_bound(one, before[one.source_key]) for one in states])
    told = (happened.of_source(state_of(before[one.source_key]), one) for one in states)
    outbox.write(connection, [one for news in told for one in news], always=True)


def _bound(state: PollState, before: Row) -> Values:
    values = {**state_row(state), "lane": _lane(state.feed_url or before["feed_url"], before["kind"])}
    return {"b_key": state.source_key, **{f"b_{name}": value for name, value in values.items()}}


def noteworthy(before: Row, state: PollState) -> Polled | None:
    """The log entry of a poll that brought nothing: only for a failure that is new, or over."""
    at, known = state.last_poll_at, before["poll"]
    if at is None or (known.get("error_code"), known.get("error")) == (state.error_code, state.error):
        return None
    outcome = "recovered" if state.error is None else state.error_code or "failed"
    return Polled(source_key=state.source_key, at=at, outcome=outcome, message=state.error)


def log(connection: Connection, entries: Sequence[Polled]) -> None:
    """Append to the log."""
    columns = poll_log.c.keys()
    upsert(connection, poll_log, [{name: getattr(entry, name) for name in columns} for entry in entries])
