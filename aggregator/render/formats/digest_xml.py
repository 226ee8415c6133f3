"""A weekly digest as RSS 2.0, for mailers: one item for each week that is over, with what was announced in it.

Mailers (Mailchimp, Buttondown, MailerLite) send what has a date they have not seen, and take title, description and
content. An item therefore comes when its week is over, dated with that moment, under an id of that week for ever.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from lxml import etree

from aggregator.model import Article, View
from aggregator.render import facts, links, weeks, wire, xml
from aggregator.render.carry import fit
from aggregator.render.format import Format
from aggregator.render.weeks import Week

_TYPE = "application/rss+xml"
_NAME = "digest.xml"
_LINK = f"{{{xml.ATOM}}}link"
_ENCODED = f"{{{xml.CONTENT}}}encoded"
_NAMESPACES = {"atom": xml.ATOM, "content": xml.CONTENT, "dc": xml.DC}


def render(view: View) -> bytes:
    """The weeks of the view as RSS 2.0, UTF-8."""
    view = fit(replace(view, next_query=None, facets={}))
    root = etree.Element("rss", version="2.0", nsmap=_NAMESPACES)
    channel = xml.add(root, "channel")
    xml.hex_references(xml.add(channel, "title", f"{facts.name(view)}: every week"))
    xml.add(channel, "link", view.home_page_url)
    said = f"{view.description or facts.name(view)} A digest of each week."
    xml.hex_references(xml.add(channel, "description", said))
    xml.add_links(channel, _LINK, view, _NAME, _TYPE)
    newest = view.articles[0] if view.articles else None
    xml.add(channel, "lastBuildDate", wire.rfc822(weeks.end(_week(newest)) if newest else view.updated_at))
    xml.add(channel, "generator", xml.GENERATOR)
    for week, found in groupby(view.articles, _week):
        _add_week(channel, view, week, list(found))
    return xml.document(root)


def _week(article: Article) -> Week:
    return weeks.week_of(article.announced_at or article.first_seen_at)


def _add_week(channel: etree._Element, view: View, week: Week, articles: Sequence[Article]) -> None:
    item = xml.add(channel, "item")
    count = f"{len(articles)} article{'' if len(articles) == 1 else 's'}"
    xml.hex_references(xml.add(item, "title", f"{facts.name(view)}: {count}, {weeks.days(week)}"))
    xml.add(item, "link", links.document(view, "", links.selection(view.query)))
    named = ", ".join(facts.headline(one) for one in articles)
    xml.add(item, "description", html.escape(named, quote=False))
    xml.add(item, _ENCODED, "\n".join(_told(one, view) for one in articles))
    xml.add(item, f"{{{xml.DC}}}creator", facts.name(view))
    xml.add(item, "pubDate", wire.rfc822(weeks.end(week)))
    xml.add(item, "guid", _id(view, week, articles), isPermaLink="false")


def _told(article: Article, view: View) -> str:
    title = html.escape(facts.headline(article))
    url = links.web(article.url)
    head = f'<h3><a href="{html.escape(url)}">{title}</a></h3>' if url else f"<h3>{title}</h3>"
    by = facts.byline(article, view)
    lines = [head, f"<p>{html.escape(by)}</p>" if by else "", f"<p>{html.escape(article.summary)}</p>"]
    return "".join(line for line in lines if line and line != "<p></p>")


def _id(view: View, week: Week, articles: Sequence[Article]) -> str:
    """A tag URI (RFC 4151) of the week in this view; who mints is whoever minted the first article in it.

    It must not depend on where the service is reached today.
    """
    entity = articles[-1].id.removeprefix("tag:").partition(":")[0]
    selection = links.selection(view.query)
    return f"tag:{entity}:digest{view.path}/{weeks.spelled(week)}" + (f"?{selection}" if selection else "")


FORMAT = Format(
    document=_NAME,
    media_type=f"{_TYPE}; charset=utf-8",
    title="Weekly digest (RSS)",
    render=render,
    feed=True,
    key="digest",
    limit=200,
    weekly=True,
)
