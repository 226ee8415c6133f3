"""RSS 2.0, as the RSS Advisory Board's profile, the W3C validator and real readers want it (outputs.md 1.1)."""

from __future__ import annotations

import html
from functools import partial

from feedgen.entry import FeedEntry
from lxml import etree

from aggregator.model import Article, View
from aggregator.render import facts, links, wire, xml
from aggregator.render.format import Format

_TYPE = "application/rss+xml"
_NAME = "rss.xml"
_LINK = f"{{{xml.ATOM}}}link"
_UPDATED = f"{{{xml.ATOM}}}updated"
_CREATOR = f"{{{xml.DC}}}creator"
_LANGUAGE = f"{{{xml.DC}}}language"
_NAMESPACES = {"atom": xml.ATOM, "content": xml.CONTENT, "dc": xml.DC, "media": xml.MEDIA}


def render(view: View) -> bytes:
    """The view as RSS 2.0, UTF-8."""
    head = xml.head(view)
    root = etree.Element("rss", version="2.0", nsmap=_NAMESPACES)
    xml.add_style(root, head)
    channel = _channel(root, head)
    xml.add_complete(channel, view)
    channel.extend(xml.items(head, view.articles, _NAME, _item))
    return xml.document(root)


def _channel(root: etree._Element, view: View) -> etree._Element:
    """Everything before the items; its description is plain text, unlike an item's.

    No category and no managingEditor: Miniflux copies them to the items (R12).
    """
    channel = xml.add(root, "channel")
    xml.hex_references(xml.add(channel, "title", facts.name(view)))
    xml.add(channel, "link", view.home_page_url)
    xml.hex_references(xml.add(channel, "description", view.description or facts.name(view)))
    xml.add_links(channel, _LINK, view, _NAME, _TYPE)
    if view.language:
        xml.add(channel, "language", view.language)
    xml.add(channel, "lastBuildDate", wire.rfc822(view.updated_at))
    xml.add(channel, "generator", xml.GENERATOR)
    return channel


def _item(view: View, article: Article) -> etree._Element:
    """One item. ``description`` is HTML by the profile, so that plain text in it is escaped once more."""
    entry = FeedEntry()
    entry.guid(article.id, permalink=False)
    entry.title(facts.headline(article))
    if url := links.web(article.url):
        entry.link(href=url, rel="alternate")
    if view.content != "title":
        entry.summary(html.escape(facts.gist(article, view), quote=False))
    if view.content == "full" and article.content_html.strip():
        entry.content(article.content_html, type="html")
    entry.category([{"term": term} for term in facts.terms(article)])
    if feed_url := links.web(article.source.feed_url):
        entry.source(url=feed_url, title=facts.place(article))
    entry.register_extension("aggregator", partial(_Beyond, article, view), atom=False)
    item: etree._Element = entry.rss_entry()
    return item


class _Beyond:
    """What an item needs and feedgen cannot say; feedgen asks it last."""

    def __init__(self, article: Article, view: View) -> None:
        self._article = article
        self._view = view

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """Adds to the item that feedgen has built: text that no reader takes for markup, people, dates, copies."""
        article = self._article
        for plain in item.iterchildren("title", "category", "source"):
            xml.hex_references(plain)
        for person in facts.authors(article, self._view):
            xml.add(item, _CREATOR, person.name)
        xml.add(item, "pubDate", wire.rfc822(facts.published(article)))
        if article.updated_at:
            xml.add(item, _UPDATED, wire.rfc3339(article.updated_at))
        if article.language:
            xml.add(item, _LANGUAGE, article.language)
        xml.add_copies(item, _LINK, article)
        xml.add_image(item, article)
        return item


FORMAT = Format(
    document=_NAME,
    media_type=f"{_TYPE}; charset=utf-8",
    title="RSS",
    render=render,
    feed=True,
    autodiscover=1,
    headers=(("vary", "Accept-Encoding, Sec-Fetch-Dest"),),
    key="rss",
)
