"""What arrived, before anything reads it: a feed's root element, JSON, or something the owner must hear about."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from aggregator.errors import NotAFeed

_BLANK = " \t\r\n\x00\ufeff\u200b\u00a0"
_LOOK = 64 * 1024  # where a root element must have begun; PHP warnings before it are shorter
_FEED_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?(?:rss|feed|rdf)(?=[\s/>])", re.IGNORECASE)
_ANY_ROOT = re.compile(r"<([A-Za-z_][\w.:-]{0,80})")
_HTML = re.compile(r"<!doctype\s{1,8}html|<(?:html|head|body)[\s>]", re.IGNORECASE)
_WRAPPER = re.compile(r"(?:<(?:!doctype|html|head|/head|body)[^<>]{0,500}>\s{0,999})*", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_CHALLENGE = re.compile(
    r"just a moment|attention required|checking your browser|verify(?:ing)? you are (?:a )?human|cf-mitigated|"
    r"/cdn-cgi/challenge|security checkpoint|access denied|captcha",
    re.IGNORECASE,
)
_KNOWN_ROOTS = {
    "urlset": "a sitemap",
    "sitemapindex": "a list of sitemaps",
    "opml": "an OPML list of feeds",
    "svg": "a picture",
    "error": "an error message",
    "plist": "an Apple property list",
}
_MAX_ENTITIES = 300
_CHARACTER = re.compile(r"&#(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6});")
_ENTITY = re.compile(r"""<!ENTITY\s{1,40}([A-Za-z_][\w.-]{0,60})\s{1,40}(?:"([^"%<]{0,1000})"|'([^'%<]{0,1000})')""")


@dataclass(frozen=True, slots=True)
class Markup:
    """An XML feed from its root element on, with the entities its prolog declared (name -> replacement text)."""

    text: str
    root: str  # as written, prefix included
    entities: dict[str, str]


def markup(text: str, url: str) -> Markup:
    """The XML feed in ``text`` without anything that precedes its root element.

    ``url`` is named in messages. Raises NotAFeed with a sentence that says what came instead.
    """
    head = text[:_LOOK].lstrip(_BLANK)
    first = _ANY_ROOT.search(_without_prolog(head))
    found = _FEED_ROOT.search(text, 0, _LOOK)
    if found is None or _is_page(head, first):
        raise NotAFeed(_complaint(head, first, url))
    return Markup(text[found.start() :], found.group()[1:], _entities(text[: found.start()]))


def is_json(text: str) -> bool:
    """Whether the document can only be JSON."""
    return text[:4096].lstrip(_BLANK)[:1] in ("{", "[")


def is_blank(text: str) -> bool:
    """Whether nothing at all arrived."""
    return not text.strip(_BLANK)


def refuse_blank(url: str) -> NotAFeed:
    """The error for a 200 without a body."""
    return NotAFeed(f"{url} sent an empty answer instead of a feed; ask again later, or check the address")


def _is_page(head: str, first: re.Match[str] | None) -> bool:
    """Whether a page begins before any feed could: a mention of ``<rss`` in it is then part of its text.

    A feed that a template wrapped in ``<html><body>`` and nothing else is still a feed.
    """
    page = _HTML.search(head)
    feed = _FEED_ROOT.search(head)
    if page is None or first is None:
        return False
    if feed is None or feed.start() < page.start():
        return feed is None
    return _WRAPPER.fullmatch(head, page.start(), feed.start()) is None


def _without_prolog(head: str) -> str:
    """``head`` with comments taken out, so that the first tag found is a tag."""
    start = head.find("<!--")
    while start >= 0:
        end = head.find("-->", start + 4)
        if end < 0:
            return head[:start]
        head = head[:start] + head[end + 3 :]
        start = head.find("<!--", start)
    return head


def _entities(prolog: str) -> dict[str, str]:
    """Plain-text entities of the internal DTD subset; those that name further entities are left out (no expansion)."""
    found: dict[str, str] = {}
    for name, double, single in _ENTITY.findall(prolog):
        value = double or single
        if "&" not in _CHARACTER.sub("", value) and len(found) < _MAX_ENTITIES:
            found[name] = html.unescape(value)
    return found


def _complaint(head: str, first: re.Match[str] | None, url: str) -> str:
    """One sentence for the owner: what stands at this address, and what to do about it."""
    if _HTML.search(head) or (first and first[1].lower() in ("p", "div", "h1", "title", "meta", "script", "center")):
        title = _TITLE.search(head)
        words = " ".join(html.unescape(title[1]).split()) if title else ""
        named = f'an HTML page titled "{words}"' if words else "an HTML page"
        if _CHALLENGE.search(head):
            return f"{url} sent {named}, a check for bots, instead of a feed; it is asked again later"
        return f"{url} sent {named} instead of a feed; give the feed's own address, or use `site:` to look for it"
    if first:
        name = first[1].split(":")[-1]
        kind = _KNOWN_ROOTS.get(name.lower(), "no feed format known here")
        return f"{url} sent an XML document <{name}>, {kind}, instead of a feed; check the address"
    words = " ".join(head.split())[:80]
    return f'{url} sent plain text that begins "{words}" instead of a feed; check the address'
