"""Every table as the statements see it; how a database gets there is told by the migrations in ``alembic/``."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

from aggregator.store.types import Id, Json, Key, Moment

HEAD = "0007"
"""The revision this program works with; revisions are numbered, so older and newer can be told apart."""

metadata = MetaData()

owners = Table(
    "owners",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),  # whole seconds, grows with every change of what is published
)

sources = Table(
    "sources",
    metadata,
    Column("key", Key, primary_key=True),
    Column("owner", Key, ForeignKey("owners.id"), nullable=False),
    Column("id", Key, nullable=False),
    # what the config says
    Column("kind", Text, nullable=False),
    Column("title", Text),
    Column("feed_url", Text, nullable=False),
    Column("home_page_url", Text),
    Column("lane", Key, nullable=False),  # sources.lane of the address that is asked
    Column("enabled", Boolean, nullable=False),
    Column("founding", Boolean, nullable=False),
    Column("imported", Boolean, nullable=False),  # holds what came from a file and stands in no config: never polled
    Column("created_at", Moment, nullable=False),
    Column("removed_at", Moment),
    # what the document says
    Column("feed_title", Text),
    Column("feed_home_page_url", Text),
    Column("icon", Text),
    # who polls it
    Column("lease_by", Text),
    Column("lease_until", Moment),
    # model.PollState
    Column("next_poll_at", Moment, nullable=False),
    Column("lane_free_at", Moment),
    Column("poll", Json, nullable=False),
)
pollable = sources.c.removed_at.is_(None) & sources.c.enabled.is_(true())
Index("sources_due", sources.c.next_poll_at, sources.c.key, sqlite_where=pollable, postgresql_where=pollable)
Index(
    "sources_lane",
    *(sources.c.lane, sources.c.next_poll_at, sources.c.key),
    sqlite_where=pollable,
    postgresql_where=pollable,
)
leased = sources.c.lease_until.is_not(None)
Index("sources_leased", sources.c.lease_until, sqlite_where=leased, postgresql_where=leased)
resting = sources.c.lane_free_at.is_not(None)
Index("sources_resting", sources.c.lane_free_at, sqlite_where=resting, postgresql_where=resting)

poll_log = Table(
    "poll_log",
    metadata,
    Column("source_key", Key, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("outcome", Text, nullable=False),  # "changed", "recovered", or the code of the failure
    Column("message", Text),
    Column("ms", Integer),
    Column("new", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("merged", Integer, nullable=False),
    sqlite_with_rowid=False,
)
Index("poll_log_at", poll_log.c.at)

articles = Table(
    "articles",
    metadata,
    Column("ulid", Key, primary_key=True),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("language", Text),
    Column("published_at", Moment, nullable=False),
    Column("announced_at", Moment),
    Column("updated_at", Moment),
    Column("changed_at", Moment, nullable=False),
    Column("value", Json, nullable=False),
    Column("content_html", Text, nullable=False),  # last: what stands before it is read without it
)
Index("articles_changed", articles.c.changed_at)

# Under each term one row per article. A row that is no longer true is kept (alive = false) if the article was ever
# announced: its slot in the feeds of that term stays taken, so that nothing older slides back into them.
article_terms = Table(
    "article_terms",
    metadata,
    Column("ulid", Key, primary_key=True),
    Column("term", Key, primary_key=True),
    Column("alive", Boolean, nullable=False),
    Column("kind", Key, nullable=False),
    Column("published_at", Moment, nullable=False),
    Column("announced_at", Moment),
    Column("rank", Integer, nullable=False),  # of equal moments the greater comes first: -position
    sqlite_with_rowid=False,
)
_t = article_terms.c
alive = _t.alive.is_(true())
announced = _t.announced_at.is_not(None)
Index(
    "article_terms_published",
    *(_t.term, _t.published_at, _t.rank, _t.ulid, _t.kind, _t.alive),  # alive: SQLite reads it though it is given
    sqlite_where=alive,
    postgresql_where=alive,
)
Index(
    "article_terms_announced",
    *(_t.term, _t.announced_at, _t.published_at, _t.rank, _t.ulid, _t.kind, _t.alive),
    sqlite_where=announced,
    postgresql_where=announced,
)

# In how many articles that are alive a term stands within a scope (store/counts.py).
article_counts = Table(
    "article_counts",
    metadata,
    Column("scope", Key, primary_key=True),
    Column("term", Key, primary_key=True),
    Column("kind", Key, primary_key=True),
    Column("n", Integer, nullable=False),
    Column("announced", Integer, nullable=False),  # of them: subscribers of the scope had it
    sqlite_with_rowid=False,
)

# Beside it stands article_words (store/fulltext.py), which each engine keeps in its own way.
article_search = Table(
    "article_search",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),  # of the row in article_words; the newest has the greatest
    Column("ulid", Key, nullable=False, unique=True),
    Column("digest", Text, nullable=False),  # of what article_words holds of it
)

# Words of titles and tags, each under itself and under what is left of it without any one letter (text/search.py). A
# word that no article has any more stays: looked for, it is not found.
near_words = Table(
    "near_words",
    metadata,
    Column("variant", Key, primary_key=True),
    Column("word", Key, primary_key=True),
    sqlite_with_rowid=False,
)

retired = Table(
    "retired",
    metadata,
    Column("ulid", Key, primary_key=True),
    Column("into_ulid", Key, nullable=False),
    Column("at", Moment, nullable=False),
    Column("value", Json, nullable=False),  # model.ArticleState as it was, but for the content
    sqlite_with_rowid=False,
)

# Articles without a place in the feeds that wait for the owner's word, or for the end of a day.
held = Table(
    "held",
    metadata,
    Column("ulid", Key, primary_key=True),
    Column("source_key", Key, nullable=False),
    Column("at", Moment, nullable=False),
    Column("recent", Boolean, nullable=False),  # announced when the day has passed
    sqlite_with_rowid=False,
)

copies = Table(
    "copies",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("source_key", Key, nullable=False),
    Column("source_id", Key, nullable=False),
    Column("owner", Key, nullable=False),
    Column("kind", Text, nullable=False),
    Column("guid", Key, nullable=False),
    Column(
        "article",
        Key,
        ForeignKey("articles.ulid", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("born", Key, nullable=False),
    Column("url", Text),
    Column("published_at", Moment, nullable=False),
    Column("date_precision", Text, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("founding", Boolean, nullable=False),
    Column("announce", Boolean, nullable=False),
    Column("own_site", Boolean, nullable=False),
    # what stands under this copy in copy_keys and copy_samples, so that it can be taken out without a second index
    Column("index_keys", Json, nullable=False),
    Column("index_samples", LargeBinary, nullable=False),
    Column("value", Json, nullable=False),
    Column("signature_body", LargeBinary, nullable=False),
    Column("signature_lead", LargeBinary, nullable=False),
    Column("signature_summary", LargeBinary, nullable=False),
    Column("content_html", Text, nullable=False),
    UniqueConstraint("source_key", "guid", name="copies_guid"),
)
Index("copies_article", copies.c.article)
Index("copies_posted", copies.c.source_key, copies.c.published_at, copies.c.date_precision)

copy_keys = Table(
    "copy_keys",
    metadata,
    Column("key", Key, primary_key=True),
    Column("copy_id", Id, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

copy_samples = Table(
    "copy_samples",
    metadata,
    Column("sample", Id, primary_key=True, autoincrement=False),  # 32-bit, unsigned
    Column("copy_id", Id, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# One row per copy whose own page is to be read, or was; a row that is done keeps the page from being asked again.
pages = Table(
    "pages",
    metadata,
    Column("copy_id", Id, primary_key=True, autoincrement=False),
    Column("due_at", Moment),  # null: done, or given up
    Column("attempts", Integer, nullable=False),  # visits begun
    Column("read_at", Moment),  # when the page was read to its end
    Column("outcome", Text),  # of the last visit
    Column("facts", Json),  # model.PageFacts, where the entry was written by hand
)
awaited = pages.c.due_at.is_not(None)
Index("pages_due", pages.c.due_at, pages.c.copy_id, sqlite_where=awaited, postgresql_where=awaited)

# One row per source whose history is read, or was.
backfills = Table(
    "backfills",
    metadata,
    Column("source_key", Key, primary_key=True),
    Column("feed_url", Text, nullable=False),  # of the source when it began: another one has another history
    Column("state", Text, nullable=False),  # model.BackfillState
    Column("articles", Integer, nullable=False),  # that it brought
    Column("failures", Integer, nullable=False),  # in a row
    Column("message", Text),
    Column("due_at", Moment, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("lease_by", Text),
    Column("lease_until", Moment),
)

# One row per address of a history; one that was asked stays, so that it is not asked again.
backfill_pages = Table(
    "backfill_pages",
    metadata,
    Column("source_key", Key, primary_key=True),
    Column("url", Key, primary_key=True),
    Column("number", Integer, nullable=False),  # the order of asking
    Column("part", Text, nullable=False),  # model.BackfillPart
    Column("done_at", Moment),
    Column("outcome", Text),
    Column("marks", Json, nullable=False),  # of the entries on it, to see a page again under another address
    sqlite_with_rowid=False,
)

# One row per source that a hub was found for; a row whose source is gone is kept until the hub was told.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("source_key", Key, primary_key=True),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("token", Key, nullable=False, unique=True),
    Column("secret", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Moment, nullable=False),  # when the hub is to be asked next
    Column("asked_at", Moment),
    Column("lease_until", Moment),
    Column("pushed_at", Moment),  # null: nothing was delivered since the hub verified, or something came without a push
    Column("failures", Integer, nullable=False),
    Column("error", Text),
)
Index("subscriptions_due", subscriptions.c.due_at, subscriptions.c.source_key)

verdicts = Table(
    "verdicts",
    metadata,
    Column("a", Id, primary_key=True, autoincrement=False),
    Column("b", Id, primary_key=True, autoincrement=False),
    Column("rule", Text, nullable=False),
    Column("linked", Boolean, nullable=False),
    Column("joined", Boolean, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("decided_at", Moment),
    sqlite_with_rowid=False,
)
Index("verdicts_b", verdicts.c.b)
apart = verdicts.c.joined.is_(false())
Index("verdicts_apart", verdicts.c.a, verdicts.c.b, sqlite_where=apart, postgresql_where=apart)
joined = verdicts.c.joined.is_(true())
Index("verdicts_joined", verdicts.c.decided_at, sqlite_where=joined, postgresql_where=joined)

state = Table(
    "state",
    metadata,
    Column("name", Key, primary_key=True),
    Column("value", Json, nullable=False),
    sqlite_with_rowid=False,
)

# What happened, written in the transaction in which it happened. Who is told is decided right afterwards (routed).
events = Table(
    "events",
    metadata,
    Column("id", Key, primary_key=True),
    Column("type", Text, nullable=False),
    Column("subject", Key, nullable=False),
    Column("at", Moment, nullable=False),
    Column("data", Json, nullable=False),
    Column("routed", Boolean, nullable=False),
)
unrouted = events.c.routed.is_(false())
Index("events_unrouted", events.c.at, events.c.id, sqlite_where=unrouted, postgresql_where=unrouted)
Index("events_at", events.c.at)

# One row per event and receiver that is told of it.
deliveries = Table(
    "deliveries",
    metadata,
    Column("event_id", Key, ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    Column("receiver", Key, primary_key=True),
    Column("state", Text, nullable=False),  # model.DeliveryState
    Column("attempts", Integer, nullable=False),
    Column("due_at", Moment),  # null: nothing is tried any more; a claim puts it off for as long as an attempt may take
    Column("tried_at", Moment),
    Column("doubtful_since", Moment),
    Column("status", Integer),
    Column("message", Text),
    sqlite_with_rowid=False,
)
on_the_way = deliveries.c.due_at.is_not(None)
Index(
    "deliveries_due",
    *(deliveries.c.due_at, deliveries.c.event_id, deliveries.c.receiver),
    sqlite_where=on_the_way,
    postgresql_where=on_the_way,
)
Index("deliveries_receiver", deliveries.c.receiver, deliveries.c.state)

receivers = Table(
    "receivers",
    metadata,
    Column("name", Key, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("disabled_at", Moment),
    sqlite_with_rowid=False,
)

# What was told of on a network, for ever: by account, the ulid of the article and the ids of its copies.
told = Table(
    "told",
    metadata,
    Column("account", Key, primary_key=True),
    Column("what", Key, primary_key=True),
    Column("event_id", Key, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

# How published output read when somebody was last told that it changed: "output", and feeds by their path.
echoes = Table(
    "echoes",
    metadata,
    Column("name", Key, primary_key=True),
    Column("digest", Text),
    Column("revision", Integer, nullable=False),  # of the store that was looked at last
    Column("looked_at", Moment),
    Column("changed_at", Moment),  # null: nothing changed since it was looked at
    Column("first_changed_at", Moment),
    Column("told_at", Moment),
    Column("lease_until", Moment),
    sqlite_with_rowid=False,
)

# Who fetches what: one row per day, document and family of readers; nobody can be told apart by it.
audience = Table(
    "audience",
    metadata,
    Column("day", Moment, primary_key=True),
    Column("document", Key, primary_key=True),  # its path
    Column("reader", Key, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),  # of them, those that were answered 304
    Column("subscribers", BigInteger, nullable=False),  # that the reader said it fetches for; 0: it said nothing
    sqlite_with_rowid=False,
)
