"""The nouns that flow through the house: frozen values, in the order in which they come to be.

``_at`` marks a moment (aware, UTC), ``_s`` a number of seconds. Names follow RFC 4287 and JSON Feed 1.1 where these
have one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeVar

S = TypeVar("S")
T = TypeVar("T")

Precision = Literal["second", "day", "month", "year", "unknown"]
Direction = Literal["ltr", "rtl"]
ContentPolicy = Literal["full", "summary"]
SourceState = Literal["new", "ok", "failing", "blocked", "gone"]
WRITTEN = "entries"  # the kind of what an owner wrote by hand in the config

# ── config ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Source:
    """One place where an owner publishes, resolved from the config: what to ask for and how to treat it."""

    key: str  # "{owner}/{id}", unique in the whole config
    owner: str
    id: str
    kind: str  # name of a file in sources/kinds
    feed_url: str
    home_page_url: str | None = None
    title: str | None = None
    author: str | None = None  # only this author's entries
    include: tuple[tuple[str, str], ...] = ()  # (field, pattern)
    exclude: tuple[tuple[str, str], ...] = ()
    interval_s: int | None = None
    content: ContentPolicy = "full"
    section: str | None = None
    enabled: bool = True
    backfill: int | None = 0  # articles beyond the feed's window: None = all
    own_site: bool = False  # on the owner's own domain: what `prefer: [site]` means
    options: tuple[tuple[str, str], ...] = ()  # what a kind whose value is a mapping was told: (key, text)


@dataclass(frozen=True, slots=True)
class Site:
    """What the whole service is called and where the world reaches it."""

    title: str
    base_url: str  # without a trailing slash; the only origin of addresses in documents
    hubs: tuple[str, ...] = ()  # that are told of changed feeds (WebSub), and named in them


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """How this service behaves towards servers."""

    contact: str | None = None
    allow_private: tuple[str, ...] = ()  # hosts, host:port or CIDRs
    min_interval_s: int = 3600
    host_concurrency: int = 1
    host_interval_s: float = 1.0
    concurrency: int = 64
    timeout_s: float = 30.0
    max_bytes: int = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Category:
    """A named group of tags."""

    id: str
    label: str
    tags: tuple[str, ...]
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """An ordered reading list; ``entries`` are addresses of copies."""

    id: str
    title: str
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """An entry written by hand in the config; the owner's words, kept as they are."""

    title: str | None
    kind: str = "article"
    url: str | None = None
    summary: str | None = None
    publisher: str | None = None
    date: str | None = None  # "2018", "2018-12", "2018-12-31" or RFC 3339
    tags: tuple[str, ...] = ()
    metrics: tuple[tuple[str, str], ...] = ()
    section: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """A person or team whose writing is collected, with everything said about it in the config."""

    id: str
    name: str
    home_page_url: str | None = None
    prefer: tuple[str, ...] = ("site", "dev", "medium")
    sources: tuple[Source, ...] = ()
    entries: tuple[Written, ...] = ()
    tag_labels: Mapping[str, str] = field(default_factory=dict)  # slug -> label
    tag_aliases: Mapping[str, str] = field(default_factory=dict)  # alias slug -> slug
    categories: tuple[Category, ...] = ()
    tracks: tuple[Track, ...] = ()
    featured: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    same: tuple[tuple[str, ...], ...] = ()
    different: tuple[tuple[str, ...], ...] = ()
    canonical: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver of events."""

    url: str = field(repr=False)  # deploy hooks carry their secret in it
    kind: str = "standard"  # "deploy", "github"
    secrets: tuple[str, ...] = field(default=(), repr=False)  # every one signs: the new and the old one for a while
    events: tuple[str, ...] = ()  # empty: all
    id: str | None = None  # what it is called in lists
    event_type: str = ""  # "github" only: of the repository_dispatch


@dataclass(frozen=True, slots=True)
class Account:
    """An account on a network that new articles are announced on."""

    kind: str  # "mastodon" or "bluesky"
    name: str  # for people: the instance, or the handle
    url: str  # of the instance, or of the server of the account
    secret: str = field(repr=False)  # access token, or app password
    template: str = "{title}\n\n{url}"
    owners: tuple[str, ...] = ()  # whose articles; empty: everybody's
    tags: tuple[str, ...] = ()  # only those with one of them; empty: all
    visibility: str = "public"  # Mastodon only
    after_s: int = 300  # so long an article has to be joined with its copies before it is told
    id: str | None = None  # what it is called, where two accounts are on one instance


@dataclass(frozen=True, slots=True)
class Alert:
    """Somebody who is told of incidents, by mail or on ntfy."""

    kind: str  # "mail" or "ntfy"
    url: str = field(default="", repr=False)  # of the topic; a topic on a public server is as good as a secret
    to: tuple[str, ...] = field(default=(), repr=False)  # addresses of mail
    sender: str = ""
    host: str = ""  # of the mail server
    port: int = 0
    security: str = "starttls"  # "tls": from the first byte on; "none"
    user: str = ""
    secret: str = field(default="", repr=False)  # password, or ntfy's access token
    events: tuple[str, ...] = ()  # empty: all incidents
    id: str | None = None  # what it is called in lists


@dataclass(frozen=True, slots=True)
class Calm:
    """How often those who build something from the published output are told that it changed."""

    quiet_s: int = 300  # nothing changed for so long
    apart_s: int = 900  # the last time is at least so long ago


@dataclass(frozen=True, slots=True)
class Config:
    """The whole config, checked and resolved."""

    site: Site
    database_url: str = field(repr=False)
    fetch: FetchPolicy
    owners: tuple[Owner, ...]
    webhooks: tuple[Webhook, ...] = ()
    announce_days: int = 7  # a new source announces what is at most this old ...
    announce_entries: int = 5  # ... and at most this many; the rest goes to the index only
    accounts: tuple[Account, ...] = ()
    alerts: tuple[Alert, ...] = ()
    deploy: Calm = Calm()

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every source of every owner, in config order."""
        return tuple(source for owner in self.owners for source in owner.sources)


# ── fetch ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask "has it changed?" with, byte for byte (RFC 9110 section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None  # the address that gave them, if a redirect led there; None: the one that was asked


@dataclass(frozen=True, slots=True)
class Request:
    """One conditional GET."""

    url: str
    validators: Validators = Validators()
    accept: str = (
        "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, "
        "application/json;q=0.8, text/xml;q=0.8, */*;q=0.1"
    )
    kind: str = "feed"  # the source's: a platform's custom domains stand under its rate limit
    form: tuple[tuple[str, str], ...] = ()  # to be sent by POST; the answer's body is not read then


@dataclass(frozen=True, slots=True)
class Freshness:
    """How long the server says an answer is good for, seconds relative to the server's own Date (RFC 9111)."""

    max_age_s: int | None = None
    expires_in_s: int | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """200 with a body: decoded, within the byte cap, complete."""

    url: str  # where the bytes came from, after redirects
    status: int
    body: bytes
    content_type: str  # as sent, parameters included; "" if absent
    validators: Validators
    freshness: Freshness
    permanent_url: str | None = None  # target of an unbroken chain of 301/308 from the asked URL
    links: tuple[tuple[str, str], ...] = ()  # (rel, href) of the Link header


@dataclass(frozen=True, slots=True)
class NotModified:
    """304: what we hold is current."""

    validators: Validators
    freshness: Freshness
    permanent_url: str | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """410, or a 404: the document is not there (any more)."""

    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Throttled:
    """429, or 503 with Retry-After: come back later."""

    status: int
    retry_after_s: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Everything else, in the owner's words. ``code`` is the class name in the error tree."""

    code: str
    message: str
    status: int | None = None
    retry_after_s: int | None = None


Outcome = Fetched | NotModified | Gone | Throttled | Failed


@dataclass(frozen=True, slots=True)
class Rule:
    """How a site without a feed is read: found once, kept between polls, found again only when it breaks."""

    rung: str  # of parse.listing's ladder, or "feed": the site has one
    path: str = ""  # of "links": the elements above one, outermost first; of "sitemap": the folder of the articles
    known: tuple[str, ...] = ()  # keys of addresses that it gave last, the first of them
    found: int = 0  # how many that were
    options: tuple[tuple[str, str], ...] = ()  # the owner's selectors that it goes by
    misses: int = 0  # reads in a row that gave nothing


@dataclass(frozen=True, slots=True)
class PollState:
    """What is remembered about a source between polls: validators, cadence, health."""

    source_key: str
    next_poll_at: datetime
    lane_free_at: datetime | None = None  # until then nobody else in its lane is asked
    validators: Validators = Validators()
    body_hash: str | None = None  # blake2b of the last body that was read completely
    state: SourceState = "new"
    failures: int = 0  # in a row
    error: str | None = None  # in the owner's words; None when the last poll was fine
    error_code: str | None = None
    last_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    last_change_at: datetime | None = None
    unconditional_at: datetime | None = None  # last time a full body came
    verify_at: datetime | None = None  # from then on its 304s are doubted, until a full body came
    proven: bool = False  # it has answered a conditional request with news: its validators tell the truth
    lying: bool = False  # it has answered 304 though it had news
    moved_url: str | None = None  # target of a permanent redirect seen `moved_count` times in a row
    moved_count: int = 0
    feed_url: str | None = None  # adopted after a permanent move; None: the config's
    gone_since: datetime | None = None  # first of an unbroken run of 404 and 410 answers
    gone_count: int = 0  # 410 answers in that run
    ttl_s: int | None = None  # what the last document read asked for: a 304 does not repeat it
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    rule: Rule | None = None  # how its page is read; kinds that read pages only
    read_as: str | None = None  # digest of the owner's wishes by which the last document was read: filters, section
    gap: bool = False  # the last changed document shared no entry with what was known: some may have been missed
    empty: int = 0  # answers in a row with no entry at all, of a source that had some (incidents.emptied)
    recovered_at: datetime | None = None  # when its last incident ended (incidents.broken)
    silent_since: datetime | None = None  # its last post, when it is silent beyond its habit (incidents.silence)


SubscriptionState = Literal["wanted", "verified", "denied", "leaving"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a hub was asked for about one source (WebSub 1.0), and what it said."""

    source_key: str
    hub: str
    topic: str
    token: str = field(repr=False)  # the end of our callback's address
    secret: str = field(repr=False)
    state: SubscriptionState
    due_at: datetime  # when the hub is to be asked next
    asked_at: datetime | None = None
    lease_until: datetime | None = None
    pushed_at: datetime | None = None  # last delivery; None: none, or news came without one
    failures: int = 0  # in a row
    error: str | None = None  # in the owner's words


# ── parse ───────────────────────────────────────────────────────────────────────────────────────────────────────────

TextType = Literal["text", "html"]


@dataclass(frozen=True, slots=True)
class RawText:
    """A text construct (RFC 4287 section 3.1) as the document carries it: not trusted, not cleaned."""

    value: str = ""
    type: TextType = "text"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who wrote; in RawEntry untrusted, in Entry plain text and http(s) only."""

    name: str
    url: str | None = None
    avatar: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A lead image."""

    url: str
    width: int | None = None
    height: int | None = None
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One item of a document: decoded, addresses absolute where a base was known, nothing trusted."""

    guid: str | None
    url: str | None
    title: RawText = RawText()
    summary: RawText = RawText()
    content: RawText = RawText()
    published: str | None = None  # the document's own string
    updated: str | None = None
    authors: tuple[Person, ...] = ()
    tags: tuple[str, ...] = ()
    image: Image | None = None
    language: str | None = None
    canonical_url: str | None = None  # atom:link rel=canonical, or a platform's own field
    base: str = ""  # relative addresses inside summary and content resolve against this
    in_reply_to: bool = False  # a comment on somebody's post (by structure, RFC 4685 and the like)
    reading_time_minutes: int | None = None  # where a platform tells


@dataclass(frozen=True, slots=True)
class Facts:
    """What a platform says of a source's articles beside the feed, and how to ask for it again."""

    url: str = ""  # where it says so
    entries: tuple[RawEntry, ...] = ()  # newest first; without texts
    validators: Validators = Validators()
    wait_until: datetime | None = None  # it asked to be left alone until then


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """One document, read."""

    format: str  # "rss20", "rss10", "atom10", "jsonfeed11", ...
    url: str  # where it was fetched
    title: str = ""
    home_page_url: str | None = None
    feed_url: str | None = None  # self
    language: str | None = None
    authors: tuple[Person, ...] = ()
    icon: str | None = None
    generator: str | None = None
    ttl_s: int | None = None  # <ttl>, sy:updatePeriod / sy:updateFrequency
    skip_hours: frozenset[int] = frozenset()  # UTC hours in which the feed asks not to be polled
    skip_days: frozenset[int] = frozenset()  # weekdays, Monday = 0
    hubs: tuple[str, ...] = ()
    next_url: str | None = None  # where what is older stands (RFC 5005), as the document says
    complete: bool = True  # False: the document was cut off or broken; what stands here may be less than was meant
    left_out: int = 0  # entries beyond what one document may have
    rule: Rule | None = None  # by which a page was read, for the next time
    entries: tuple[RawEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address at which a site may have a feed; nobody has looked yet."""

    url: str
    reason: str  # for the owner: "the page names it"
    rank: int  # the lower, the better


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that a site has: asked for and read."""

    url: str
    reason: str
    title: str
    entries: int


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What an article's own page says of it: addresses absolute http(s), text plain; believed by nobody so far."""

    canonical_url: str | None = None  # link rel=canonical in its head
    og_url: str | None = None  # og:url: weaker, because share buttons and templates fill it
    title: str = ""  # without the name of the site
    summary: str = ""
    image: Image | None = None
    published: str | None = None  # the page's own string, of a shape that text.dates reads
    updated: str | None = None
    authors: tuple[Person, ...] = ()
    publisher: str | None = None  # also the name of the site
    language: str | None = None  # BCP 47
    blocked: bool = False  # a challenge or an empty shell stood there; then nothing else is filled in


# ── normalize ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Signature:
    """What matching compares. Sets are sorted arrays of 32-bit hashes (``array('I')`` bytes), without repetition."""

    title_key: str = ""  # normalized words of the title, joined by one space
    body: bytes = b""  # 5-word shingles of the text, without boilerplate
    lead: bytes = b""  # 3-word shingles of the first 140 words
    summary: bytes = b""  # 3-word shingles of the summary, where it has 10 to 120 words
    words: int = 0  # words of the text
    digest: str = ""  # of all those words in their order; "" without text


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a hand-written story."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One copy, safe and comparable: absolute, sanitized, dated in UTC."""

    guid: str  # never empty: the document's, else the address, else a digest of title and text
    url: str | None
    title: str
    summary: str = ""  # plain text, at most 220 characters, cut at a word with "…"
    content_html: str = ""  # sanitized
    published: datetime | None = None  # None: no plausible date
    date_precision: Precision = "unknown"
    date_said: str | None = None  # what stands where the date should, if it cannot be believed
    updated: datetime | None = None
    authors: tuple[Person, ...] = ()
    tags: tuple[str, ...] = ()  # slugs
    tag_labels: Mapping[str, str] = field(default_factory=dict)  # slug -> as the source wrote it
    image: Image | None = None
    language: str | None = None  # BCP 47
    dir: Direction = "ltr"
    canonical_url: str | None = None  # where this copy says the original is, if elsewhere
    keys: tuple[str, ...] = ()  # identity keys: this address, for ever (sources.keys_of)
    declared: tuple[str, ...] = ()  # identity keys of the addresses it names as its original
    word_count: int = 0
    reading_time_minutes: int = 0
    kind: str = "article"
    publisher: str | None = None
    section: str | None = None
    metrics: tuple[Metric, ...] = ()
    position: int = 0  # of what has no date: its place in the owner's list, or in the document that brought it
    signature: Signature = Signature()


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item that was not taken, and why, in the owner's words."""

    title: str
    reason: str
    filter: str = ""  # the one of the source's filters that left it out, as its owner would write it


@dataclass(frozen=True, slots=True)
class Reading:
    """What one document came to: the pure half of a poll."""

    feed: ParsedFeed  # its entries left out
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """What one page of a source's history came to."""

    reading: Reading
    lists: tuple[str, ...] = ()  # addresses of pages with more of it, in the order in which to ask for them
    places: tuple[str, ...] = ()  # articles of which it says no more than where they are


@dataclass(frozen=True, slots=True)
class Piece:
    """One item of a file that somebody exported, as it lies there: nothing read, nothing trusted."""

    name: str  # its place in the file, for messages
    body: bytes
    told: tuple[tuple[str, str], ...] = ()  # what the file says of all its items: (name, value)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the items of an export are read with."""

    now: datetime
    origin: str = ""  # where the platform stands: https://dev.to, or another installation
    address: str = ""  # of an article, with {slug} and the like; "" where nobody told


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What some pieces of an export came to."""

    entries: tuple[Entry, ...] = ()
    skipped: tuple[Skipped, ...] = ()  # left out by rule: drafts, replies, what a filter refuses
    broken: tuple[Skipped, ...] = ()  # could not be read


# ── merge ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Copy:
    """An entry that is kept: what a source carries now, with what was recorded once and never changes."""

    id: int  # made once, ordered by time
    source_key: str
    owner: str
    entry: Entry
    published_at: datetime  # recorded at first sight, never changed (contract section 5.2)
    date_precision: Precision  # "unknown": first sight stands in for a date
    first_seen_at: datetime
    article: str  # ulid of the article it belongs to now
    born: str  # ulid of the first article that was ever its own: what it gets back after a split
    aliases: tuple[str, ...] = ()  # identity keys it had before (old guids, old addresses); sorted
    founding: bool = False  # came with the first fill of its owner: its date is its place in the feeds
    announce: bool = True  # False: back-filled, for the index only
    own_site: bool = False
    kind: str = "feed"  # the source's
    source_id: str = ""
    born_id: str = ""  # the tag URI of the article `born`, for when it comes to life again
    born_at: datetime | None = None  # when `born` was minted, unlike all it was compared with: the older id lives on
    crowded: tuple[str, ...] = ()  # of its keys and titles, those that turned out to name many works; sorted


@dataclass(frozen=True, slots=True)
class Probes:
    """Where to look for copies that might be the same work; opaque to the store."""

    keys: frozenset[str] = frozenset()
    samples: frozenset[int] = frozenset()  # 32-bit
    weak: frozenset[str] = frozenset()  # keys of which a copy must have two


@dataclass(frozen=True, slots=True)
class IndexRows:
    """Under what one copy is found again; opaque to the store."""

    copy_id: int
    keys: frozenset[str]
    samples: frozenset[int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One pair that was compared and mattered: joined, kept apart, or nearly joined."""

    a: int  # copy ids, a < b
    b: int
    rule: str  # "key", "link", "body", "title", ...
    linked: bool  # evidence enough to join, whatever else stood against it: an edge of the graph
    joined: bool  # both stand in one article now
    evidence: Mapping[str, str | float | int | bool] = field(
        default_factory=dict
    )  # both values, thresholds, in plain terms
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArticleState:
    """An article as it is kept: everything chosen from its copies, and what must not change."""

    ulid: str
    id: str  # tag URI
    owners: tuple[str, ...]
    canonical: int  # copy ids
    text: int  # the copy that the text comes from
    url: str | None
    title: str
    summary: str
    content_html: str
    published_at: datetime
    date_precision: Precision
    first_seen_at: datetime
    announced_at: datetime | None
    updated_at: datetime | None
    authors: tuple[Person, ...] = ()
    tags: tuple[str, ...] = ()
    tag_labels: Mapping[str, str] = field(default_factory=dict)
    image: Image | None = None
    language: str | None = None
    dir: Direction = "ltr"
    word_count: int = 0
    reading_time_minutes: int = 0
    kind: str = "article"
    publisher: str | None = None
    section: str | None = None
    slug: str = ""
    metrics: tuple[Metric, ...] = ()
    position: int = 0
    revision: int = 1
    lead: int = 0  # the copy that title, tags, authors and image come from first


@dataclass(frozen=True, slots=True)
class Hold:
    """A new article that is kept out of the feeds until its owner decides or a day passes."""

    ulid: str
    source_key: str  # that brought it, with too many others
    at: datetime
    recent: bool  # it goes out by itself when the day has passed; what is old stays in the index only


@dataclass(frozen=True, slots=True)
class Waiting:
    """An article that is held back, as it is now."""

    hold: Hold
    state: ArticleState
    known: bool  # subscribers have one of its copies as another article


@dataclass(frozen=True, slots=True)
class Known:
    """Everything in the store that the incoming entries could touch: whole connected components, never parts."""

    copies: tuple[Copy, ...] = ()
    articles: Mapping[str, ArticleState] = field(default_factory=dict)  # ulid -> state; retired ones are not here
    verdicts: tuple[Verdict, ...] = ()  # between those copies
    # Articles that one of those copies was born as and that are part of others now, as they were then but without
    # content: what comes to life again after a split is what subscribers knew.
    retired: Mapping[str, ArticleState] = field(default_factory=dict)
    held: Mapping[str, Hold] = field(default_factory=dict)  # those of the articles that are kept out of the feeds


@dataclass(frozen=True, slots=True)
class Seal:
    """What the ids of one database are made with; stored in it, so that a backup carries it."""

    secret: bytes = field(repr=False)
    tagging_entity: str  # "feeds.example.org,2026": who mints, and a year in which that was theirs (RFC 4151)


@dataclass(frozen=True, slots=True)
class Changes:
    """What one merge writes. Empty tuples: nothing changed, nothing is written."""

    copies: tuple[Copy, ...] = ()  # inserted or replaced by id
    index: tuple[IndexRows, ...] = ()  # for exactly those of `copies` whose index rows changed
    articles: tuple[ArticleState, ...] = ()  # inserted or replaced by ulid; a retired ulid among them lives again
    retired: Mapping[str, str] = field(default_factory=dict)  # ulid -> ulid of the article it is part of now
    minted: frozenset[str] = frozenset()  # ulids that nothing known has; whether they are free the store can tell
    verdicts: tuple[Verdict, ...] = ()  # replace all verdicts between copies of `judged`
    judged: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()  # copies that the owner took back
    gone: frozenset[str] = frozenset()  # ulids of the articles that have no copy left by that
    held: tuple[Hold, ...] = ()  # of `articles`, those that are kept out of the feeds for now
    new: int = 0  # copies never seen before
    updated: int = 0  # copies whose content changed
    merged: int = 0  # copies that joined an article that was there before


# ── articles ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SourceRef:
    """The source of a canonical copy, as documents name it."""

    id: str
    title: str
    kind: str
    url: str | None = None  # its page for people
    feed_url: str | None = None
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class CopyRef:
    """One copy, as documents name it."""

    source: str
    title: str  # the source's
    url: str | None
    date_published: datetime | None
    canonical: bool = False


@dataclass(frozen=True, slots=True)
class TrackRef:
    """Where an article stands in a reading list."""

    id: str
    title: str
    position: int  # from 1
    total: int
    previous: str | None = None  # addresses of its neighbours
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """The work itself, as it is published."""

    id: str  # tag URI, minted once
    ulid: str  # its last part; the id of redirects and of /api/articles/{id}
    owners: tuple[str, ...]  # config order is not known here: sorted
    url: str | None
    title: str
    summary: str
    published_at: datetime
    date_precision: Precision
    first_seen_at: datetime
    announced_at: datetime | None  # place in the feeds; None: index only
    source: SourceRef
    copies: tuple[CopyRef, ...]
    content_html: str = ""
    updated_at: datetime | None = None  # last significant change of the text
    authors: tuple[Person, ...] = ()
    tags: tuple[str, ...] = ()
    tag_labels: Mapping[str, str] = field(default_factory=dict)
    image: Image | None = None
    language: str | None = None
    dir: Direction = "ltr"
    word_count: int = 0
    reading_time_minutes: int = 0
    kind: str = "article"
    publisher: str | None = None
    section: str | None = None
    slug: str = ""
    featured: bool = False
    metrics: tuple[Metric, ...] = ()
    revision: int = 1
    position: int = 0
    track: TrackRef | None = None


# ── views ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Facet:
    """One value by which a view can be narrowed."""

    value: str
    label: str
    count: int
    url: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the path of a view narrows its scope to: ``/tag/kafka``."""

    by: str  # "tag", "category", "track", "source" or "kind"
    value: str
    label: str  # as people call it


class Fragments:
    """Parts of documents that were made already: the same article in the same words is in many views, and the same
    facets are on every page of one.

    It holds on to the ``most`` things that came last; parts are found for the very object that they were made of.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._made: dict[int, tuple[object, dict[object, object]]] = {}

    def of(self, thing: S, key: object, make: Callable[[S], T]) -> T:
        """What ``make`` makes of an article or of facets; ``key`` says all else that it depends on."""
        known = self._made.get(id(thing))
        if known is None:
            if len(self._made) >= self._most:
                self._made.pop(next(iter(self._made)))
            known = self._made[id(thing)] = (thing, {})
        parts: dict[object, Any] = known[1]
        if key not in parts:
            parts[key] = make(thing)
        made: T = parts[key]
        return made


@dataclass(frozen=True, slots=True)
class View:
    """A selection of articles with everything that its documents say about it; the one input of every format."""

    base_url: str  # site.base_url without a trailing slash
    path: str  # scope and narrowing: "" | "/asha" | "/asha/tag/kafka"
    query: str  # canonical query string without "?", "" if none
    title: str
    description: str
    home_page_url: str  # the view's page to read
    owner: str | None
    owner_url: str | None
    articles: tuple[Article, ...]
    total: int
    updated_at: datetime  # last change of anything in it; never a clock
    next_query: str | None = None  # query string of the following page
    content: Literal["full", "summary", "title"] = "full"
    language: str | None = None
    authors: tuple[Person, ...] = ()
    facets: Mapping[str, tuple[Facet, ...]] = field(default_factory=dict)
    hubs: tuple[str, ...] = ()
    owner_names: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[SourceRef, ...] = ()  # where its articles come from; for formats without articles
    q: str = ""  # what was searched for, "" if nothing
    site_title: str = ""
    narrowing: Narrowing | None = None
    featured: tuple[Article, ...] = ()  # of the whole scope, however old; for formats that show them first
    fragments: Fragments | None = field(default=None, compare=False, repr=False)  # shared by views of one config


# ── store ───────────────────────────────────────────────────────────────────────────────────────────────────────────

Order = Literal["published", "announced", "updated", "relevance"]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in an order: what comes after it is older."""

    at: datetime  # published_at, announced_at, or updated_at (else published_at)
    published_at: datetime
    rank: int  # of equal moments the greater came first; by relevance the step of the search (store/search.py)
    ulid: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which articles, in which order. A term is "{prefix}:{value}" (store/terms.py)."""

    owner: str | None = None
    any_of: tuple[tuple[str, ...], ...] = ()  # of each group at least one
    none_of: tuple[str, ...] = ()
    # newest first; "announced" is the order of the feeds and holds nothing index-only, "relevance" is that of `q`
    order: Order = "published"
    limit: int = 30
    after: Cursor | None = None
    hidden: frozenset[str] = frozenset()  # ulids not to show; in announced order they keep their slot
    only: frozenset[str] | None = None  # ulids: nothing else
    since: datetime | None = None  # published_at
    updated_since: datetime | None = None  # updated_at, else published_at
    q: str = ""  # what is searched for (text/query.py); "" is no search
    with_content: bool = False


@dataclass(frozen=True, slots=True)
class Selected:
    """One page of a selection."""

    articles: tuple[Article, ...]
    total: int  # of all pages; of a search counted up to a number (store/search.py)
    last: Cursor | None = None  # where the next page begins; None: there is none


@dataclass(frozen=True, slots=True)
class Flood:
    """What is held back of one source."""

    count: int  # articles
    recent: int  # of them, those that go out by themselves when their day has passed
    since: datetime  # when the first of them came


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source as the store knows it: what the config said last, its health, what came of it."""

    key: str
    owner: str
    id: str
    kind: str
    title: str  # the config's, else the document's, else the id
    feed_url: str  # what is polled: the config's, or the one adopted after a permanent move
    home_page_url: str | None
    icon: str | None
    enabled: bool
    founding: bool  # came into the config together with its owner
    imported: bool  # came from a file, and stands in no config
    created_at: datetime
    removed_at: datetime | None  # gone from the config, not yet pruned
    lease_until: datetime | None
    state: PollState
    copies: int = 0
    articles: int = 0
    flood: Flood | None = None


@dataclass(frozen=True, slots=True)
class Leaver:
    """A source that the config no longer has, and what goes if it is forgotten together with all other such ones."""

    key: str
    kind: str
    title: str
    feed_url: str
    removed_at: datetime
    copies: int
    articles_gone: int  # that have no copy anywhere else
    articles_kept: int  # that have one


@dataclass(frozen=True, slots=True)
class Left:
    """An article with a copy in such a source."""

    ulid: str
    id: str
    title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Leaving:
    """Everything that would be forgotten."""

    sources: tuple[Leaver, ...]
    articles_gone: tuple[Left, ...]  # newest first
    articles_kept: tuple[Left, ...]


EventType = Literal[
    "article.created",  # it appeared in the feeds, as news
    "article.updated",
    "article.copy_added",
    "article.canonical_changed",
    "article.removed",  # hidden, taken back, or part of another one now
    "source.failing",
    "source.silent",  # beyond its habit
    "source.recovered",  # from either
    "source.moved",  # its feed has another address for good
    "source.gap",  # articles may have come and gone between two polls
    "export.changed",  # published bytes are different, and nothing changed for a while
    "topic.changed",  # a feed reads differently; for hubs only
    "test",
]
DeliveryState = Literal["waiting", "done", "dead", "skipped"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, to be told to whoever wants to know; written together with what it is about."""

    id: str  # "msg_...": the same thing has the same id whoever tells it, and how often
    type: EventType
    subject: str  # ulid of an article, key of a source, address of a feed
    at: datetime
    data: Mapping[str, object] = field(default_factory=dict)  # as it is told


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one receiver, and how that goes."""

    event: Event
    receiver: str  # name
    state: DeliveryState
    attempts: int  # begun
    due_at: datetime | None  # of the next attempt; None: there is none
    tried_at: datetime | None = None
    doubtful_since: datetime | None = None  # an attempt began then of which nobody knows whether it arrived
    status: int | None = None  # of the last answer
    message: str | None = None  # what came of the last attempt, in words


@dataclass(frozen=True, slots=True)
class ReceiverState:
    """What is remembered about a receiver."""

    name: str
    since: datetime  # what happened before is not told to it
    disabled_at: datetime | None = None  # it answered 410 Gone


@dataclass(frozen=True, slots=True)
class Sending:
    """One request that carries something out of the house."""

    url: str = field(repr=False)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it. Redirects are not followed: they count as they are."""

    status: int | None  # None: there was no answer
    message: str  # in the owner's words, without the address
    body: bytes = field(default=b"", repr=False)  # the beginning of the answer
    retry_after_s: int | None = None
    arrived: bool = True  # False: it certainly did not reach anybody


@dataclass(frozen=True, slots=True)
class Polled:
    """One poll that changed something or failed in a new way."""

    source_key: str
    at: datetime
    outcome: str  # "changed", "recovered", or the code of the failure
    message: str | None = None
    ms: int | None = None
    new: int = 0
    updated: int = 0
    merged: int = 0


@dataclass(frozen=True, slots=True)
class Fetches:
    """How often one document was fetched by one family of readers on one day."""

    day: datetime  # midnight, UTC
    document: str  # path
    reader: str  # "Feedly", "Browsers"
    requests: int
    unchanged: int  # of them, those that were answered 304
    subscribers: int  # that the reader said it fetches for; 0: it said nothing


@dataclass(frozen=True, slots=True)
class Joined:
    """Two copies that became one article."""

    verdict: Verdict
    a: Copy
    b: Copy


@dataclass(frozen=True, slots=True)
class Page:
    """The page of a copy, due to be read."""

    copy_id: int
    url: str
    kind: str  # the source's


@dataclass(frozen=True, slots=True)
class Visit:
    """The one visit of a copy's page that is under way."""

    copy: Copy
    attempts: int  # this one counted


BackfillState = Literal["running", "enough", "complete", "stopped"]
BackfillPart = Literal["first", "list", "article"]


@dataclass(frozen=True, slots=True)
class Backfill:
    """How far the history of a source is read."""

    source_key: str
    state: BackfillState  # "enough": as many articles as wanted; "stopped": given up, `message` says why
    articles: int = 0  # that it brought
    pages: int = 0  # read
    left: int = 0  # addresses known and not asked yet
    failures: int = 0  # in a row
    message: str | None = None  # in the owner's words: what went wrong last, or why it ended
    due_at: datetime | None = None  # of the next request; None: there is none
    began_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BackfillPage:
    """One address of a source's history."""

    url: str
    number: int  # its place in the order of asking, from 1
    part: BackfillPart  # "first": what the polls ask for, read only to see where it goes on


@dataclass(frozen=True, slots=True)
class Came:
    """What asking one address of a history came to."""

    outcome: str  # a word for the log
    articles: int = 0  # copies never seen before
    marks: tuple[int, ...] = ()  # of its entries
    lists: tuple[str, ...] = ()  # addresses to ask, too
    places: tuple[str, ...] = ()  # pages of articles to read
    whole: bool = True  # False: only so much of it was wanted; whoever wants more asks for it again


@dataclass(frozen=True, slots=True)
class Synced:
    """What a config changed among the sources; keys, sorted."""

    added: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()  # were removed once
    removed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()  # another feed_url
