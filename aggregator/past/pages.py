"""Reads one page of a source's history: what is on it, and where more of it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from aggregator import ingest, sources
from aggregator.model import BackfillPart, Fetched, ParsedFeed, Past, RawEntry, RawText, Reading, Rule, Source
from aggregator.parse import charset, sitemap
from aggregator.text import urls

_SITEMAPS = 50  # of a list of them that are read
_LOOK = 4_000  # bytes that tell a sitemap from a page
_SHARE = 0.6  # of the known articles that must stand in one folder for it to be theirs
_OLDER = ("next", "prev-archive")  # relations of RFC 5005


def read_past(
    fetched: Fetched, source: Source, now: datetime, rule: Rule | None, part: BackfillPart, folder: str
) -> Past:
    """One page of the history of ``source``; may run in another process.

    ``rule`` is how its pages are read, ``folder`` where its known articles stand ("" where that is no one folder).

    Raises:
        ParseError: the body cannot be read, or has nothing that could be part of this history.
    """
    if part == "article":
        return Past(_article(fetched, source, now, folder))
    if sources.kinds()[source.kind].reads_pages and _is_sitemap(fetched):
        return _sitemap(fetched, source, folder)
    read = sources.read if part == "first" else sources.read_on
    feed = read(source, fetched, rule)
    if feed.next_url is None:
        feed = replace(feed, next_url=next((href for rel, href in fetched.links if rel in _OLDER), None))
    older = sources.older(source, feed, fetched.url)
    return Past(ingest.take(feed, source, now), (older,) if older else ())


def folder_of(addresses: Sequence[str]) -> str:
    """The folder in which most of these articles stand, as ``/blog/``; "" where there is none."""
    parents = [urlsplit(url).path.rstrip("/").rpartition("/")[0].split("/")[1:] for url in addresses]
    found: list[str] = []
    for depth in range(max(map(len, parents), default=0)):
        names = [one[depth] for one in parents if len(one) > depth and one[:depth] == found]
        best = max(sorted(set(names)), key=names.count, default="")
        if names.count(best) < _SHARE * len(parents):
            break
        found.append(best)
    return f"/{'/'.join(found)}/" if found else ""


# ── sitemaps, and the articles that they name ───────────────────────────────────────────────────────────────────────


def _is_sitemap(fetched: Fetched) -> bool:
    return sitemap.is_sitemap(charset.decode(fetched.body[:_LOOK], fetched.content_type))


def _sitemap(fetched: Fetched, source: Source, folder: str) -> Past:
    """Where the articles are: their own pages tell the rest."""
    nothing = Reading(ParsedFeed("sitemap", fetched.url), ())
    parts = sitemap.children(fetched.body, fetched.content_type, fetched.url, _SITEMAPS)
    if parts:
        return Past(nothing, tuple(url for url in parts if _at_home(url, fetched.url)))
    entries, _ = sitemap.read(fetched.body, fetched.content_type, fetched.url, folder)
    here = [entry.url for entry in entries if entry.url and _at_home(entry.url, fetched.url)]
    return Past(nothing, (), tuple(url for url in here if not folder or urlsplit(url).path.startswith(folder)))


def _at_home(url: str, asked: str) -> bool:
    return urls.host(url).removeprefix("www.") == urls.host(asked).removeprefix("www.")


def _article(fetched: Fetched, source: Source, now: datetime, folder: str) -> Reading:
    """The article of a page that a sitemap names; nothing if the page gives no sign of being one.

    It is one if it stands where the known ones do, or says when it was published.
    """
    from aggregator.parse.page import read_page  # takes a tenth of a second, and feeds do not need it

    feed = ParsedFeed("page", fetched.url)
    facts = read_page(fetched.body, fetched.content_type, fetched.url)
    stands = bool(folder) and urlsplit(fetched.url).path.startswith(folder)
    if facts.blocked or not facts.title or urls.is_home(fetched.url) or not (stands or facts.published):
        return Reading(feed, ())
    raw = RawEntry(
        guid=None,
        url=fetched.url,
        title=RawText(facts.title),
        summary=RawText(facts.summary),
        published=facts.published,
        updated=facts.updated,
        authors=facts.authors,
        image=facts.image,
        language=facts.language,
        canonical_url=facts.canonical_url,
        base=fetched.url,
    )
    return ingest.take(replace(feed, entries=(raw,)), source, now)
