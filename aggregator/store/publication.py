"""When published output last changed: the revision, and one moment for each owner and for everything."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from aggregator.store.schema import owners, state
from aggregator.store.types import EPOCH, chosen, given
from aggregator.store.upserts import upsert

CHANNEL = "aggregator_published"
"""On which PostgreSQL tells of every change of what is published."""

_REVISION = "revision"
_CHANGED_AT = "changed_at"
_CONFIG = "published_config"
_WEEK = "week"

_OWNERS = select(owners.c.id, owners.c.changed_at).order_by(owners.c.id)
_SOME_OWNERS = _OWNERS.where(given(owners.c.id))
_OWNER_CHANGED = update(owners).where(owners.c.id == bindparam("b_id")).values(changed_at=bindparam("b_at"))
_TELL = select(func.pg_notify(CHANNEL, ""))
_WHEN = select(state).where(state.c.name.in_((_CHANGED_AT, _REVISION)))


def floor(moment: datetime) -> datetime:
    """The whole second: HTTP dates know nothing finer."""
    return moment.astimezone(UTC).replace(microsecond=0)


def later(now: datetime, before: datetime) -> datetime:
    """``now``, but at least a second after ``before``: If-Modified-Since compares seconds (RFC 9110 section 5.6.7)."""
    return max(floor(now), before + timedelta(seconds=1))


def _get(connection: Connection, name: str) -> Any:
    return connection.scalar(select(state.c.value).where(state.c.name == name))


def _set(connection: Connection, name: str, value: Any) -> None:
    upsert(connection, state, [{"name": name, "value": value}])


def revision(connection: Connection) -> int:
    """Grows by one with each transaction that changed what is published; 0 in an empty store."""
    return int(_get(connection, _REVISION) or 0)


def changed_at(connection: Connection, owner: str | None) -> datetime:
    """When anything published of this owner (None: of anyone) last changed; whole seconds, strictly growing."""
    if owner is not None:
        moment = connection.scalar(select(owners.c.changed_at).where(owners.c.id == owner))
        if isinstance(moment, datetime):
            return moment
    value = _get(connection, _CHANGED_AT)
    return EPOCH if value is None else datetime.fromisoformat(value)


def changed(connection: Connection, touched: Collection[str] | None, now: datetime) -> None:
    """Note that something published of these owners (None: of all) is different now."""
    rows = connection.execute(_OWNERS) if touched is None else connection.execute(_SOME_OWNERS, chosen(touched))
    moments = [{"b_id": row.id, "b_at": later(now, row.changed_at)} for row in rows]
    if moments:
        connection.execute(_OWNER_CHANGED, moments)
    before = {row.name: row.value for row in connection.execute(_WHEN)}
    moment = later(now, datetime.fromisoformat(before[_CHANGED_AT]) if _CHANGED_AT in before else EPOCH)
    values = {_CHANGED_AT: moment.isoformat(), _REVISION: int(before.get(_REVISION) or 0) + 1}
    upsert(connection, state, [{"name": name, "value": value} for name, value in values.items()])
    if connection.dialect.name == "postgresql":  # heard by everybody who serves, when this is committed
        connection.execute(_TELL)


def note(connection: Connection, name: str, value: str) -> bool:
    """Remember ``value`` under ``name``; True if it is another one than before."""
    if _get(connection, name) == value:
        return False
    _set(connection, name, value)
    return True


def noted(connection: Connection, name: str) -> str | None:
    """What is remembered under ``name``; None: nothing."""
    value = _get(connection, name)
    return None if value is None else str(value)


def begin_week(connection: Connection, week: str, now: datetime) -> bool:
    """Note that a week (``2026-W49``) has begun; True: it is a later one than before.

    Documents of weeks read differently then, and nothing else: no owner counts as changed.
    """
    before = _get(connection, _WEEK)
    if before is not None and before["week"] >= week:
        return False
    at = later(now, datetime.fromisoformat(before["at"]) if before is not None else EPOCH)
    _set(connection, _WEEK, {"week": week, "at": at.isoformat()})
    _set(connection, _REVISION, revision(connection) + 1)
    return True


def open_week(connection: Connection) -> tuple[str, datetime] | None:
    """The week that has begun last, and when that was noted; None: nobody has looked so far."""
    found = _get(connection, _WEEK)
    return None if found is None else (found["week"], datetime.fromisoformat(found["at"]))


def published_config(connection: Connection, digest: str, now: datetime) -> bool:
    """Note which config the documents are made with; True if it is another one than before."""
    if not note(connection, _CONFIG, digest):
        return False
    changed(connection, None, now)
    return True
