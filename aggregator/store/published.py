"""Articles as documents show them, put together from the rows of articles, copies and sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from aggregator.model import Article, CopyRef, SourceRef
from aggregator.store.codec import build
from aggregator.store.kept import Kept
from aggregator.store.schema import articles, copies, owners, sources
from aggregator.store.types import among
from aggregator.store.values import ARTICLE, Row


def articles_of(
    connection: Connection, ulids: Sequence[str], with_content: bool, kept: Kept | None = None
) -> tuple[Article, ...]:
    """The articles of ``ulids``, in that order; ``kept``: what need not be read again."""
    known = kept.articles(ulids, with_content) if kept else {}
    read = _read(connection, [ulid for ulid in ulids if ulid not in known], with_content)
    if kept:
        kept.keep(read, with_content)
    found = known | {one.ulid: one for one in read}
    return tuple(found[ulid] for ulid in ulids if ulid in found)


def _read(connection: Connection, ulids: Sequence[str], with_content: bool) -> tuple[Article, ...]:
    if not ulids:
        return ()
    columns = [column for column in articles.c if with_content or column.name != "content_html"]
    rows = connection.execute(select(*columns).where(among(articles.c.ulid, ulids))).mappings()
    states = {row["ulid"]: row for row in rows}
    places: dict[str, list[Row]] = {ulid: [] for ulid in states}
    for row in connection.execute(_copies(ulids)).mappings():
        places[row["article"]].append(row)
    return tuple(_article(states[ulid], places[ulid]) for ulid in ulids if ulid in states)


def _copies(ulids: Sequence[str]) -> Select[Any]:
    # a removed source keeps its row; what was written by hand has an owner, but no row of its own among the sources
    title = func.coalesce(sources.c.title, sources.c.feed_title, owners.c.name, copies.c.source_id)
    return (
        select(
            *(copies.c[name] for name in ["id", "article", "source_key", "source_id", "kind", "url", "published_at"]),
            *(copies.c[name] for name in ("date_precision", "first_seen_at")),
            title.label("title"),
            func.coalesce(sources.c.home_page_url, sources.c.feed_home_page_url).label("home_page_url"),
            *(sources.c[name] for name in ("feed_url", "poll", "icon")),
        )
        .outerjoin_from(copies, sources, sources.c.key == copies.c.source_key)
        .outerjoin(owners, (owners.c.id == copies.c.owner) & sources.c.key.is_(None))
        .where(among(copies.c.article, ulids))
        .order_by(copies.c.id)
    )


def _article(row: Row, rows: Sequence[Row]) -> Article:
    chosen = row["value"]["canonical"]
    canonical = next((one for one in rows if one["id"] == chosen), rows[0])
    return build(
        Article,
        row["value"],
        **{name: row[name] for name in ARTICLE},
        content_html=row.get("content_html", ""),
        source=_source(canonical),
        copies=_refs(rows, canonical),
    )


def _source(copy: Row) -> SourceRef:
    adopted = copy["poll"]["feed_url"] if copy["poll"] else None
    return SourceRef(
        id=copy["source_id"],
        title=copy["title"],
        kind=copy["kind"],
        url=copy["home_page_url"],
        feed_url=adopted or copy["feed_url"],
        icon=copy["icon"],
    )


def _refs(rows: Iterable[Row], canonical: Row) -> tuple[CopyRef, ...]:
    """One for each place, the canonical first, then by date."""
    places: dict[str, list[Row]] = {}
    for row in rows:
        places.setdefault(row["source_key"], []).append(row)
    refs = {key: _ref(place, canonical) for key, place in places.items()}

    def order(key: str) -> tuple[bool, bool, float, str]:
        ref = refs[key]
        dated = ref.date_published
        return not ref.canonical, dated is None, 0 if dated is None else dated.timestamp(), key

    return tuple(refs[key] for key in sorted(refs, key=order))


def _ref(place: Sequence[Row], canonical: Row) -> CopyRef:
    """A place that carried the work twice is named by its newest address and its earliest date."""
    newest = canonical if canonical in place else max(place, key=lambda row: (row["first_seen_at"], row["id"]))
    dates = [row["published_at"] for row in place if row["date_precision"] != "unknown"]
    return CopyRef(
        source=newest["source_id"],
        title=newest["title"],
        url=newest["url"],
        date_published=min(dates, default=None),
        canonical=newest is canonical,
    )
