"""Atom 1.0 (RFC 4287), as the W3C validator and real readers want it (outputs.md 1.2)."""

from __future__ import annotations

from functools import partial

from feedgen.entry import FeedEntry
from lxml import etree

from aggregator.model import Article, Person, View
from aggregator.render import facts, links, wire, xml
from aggregator.render.format import Format

_TYPE = "application/atom+xml"
_NAME = "atom.xml"
_ALTERNATE = {"rel": "alternate", "type": "text/html"}
_NAMESPACES = {None: xml.ATOM, "media": xml.MEDIA}


def render(view: View) -> bytes:
    """The view as Atom, UTF-8."""
    head = xml.head(view)
    # feedgen names Atom elements without a namespace; they inherit the default one of the root, ours do the same
    root = etree.Element("feed", nsmap=_NAMESPACES)
    xml.add_style(root, head)
    _head(root, head)
    xml.add_complete(root, view)
    root.extend(xml.items(head, view.articles, _NAME, _entry))
    return xml.document(root)


def _head(root: etree._Element, view: View) -> None:
    """Everything before the entries."""
    if view.language:
        root.set(xml.LANG, view.language)
    xml.add(root, "id", links.whole(view, _NAME))
    xml.declare_markup(xml.add(root, "title", facts.name(view)))
    if view.description.strip():
        xml.declare_markup(xml.add(root, "subtitle", view.description))
    xml.add(root, "updated", wire.rfc3339(view.updated_at))
    # every entry names its own; an empty feed needs somebody all the same (RFC 4287 section 4.1.1)
    _add_author(root, facts.author(view) or Person(facts.name(view)))
    xml.add_links(root, "link", view, _NAME, _TYPE)
    xml.add(root, "link", href=view.home_page_url, **_ALTERNATE)
    xml.add(root, "generator", xml.GENERATOR)


def _add_author(parent: etree._Element, person: Person) -> None:
    author = xml.add(parent, "author")
    xml.add(author, "name", xml.bare(person.name))
    if url := links.web(person.url):
        xml.add(author, "uri", url)


def _entry(view: View, article: Article) -> etree._Element:
    """One entry; without an address it has content, whatever the view asks for (RFC 4287 section 4.1.2)."""
    entry = FeedEntry()
    entry.id(article.id)
    entry.title(facts.headline(article))
    for person in facts.authors(article, view):
        uri = links.web(person.url)
        name = xml.bare(person.name)
        entry.author({"name": name, "uri": uri} if uri else {"name": name})
    url = links.web(article.url)
    if url:
        entry.link(href=url, **_ALTERNATE)
    # an entry without any text is one that the validator warns of (MissingTextualContent)
    entry.summary(facts.gist(article, view))
    if view.content == "full" and article.content_html.strip():
        entry.content(article.content_html, type="html")
    elif not url:
        entry.content(facts.gist(article, view), type="text")
    entry.category([_category(term, article, view) for term in facts.terms(article)])
    entry.published(facts.published(article))
    entry.updated(article.updated_at or facts.published(article))
    entry.register_extension("aggregator", partial(_Beyond, article), rss=False)
    element: etree._Element = entry.atom_entry()
    return element


def _category(term: str, article: Article, view: View) -> dict[str, str]:
    label = xml.bare(article.tag_labels.get(term, ""))
    category = {"term": term, "scheme": links.tags(view)}
    return category | {"label": label} if label.strip() and label != term else category


class _Beyond:
    """What an entry needs and feedgen cannot say; feedgen asks it last."""

    def __init__(self, article: Article) -> None:
        self._article = article

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        """Adds to the entry that feedgen has built: language, UTC as ``Z``, copies, image, and the source last."""
        article = self._article
        if article.language:
            entry.set(xml.LANG, article.language)
        published = facts.published(article)
        updated = wire.rfc3339(article.updated_at or published)
        for element in entry.iterchildren("published", "updated", "link"):
            if element.tag == "link":  # feedgen 1.0 looks for rel and type in the element that it has just made
                element.attrib.update(_ALTERNATE)
            else:
                element.text = updated if element.tag == "updated" else wire.rfc3339(published)
        for element in entry.iterchildren("title", "summary", "content"):
            if element.get("type") != "html":
                xml.declare_markup(element)
        xml.add_copies(entry, "link", article)
        xml.add_image(entry, article)
        _add_source(entry, article, updated)
        return entry


def _add_source(entry: etree._Element, article: Article, updated: str) -> None:
    """Where the canonical copy comes from: last in the entry, or Feedbin takes its title and link for the entry's.

    (feedbin/feedbin#767.) No author in it: NetNewsWire would add it to the entry's. A source that has not even an
    address, such as the config, is none.
    """
    feed_url, page = links.web(article.source.feed_url), links.web(article.source.url)
    if not (feed_url or page):
        return
    source = xml.add(entry, "source")
    xml.add(source, "id", links.identifying(feed_url or page or ""))
    xml.declare_markup(xml.add(source, "title", facts.place(article)))
    xml.add(source, "updated", updated)
    if feed_url:
        xml.add(source, "link", rel="self", href=feed_url)
    if page:
        xml.add(source, "link", href=page, **_ALTERNATE)


FORMAT = Format(
    document=_NAME,
    media_type=f"{_TYPE}; charset=utf-8",
    title="Atom",
    render=render,
    feed=True,
    autodiscover=2,
    headers=(("vary", "Accept-Encoding, Sec-Fetch-Dest"),),
    key="atom",
)
