"""What the store knows of words: which terms stand, how tags are written, what sources are called."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, exists, func, select, true

from aggregator.model import SourceRef
from aggregator.store import terms
from aggregator.store.schema import article_terms, articles, sources
from aggregator.store.types import among, listed
from aggregator.store.values import indexed


def standing(connection: Connection, wanted: Collection[str]) -> frozenset[str]:
    """Those of these terms under which there is an article."""
    known = {indexed(term): term for term in wanted}
    asked = listed(connection, known.keys())
    t = article_terms.alias()
    found = exists(select(t.c.ulid).where(t.c.term == asked, t.c.alive.is_(true())))
    return frozenset(known[term] for term in connection.scalars(select(asked).where(found)))


def titles(connection: Connection) -> Mapping[str, str]:
    """What every source is called, by key: the config's title, else the document's, else its id."""
    title = func.coalesce(sources.c.title, sources.c.feed_title, sources.c.id)
    return {row.key: row.title for row in connection.execute(select(sources.c.key, title.label("title")))}


def source_refs(connection: Connection, keys: Collection[str]) -> Mapping[str, SourceRef]:
    """Those of these sources that are there, by key: an address that was adopted after a permanent move counts."""
    c = sources.c
    found = select(c.key, c.id, c.kind, c.title, c.feed_title, c.home_page_url, c.feed_home_page_url, c.icon)
    found = found.add_columns(c.feed_url, c.poll).where(among(c.key, keys))
    return {
        row.key: SourceRef(
            id=row.id,
            title=row.title or row.feed_title or row.id,
            kind=row.kind,
            url=row.home_page_url or row.feed_home_page_url,
            feed_url=row.poll.get("feed_url") or row.feed_url,
            icon=row.icon,
        )
        for row in connection.execute(found)
    }


def labels(connection: Connection, owner: str | None, slugs: Collection[str]) -> Mapping[str, str]:
    """How the newest article of this owner (None: of anyone) under each of these tags writes it."""
    wanted = {indexed(terms.tag(slug)): slug for slug in slugs}
    d, o = article_terms.alias(), article_terms.alias()
    asked = listed(connection, wanted.keys())
    newest = select(d.c.ulid).where(d.c.term == asked, d.c.alive.is_(true()))
    if owner is not None:
        of_owner = (o.c.ulid == d.c.ulid, o.c.term == indexed(terms.owner(owner)), o.c.alive.is_(true()))
        newest = newest.where(exists(select(o.c.ulid).where(*of_owner)))
    newest = newest.order_by(d.c.published_at.desc(), d.c.rank.desc(), d.c.ulid.desc()).limit(1)
    found = connection.execute(select(asked.label("term"), newest.scalar_subquery().label("ulid"))).all()
    ulids = {row.ulid for row in found if row.ulid is not None}
    rows = connection.execute(select(articles.c.ulid, articles.c.value).where(among(articles.c.ulid, ulids)))
    written = {row.ulid: row.value.get("tag_labels", {}) for row in rows}
    named = {wanted[row.term]: written.get(row.ulid, {}).get(wanted[row.term]) for row in found}
    return {slug: label for slug, label in named.items() if label}
