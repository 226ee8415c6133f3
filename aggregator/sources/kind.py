"""What one kind of source knows about its platform; a new kind is one new file in ``kinds`` and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult

from aggregator.model import Fetched, ParsedFeed, RawEntry, Rule, Skipped, Source
from aggregator.parse import parse


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a name in the config comes to."""

    feed_url: str
    home_page_url: str | None  # the page for people, where the platform has a rule for it
    default_id: str  # a slug; the source's id unless the owner sets one
    title: str | None  # what to call the source; None: its feed's own title
    options: tuple[tuple[str, str], ...] = ()  # what else was said, of a value that is a mapping


@dataclass(frozen=True, slots=True)
class Option:
    """One key of a value that is a mapping."""

    name: str
    describes: str  # for the schema
    required: bool = False


def _whole(raw: RawEntry, feed: ParsedFeed) -> RawEntry:
    return raw


def _nothing(parts: SplitResult) -> str | None:
    return None


def _no_page(value: str) -> str | None:
    return None


def _unnamed(page: str) -> str | None:
    return None


def _never(parts: SplitResult) -> bool:
    return False


def declared(feed: ParsedFeed, asked: str) -> str | None:
    """Where a document says that what is older stands (RFC 5005)."""
    return feed.next_url


def _no_facts(fetched: Fetched) -> tuple[RawEntry, ...]:
    return ()


def read_feed(fetched: Fetched, source: Source, rule: Rule | None) -> ParsedFeed:
    """A feed document. Raises ParseError."""
    return parse(fetched.body, fetched.content_type, fetched.url)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of source. Everything but ``name``, ``label``, ``accepts`` and ``resolve`` may stay as it is.

    ``resolve(value, base_url)`` turns what an owner writes into addresses, or raises ConfigError with one sentence.
    ``identity(parts)`` gives the platform's own, lasting id of the article at an address of whatever host, or None;
    it is also asked about guids that are no web address (``tag:``, ``at:``, ``yt:``).
    ``listing(parts)`` tells, for an address on ``hosts``, that it is no article: a profile, a tag, a search.
    ``refine(raw, feed)`` takes away what the platform added to an item, or tells why the item is left out.
    ``options`` are the keys of a value that may be a mapping; its first key holds what a plain value would be.
    ``configure(value, base_url)`` is ``resolve`` for such a mapping.
    ``page(value)`` is the address of the page that tells the account of a value which ``resolve`` refuses because it
    names none by itself (a handle); ``named(page)`` is the value that stands in the text of that page.
    ``older(feed, asked)`` gives the address of what is older than a document, asked for at ``asked``, or None.
    ``facts_url(feed_url)`` is the address of a second document that says more of the same articles, or None;
    ``facts(fetched)`` reads it: an entry for each article, found again by its address; raises ParseError.
    ``read(fetched, source, rule)`` reads a document, by what was learnt of it before; raises ParseError.
    """

    name: str
    label: str  # as people call it
    accepts: tuple[str, ...]  # the forms of a value, for messages and the schema
    resolve: Callable[[str, str | None], Resolved]
    hosts: tuple[str, ...] = ()  # the platform's; their sub-domains belong to it
    generators: tuple[str, ...] = ()  # how its feeds name their generator, lower case, no version: custom domains
    identity: Callable[[SplitResult], str | None] = _nothing
    listing: Callable[[SplitResult], bool] = _never
    refine: Callable[[RawEntry, ParsedFeed], RawEntry | Skipped] = _whole
    boilerplate: tuple[re.Pattern[str], ...] = ()  # over plain text; must run in linear time
    options: tuple[Option, ...] = ()
    configure: Callable[[Mapping[str, str], str | None], Resolved] | None = None
    sign: re.Pattern[str] | None = None  # of names that no other platform uses and that are no web address
    page: Callable[[str], str | None] = _no_page
    named: Callable[[str], str | None] = _unnamed
    facts_url: Callable[[str], str | None] = _no_page
    facts: Callable[[Fetched], tuple[RawEntry, ...]] = _no_facts
    read: Callable[[Fetched, Source, Rule | None], ParsedFeed] = read_feed
    older: Callable[[ParsedFeed, str], str | None] = declared
    reads_pages: bool = False  # asks for pages, by leave of robots.txt, and keeps a rule between polls
    discovers: bool = False  # looks for a feed first
    anywhere: bool = False  # takes any address, other platforms' too
    advice: str | None = None  # for the owner who wants what is older than the feed, where the platform shows none
    rank: int = 50  # whose copy is canonical when nothing else decides: the lower one
    min_interval_s: int = 0  # asking more often is pointless
    spacing_s: float = 0.0  # between two requests anywhere on the platform
    shared_limit: bool = False  # custom domains stand under the platform's rate limit too
