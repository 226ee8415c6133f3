"""What a merge or a poll changed, as events for whoever wants to be told.

Only what subscribers can see is told: of articles that are in the index alone (history, a flood that is held back)
nothing is, and what a new owner brings from the past is no news. Everything here is a function of before and after.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from aggregator import incidents
from aggregator.model import ArticleState, Changes, Copy, Event, EventType, PollState

NEWS = timedelta(days=1)  # an article whose place in the feeds is older was never news: it came with its owner

_SAID = ("title", "summary", "tags", "authors", "image", "language", "kind", "section", "published_at", "updated_at")
_LONGEST = {"title": 1000, "summary": 1000}  # characters; a payload stays far below 20 kB
_MOST = 30  # tags, authors, owners


@dataclass(frozen=True, slots=True)
class Past:
    """How it was before a merge was written."""

    articles: Mapping[str, ArticleState] = field(default_factory=dict)  # without their texts
    placed: frozenset[str] = frozenset()  # ulids that have, or ever had, a place in the feeds
    copies: Mapping[int, str] = field(default_factory=dict)  # copy -> ulid


def event(type_: EventType, subject: str, at: datetime, data: Mapping[str, object], mark: str | None = None) -> Event:
    """An event; ``mark`` tells two of one type and subject apart, where the moment does not ("": there is one)."""
    said = f"{type_}\n{subject}\n{at.isoformat() if mark is None else mark}"
    return Event(f"msg_{blake2b(said.encode(), digest_size=16).hexdigest()}", type_, subject, at, data)


# ── articles ────────────────────────────────────────────────────────────────────────────────────────────────────────


def of_articles(past: Past, changes: Changes, now: datetime) -> tuple[Event, ...]:
    """What these changes mean to subscribers."""
    found: list[Event] = []
    for state in changes.articles:
        old = past.articles.get(state.ulid)
        if state.announced_at is None:
            continue
        if state.ulid not in past.placed:
            if state.announced_at >= now - NEWS:
                # the same id for ever: who gets it again after a restored backup knows it
                found.append(event("article.created", state.ulid, now, {"article": _article(state)}, ""))
        elif old is None:  # it was part of another one for a while
            found.append(event("article.updated", state.ulid, now, {"article": _article(state), "changed": []}))
        else:
            found += _changed(old, state, _joined(past, changes.copies, state.ulid), now)
    found += _removed(past, changes, now)
    return tuple(found)


def _changed(old: ArticleState, new: ArticleState, joined: Iterable[Copy], now: datetime) -> Iterator[Event]:
    said = {"article": _article(new)}
    changed = [name for name in _SAID if getattr(old, name) != getattr(new, name)]
    if changed:
        yield event("article.updated", new.ulid, now, {**said, "changed": [_KEYS.get(one, one) for one in changed]})
    for copy in joined:
        told = {**said, "copy": {"source": copy.source_key, "url": copy.entry.url}}
        yield event("article.copy_added", new.ulid, now, told, str(copy.id))
    if old.url != new.url:
        yield event("article.canonical_changed", new.ulid, now, {**said, "previous_url": old.url})


def _joined(past: Past, copies: Iterable[Copy], ulid: str) -> list[Copy]:
    return [copy for copy in copies if copy.article == ulid and past.copies.get(copy.id) != ulid]


def _removed(past: Past, changes: Changes, now: datetime) -> Iterator[Event]:
    lost: dict[str, str | None] = {**dict.fromkeys(changes.gone), **changes.retired}
    after = {state.ulid: state for state in changes.articles}
    for ulid in sorted(lost.keys() & past.placed):
        old = past.articles.get(ulid)
        if old is None:
            continue
        into = lost[ulid]
        state = after.get(into) or past.articles.get(into) if into else None
        said = {"reason": "merged" if into else "taken back", "into": state.id if state else None}
        yield event("article.removed", ulid, now, {"article": _name(old), **said})


def hidden(states: Collection[ArticleState], now: datetime) -> tuple[Event, ...]:
    """The owner hides these articles from now on."""
    return tuple(
        event("article.removed", one.ulid, now, {"article": _name(one), "reason": "hidden", "into": None})
        for one in states
        if one.announced_at is not None
    )


def shown(states: Collection[ArticleState], now: datetime) -> tuple[Event, ...]:
    """The owner hides these articles no longer."""
    return tuple(
        event("article.updated", one.ulid, now, {"article": _article(one), "changed": []})
        for one in states
        if one.announced_at is not None
    )


_KEYS = {"updated_at": "date_modified", "published_at": "date_published"}


def _name(state: ArticleState) -> dict[str, object]:
    return {"id": state.id, "url": state.url, "title": _cut(state.title, "title")}


def _article(state: ArticleState) -> dict[str, object]:
    """The article under the names of index.json (contract section 4), without its text."""
    said: dict[str, Any] = {
        **_name(state),
        "summary": _cut(state.summary, "summary"),
        "image": state.image.url if state.image else None,
        "date_published": None if state.date_precision == "unknown" else _moment(state.published_at),
        "date_modified": _moment(state.updated_at) if state.updated_at else None,
        "authors": [{"name": one.name[:200]} for one in state.authors[:_MOST]],
        "tags": [tag[:100] for tag in state.tags[:_MOST]],
        "language": state.language,
        "kind": state.kind,
        "owners": list(state.owners[:_MOST]),
    }
    return {name: value for name, value in said.items() if value not in (None, [], "")}


def _cut(text: str, name: str) -> str:
    most = _LONGEST[name]
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


# ── sources ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def of_source(before: PollState, after: PollState) -> tuple[Event, ...]:
    """Incidents that began or ended with this poll: each told once when it begins, once when it is over."""
    at = after.last_poll_at
    if at is None:
        return ()
    return tuple(event(type_, after.source_key, at, data) for type_, data in _incidents(before, after))


def _incidents(before: PollState, after: PollState) -> Iterator[tuple[EventType, dict[str, object]]]:
    said: dict[str, object] = {
        "source": after.source_key,
        "state": after.state,
        "failures": after.failures,
        "error": after.error,
    }
    failed, fails = incidents.broken(before), incidents.broken(after)
    spoke, silent = before.silent_since is None, after.silent_since
    if fails and not failed:
        yield "source.failing", {**said, "error_code": after.error_code}
    if silent is not None and spoke:
        yield "source.silent", {**said, "last_post": _moment(silent)}
    if (failed and after.error is None) or (silent is None and not spoke):
        yield "source.recovered", said
    if after.feed_url is not None and after.feed_url != before.feed_url:
        yield "source.moved", {**said, "feed_url": after.feed_url}
    if after.gap and not before.gap:
        yield "source.gap", {**said, "since": _moment(before.last_poll_at) if before.last_poll_at else None}
