"""Writes feeds and the articles in them, in words of nobody, so that a test says only what matters to it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from xml.sax.saxutils import escape, quoteattr

_SAID = """
    anchor autumn balance barrel basin beacon bottle branch bridge broker bucket button cabin candle carbon cellar
    chapter cinder circle climate column compass copper corner cotton cradle crystal current danger desert dinner
    distance dragon echo edge ember engine evening fabric feather ferry figure finger flavour forest fortune frame
    garden gather glacier granite grove hammer harbour harvest hollow horizon hunger island jacket journal jungle
    kettle kitchen ladder lantern leather ledger letter level lumber magnet marble margin market meadow measure
    memory method mirror moment morning motion mountain narrow needle nickel orchard origin packet paper parcel
    pattern pepper pillar planet pocket portrait powder prairie queue quiet raven reason ribbon river saddle sailor
    season shadow shelter signal silver simple slender spiral station stone summer table temper thunder timber tunnel
    valley velvet vessel village wagon walnut weather whisper window winter wonder yellow
"""
_LINKING = "the of and to in that is for with as on by from when because while under over between"
_WORDS, _LINKS = _SAID.split(), _LINKING.split()


@cache
def prose(about: str, words: int = 260) -> str:
    """Paragraphs of HTML that are the same every time for the same ``about``, and like no other's."""
    chance = random.Random(about)
    paragraphs = []
    while words > 0:
        sentences = []
        for _ in range(4):
            length = chance.randint(9, 15)
            said = [chance.choice(_WORDS if place % 3 else _LINKS) for place in range(length)]
            sentences.append(" ".join(said).capitalize() + ".")
            words -= length
        paragraphs.append(f"<p>{' '.join(sentences)}</p>")
    return "\n".join(paragraphs)


def first_sentences(text: str, count: int = 3) -> str:
    """The beginning of ``prose``, without markup."""
    plain = text.replace("<p>", "").replace("</p>", "").replace("\n", " ")
    return " ".join(f"{part}." for part in plain.split(". ")[:count])


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed, as the feed has it."""

    title: str
    url: str
    text: str = ""  # HTML
    summary: str = ""  # plain
    guid: str | None = None  # None: the address
    published: datetime | str | None = None  # a string stands in the feed as it is
    tags: tuple[str, ...] = ()
    canonical: str | None = None

    @property
    def id(self) -> str:
        """What the feed calls it."""
        return self.guid or self.url


def rss(title: str, link: str, items: Iterable[Item], *, head: str = "") -> str:
    """RSS 2.0 in the manner of WordPress; ``head`` is more XML for the channel."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>{escape(title)}</title><link>{escape(link)}</link><description>All of it</description>{head}"
        + "".join(map(_rss_item, items))
        + "</channel></rss>"
    )


def _rss_item(item: Item) -> str:
    permalink = "" if item.guid is None else ' isPermaLink="false"'
    parts = [
        f"<title>{escape(item.title)}</title><link>{escape(item.url)}</link>",
        f"<guid{permalink}>{escape(item.id)}</guid><dc:creator>Asha Rao</dc:creator>",
        *(f"<category>{escape(tag)}</category>" for tag in item.tags),
    ]
    if item.published is not None:
        at = item.published if isinstance(item.published, str) else format_datetime(item.published)
        parts.append(f"<pubDate>{at}</pubDate>")
    if item.summary:
        parts.append(f"<description>{escape(item.summary)}</description>")
    if item.text:
        parts.append(f"<content:encoded>{escape(item.text)}</content:encoded>")
    if item.canonical:
        parts.append(f'<atom:link rel="canonical" href={quoteattr(item.canonical)}/>')
    return f"<item>{''.join(parts)}</item>\n"


def forem(title: str, link: str, items: Iterable[Item]) -> str:
    """RSS as DEV writes it: the whole article is the description."""
    return rss(title, link, (replace(item, summary=item.text or item.summary, text="") for item in items))


def atom(title: str, link: str, items: Sequence[Item]) -> str:
    """Atom 1.0 in the manner of a static site; an undated entry has an update time of nothing, as some write it."""
    dated = [item.published for item in items if isinstance(item.published, datetime)]
    updated = max(dated).isoformat() if dated else "2026-01-01T00:00:00Z"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
        f"<id>{escape(link)}</id><title>{escape(title)}</title><updated>{updated}</updated>"
        f"<link href={quoteattr(link)}/><author><name>Asha Rao</name></author>{''.join(map(_entry, items))}</feed>"
    )


def _entry(item: Item) -> str:
    at = item.published.isoformat() if isinstance(item.published, datetime) else item.published
    parts = [
        f"<id>{escape(item.id)}</id><title>{escape(item.title)}</title><link href={quoteattr(item.url)}/>",
        f"<published>{at}</published><updated>{at}</updated>" if at else "<updated></updated>",
        *(f"<category term={quoteattr(tag)}/>" for tag in item.tags),
    ]
    if item.summary:
        parts.append(f"<summary>{escape(item.summary)}</summary>")
    if item.text:
        parts.append(f'<content type="html">{escape(item.text)}</content>')
    if item.canonical:
        parts.append(f'<link rel="canonical" href={quoteattr(item.canonical)}/>')
    return f"<entry>{''.join(parts)}</entry>\n"


def json_feed(title: str, link: str, items: Iterable[Item]) -> str:
    """JSON Feed 1.1."""
    found = []
    for item in items:
        at = item.published.isoformat() if isinstance(item.published, datetime) else item.published
        said = {"title": item.title, "summary": item.summary, "content_html": item.text, "date_published": at}
        found.append({"id": item.id, "url": item.url, **{name: value for name, value in said.items() if value}})
    top = {"version": "https://jsonfeed.org/version/1.1", "title": title, "home_page_url": link, "items": found}
    return json.dumps(top)


def days(start: datetime, count: int, step: float = 9.0) -> list[datetime]:
    """``count`` moments before ``start``, newest first."""
    return [start - timedelta(days=step * place) for place in range(count)]
