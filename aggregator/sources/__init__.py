"""Where people publish: a name becomes a feed, an address an identity, an item what its author wrote."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

from aggregator.errors import ConfigError
from aggregator.model import Fetched, ParsedFeed, RawEntry, Rule, Skipped, Source
from aggregator.sources import address
from aggregator.sources import kinds as kind_files
from aggregator.sources.kind import Kind, Option, Resolved
from aggregator.sources.pages import listed_on
from aggregator.text import urls

__all__ = [
    "Kind",
    "Option",
    "Resolved",
    "advice",
    "boilerplate",
    "facts",
    "facts_url",
    "keys_of",
    "kinds",
    "lane",
    "made_by",
    "older",
    "on_domain",
    "platform",
    "read",
    "read_on",
    "recognised",
    "refine",
    "resolve",
    "spacing_s",
    "told",
]

# Generators of static sites leak the address of their preview server; on many sites it is the same one.
_PREVIEWS = frozenset({"localhost:1313", "localhost:4000", "localhost:4321", "localhost:8080"})
_LISTINGS = frozenset({"tag", "tags", "category", "categories", "author", "authors"})


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind there is, by name, in alphabetical order: one for each file in ``kinds``."""
    found: dict[str, Kind] = {}
    for module in sorted(pkgutil.iter_modules(kind_files.__path__), key=lambda info: info.name):
        kind = importlib.import_module(f"{kind_files.__name__}.{module.name}").KIND
        if not isinstance(kind, Kind) or kind.name != module.name:
            raise TypeError(f"sources/kinds/{module.name}.py must export KIND with the name of the file")
        found[kind.name] = kind
    return MappingProxyType(found)


def resolve(kind: str, value: str | Mapping[str, str], base_url: str | None = None) -> Resolved:
    """What a source in the config comes to; raises ConfigError with one sentence that says what would be right.

    ``base_url`` is the address of another installation of the platform (a Forem of one's own, a test).
    """
    known = kinds()
    if kind not in known:
        raise ConfigError([f'there is no kind "{kind}"; there are {", ".join(known)}'])
    if not isinstance(value, str):
        configure = known[kind].configure
        if configure is None:
            raise address.refusal(kind, "a mapping", "is not what it takes", known[kind].accepts)
        return configure(value, base_url)
    value = value.strip()
    if not value:
        raise address.refusal(kind, value, "names nothing", known[kind].accepts)
    if base_url is None and not known[kind].anywhere:
        parts = address.pasted(value)
        other = platform(parts.geturl()) if parts is not None else None
        if other not in (None, kind):
            raise ConfigError([f'"{value}" is on {known[other].label}; write "{other}: {value}"'])
    return known[kind].resolve(value, address.base(known[kind], base_url) if base_url is not None else None)


@lru_cache(maxsize=8192)
def keys_of(url: str) -> tuple[str, ...]:
    """Under what the article at an address, or with a platform's guid, is known for ever; () where it tells nothing.

    The platform's own id comes first (``medium:1a2b3c4d5e6f``, ``dev:slug-54p3``), then ``u:`` and the address's key.
    Profiles, tag pages and home pages are shared by many articles and give no key.
    """
    parts = address.split(url)
    named = parts or address.opaque(url)
    if named is None:
        return ()
    keys = [f"{kind.name}:{found}" for kind in kinds().values() if (found := kind.identity(named)) is not None]
    if parts is None:
        return tuple(keys)
    if not keys and _is_listing(parts):
        return ()
    key = urls.key(url)
    return (*keys, f"u:{key}") if key else tuple(keys)


def _is_listing(parts: SplitResult) -> bool:
    owner = _platform(address.host(parts))
    if owner is not None and kinds()[owner].listing(parts):
        return True
    path = address.segments(parts)
    return parts.netloc in _PREVIEWS or (len(path) >= 2 and path[-2].lower() in _LISTINGS and len(path) <= 3)


def read(source: Source, fetched: Fetched, rule: Rule | None = None) -> ParsedFeed:
    """A document of a source, read as its kind reads it; ``rule``: what was learnt of it before. Raises ParseError."""
    feed = kinds()[source.kind].read(fetched, source, rule)
    home = feed.home_page_url
    # Medium's feeds say in the address of the profile from which feed one comes.
    return replace(feed, home_page_url=urls.clean(home, feed.url)) if home is not None and "?" in home else feed


def older(source: Source, feed: ParsedFeed, asked: str) -> str | None:
    """Where what is older than ``feed`` stands, asked for at ``asked``; None: nowhere, or on somebody else's host.

    A document that names the place is believed, whatever its kind; else the kind knows how its platform counts pages.
    """
    kind = _behaviour(source, feed)
    named = feed.next_url or kind.older(feed, asked)
    url = urls.absolute(named, asked) if named else None
    if url is None or url == asked:
        return None
    same = urls.host(url).removeprefix("www.") == urls.host(asked).removeprefix("www.")
    return url if same or address.within(urls.host(url), kind.hosts) else None


def advice(source: Source) -> str | None:
    """What an owner can do for articles that are older than the feed, where the platform shows none."""
    return kinds()[source.kind].advice


def read_on(source: Source, fetched: Fetched, rule: Rule | None) -> ParsedFeed:
    """A further page of what a source is read from: ``older`` led there. Raises ParseError."""
    kind = kinds()[source.kind]
    if kind.reads_pages and (rule is None or rule.rung != "feed"):
        return listed_on(fetched, rule)
    return kind.read(fetched, source, rule)


def facts_url(source: Source, feed_url: str) -> str | None:
    """Where the platform of a feed says more of its articles than the feed does; None: nowhere."""
    return _platform_of(source).facts_url(feed_url)


def facts(source: Source, fetched: Fetched) -> tuple[RawEntry, ...]:
    """What such a document says of each article. Raises ParseError."""
    return _platform_of(source).facts(fetched)


def _platform_of(source: Source) -> Kind:
    own = kinds()[source.kind]
    return kinds().get(platform(source.feed_url) or "", own) if own.anywhere else own


def told(feed: ParsedFeed, said: Iterable[RawEntry]) -> ParsedFeed:
    """The feed with what was said of its articles elsewhere, wherever it says nothing itself; texts stay its own."""
    by_key = {key: raw for raw in said for key in keys_of(raw.url or "")}
    return replace(feed, entries=tuple(_told(raw, by_key) for raw in feed.entries)) if by_key else feed


def _told(raw: RawEntry, by_key: Mapping[str, RawEntry]) -> RawEntry:
    more = next((by_key[key] for key in keys_of(raw.url or "") if key in by_key), None)
    if more is None:
        return raw
    return replace(
        raw,
        published=raw.published or more.published,
        updated=raw.updated or more.updated,
        image=raw.image or more.image,
        language=raw.language or more.language,
        canonical_url=raw.canonical_url or more.canonical_url,
        reading_time_minutes=raw.reading_time_minutes or more.reading_time_minutes,
    )


def refine(source: Source, feed: ParsedFeed, raw: RawEntry) -> RawEntry | Skipped:
    """One item without what its platform put around it, or why it is left out.

    A ``feed:`` source that turns out to be a platform's is treated as that platform's.
    """
    if raw.in_reply_to:
        return Skipped(raw.title.value[:200], "a reply to somebody's post, not an article")
    return _behaviour(source, feed).refine(raw, feed)


def _behaviour(source: Source, feed: ParsedFeed) -> Kind:
    own = kinds()[source.kind]
    return kinds().get(made_by(source.feed_url, feed) or "", own) if own.anywhere else own


def made_by(url: str, feed: ParsedFeed) -> str | None:
    """The platform that a feed comes from, by what it says made it, else by its address; None: none that is known."""
    said = (kind.name for kind in kinds().values() if _generated(feed.generator or "", kind.generators))
    return next(said, None) or platform(url)


def _generated(generator: str, names: tuple[str, ...]) -> bool:
    """Whether a feed names one of these as its generator, a version behind it or not: ``Ghost 5.80``."""
    said = generator.strip().casefold()
    return any(said.startswith(name) and not said[len(name) : len(name) + 1].isalnum() for name in names)


def platform(url: str) -> str | None:
    """The kind whose platform an address stands on, None for every other host."""
    parts = address.split(url)
    return _platform(address.host(parts)) if parts is not None else None


def recognised(text: str) -> str | None:
    """The kind whose account a text can only be, although it is no web address: ``@asha@social.example``."""
    return next((kind.name for kind in kinds().values() if kind.sign is not None and kind.sign.fullmatch(text)), None)


def on_domain(url: str, home_page_url: str | None) -> bool:
    """Whether an address lies on the domain of a home page: its host, without ``www.``, or below it.

    A platform's host is nobody's own domain. Local hosts are told apart by their ports.
    """
    if home_page_url is None or platform(home_page_url) is not None or platform(url) is not None:
        return False
    if urls.is_unfit(url):
        return urlsplit(url).netloc.lower() == urlsplit(home_page_url).netloc.lower()
    home, host = urls.host(home_page_url).removeprefix("www."), urls.host(url)
    return bool(home) and (host == home or host.endswith(f".{home}"))


@lru_cache(maxsize=8192)
def _platform(host: str) -> str | None:
    return next((kind.name for kind in kinds().values() if address.within(host, kind.hosts)), None)


@lru_cache(maxsize=8192)
def lane(url: str, kind: str = "feed") -> str:
    """The queue in which a request waits its turn: one for each platform, else one for each host and port.

    ``kind`` is the source's: a custom domain of Medium stands under Medium's rate limit. Never for private hosts, so
    that a stand-in of one's own is as fast as it likes.
    """
    owner = platform(url)
    if owner is None and kinds()[kind].shared_limit and not urls.is_unfit(url):
        owner = kind
    parts = address.split(url)
    return owner or (parts.netloc.rpartition("@")[2].lower() if parts is not None else "")


def spacing_s(queue: str) -> float:
    """Seconds that a platform wants between two requests of one lane; 0 where it has no wish."""
    kind = kinds().get(queue)
    return kind.spacing_s if kind is not None else 0.0


@cache
def boilerplate() -> tuple[re.Pattern[str], ...]:
    """What platforms write around articles, as patterns over plain text that run in linear time.

    To be taken off in this order: a platform's own words before the general ones, which would leave a rest of them.
    """
    ordered = sorted(kinds().values(), key=lambda kind: kind.anywhere)
    return tuple(pattern for kind in ordered for pattern in kind.boilerplate)
