"""Atom holds every rule of outputs.md 1.2, each checked on the bytes that go out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from lxml import etree

from aggregator.model import Article, CopyRef, Person, SourceRef, View
from aggregator.render.formats.atom import render

Views = Callable[..., View]
Articles = Callable[..., Article]

NS = {"a": "http://www.w3.org/2005/Atom", "media": "http://search.yahoo.com/mrss/"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
SELF = "https://feeds.example.org/asha/kind/article/atom.xml?lang=en&tag=kafka"


def feed(view: View) -> etree._Element:
    return etree.fromstring(render(view))


def entry(view: View) -> etree._Element:
    (only,) = feed(view).findall("a:entry", NS)
    return only


def texts(element: etree._Element, path: str) -> list[str | None]:
    return [found.text for found in element.findall(path, NS)]


def test_a1_an_entry_is_known_by_the_tag_uri_alone(view: Views, article: Articles) -> None:
    assert texts(entry(view()), "a:id") == [article().id]
    moved = article(url="https://new.example/", title="Renamed", copies=())
    assert texts(entry(view(articles=(moved,))), "a:id") == [article().id]


def test_a1_the_pages_of_a_feed_are_one_feed(view: Views) -> None:
    second = feed(view(query="cursor=b2s&lang=en&tag=kafka"))
    assert texts(second, "a:id") == texts(feed(view()), "a:id") == [SELF]
    (link,) = second.findall("a:link[@rel='self']", NS)
    assert link.get("href") == ("https://feeds.example.org/asha/kind/article/atom.xml?cursor=b2s&lang=en&tag=kafka")


def test_a2_an_entry_has_one_alternate(view: Views, article: Articles) -> None:
    (alternate,) = entry(view()).findall("a:link[@rel='alternate']", NS)
    assert dict(alternate.attrib) == {"href": article().url, "rel": "alternate", "type": "text/html"}
    assert entry(view()).xpath("a:link[not(@rel)]", namespaces=NS) == []


def test_a2_copies_are_links_of_our_own_relation(view: Views, article: Articles) -> None:
    twice = article(
        copies=(*article().copies, CopyRef("dev2", "DEV again", "https://dev.to/asha/rebalancing-1a2b", None))
    )
    found = entry(view(articles=(twice,))).findall("a:link[@rel='tag:article-aggregator,2026:copy']", NS)
    assert [link.get("href") for link in found] == [
        "https://dev.to/asha/rebalancing-1a2b",
        "https://medium.com/@asha/rebalancing-0f0f",
    ]
    assert entry(view()).findall("a:link[@rel='related']", NS) == []


def test_a3_every_entry_names_its_authors(view: Views, article: Articles) -> None:
    assert texts(entry(view()), "a:author/a:name") == ["Asha Rao", "Bo Li"]
    assert texts(entry(view()), "a:author/a:uri") == ["https://asha.example/"]
    anonymous = entry(view(articles=(article(authors=()),)))
    assert texts(anonymous, "a:author/a:name") == ["Asha Rao"]


def test_a3_the_source_stands_last_and_is_complete(view: Views) -> None:
    source = entry(view())[-1]
    assert etree.QName(source).localname == "source"
    assert texts(source, "a:id") == ["https://asha.example/feed.xml"]
    assert texts(source, "a:title") == ["Asha's notes & drafts"]
    assert texts(source, "a:updated") == ["2026-05-19T09:34:58Z"]
    assert {link.get("rel"): link.get("href") for link in source.findall("a:link", NS)} == {
        "self": "https://asha.example/feed.xml",
        "alternate": "https://asha.example/",
    }
    assert source.find("a:author", NS) is None


@pytest.mark.parametrize(
    ("source", "id_"),
    [
        (SourceRef("written", "Asha Rao", "written"), None),
        (SourceRef("page", "Notes", "page", "https://asha.example/notes"), "https://asha.example/notes"),
    ],
)
def test_a3_a_source_is_named_by_what_address_it_has(
    view: Views, article: Articles, source: SourceRef, id_: str | None
) -> None:
    found = entry(view(articles=(article(source=source),)))
    assert texts(found, "a:source/a:id") == ([id_] if id_ else [])


def test_a4_updated_is_the_last_significant_change(view: Views, article: Articles) -> None:
    edited = entry(view(articles=(article(updated_at=datetime(2026, 6, 1, 7, 0, 0, 5, tzinfo=UTC)),)))
    assert texts(edited, "a:updated") == ["2026-06-01T07:00:00Z"]
    assert texts(edited, "a:published") == ["2026-05-19T09:34:58Z"]
    assert texts(entry(view()), "a:updated") == ["2026-05-19T09:34:58Z"]


def test_a4_a_new_copy_updates_nothing(view: Views, article: Articles) -> None:
    fewer = entry(view(articles=(article(copies=article().copies[:1]),)))
    assert texts(fewer, "a:updated") == texts(entry(view()), "a:updated")


def test_a4_the_feed_is_as_new_as_its_state(view: Views) -> None:
    assert texts(feed(view()), "a:updated") == ["2026-06-01T07:00:00Z"]


def test_nothing_is_published_after_it_was_first_seen(view: Views, article: Articles) -> None:
    ahead = article(published_at=article().first_seen_at + timedelta(hours=20))
    assert texts(entry(view(articles=(ahead,))), "a:published") == ["2026-05-19T10:00:00Z"]


def test_a5_feed_and_entry_tell_their_language(view: Views, article: Articles) -> None:
    document = feed(view(articles=(article(language="ar"), article(id="tag:x,2026:b", language=None))))
    assert document.get(LANG) == "en"
    assert [e.get(LANG) for e in document.findall("a:entry", NS)] == ["ar", None]


def test_a6_pages_and_hubs_are_linked(view: Views) -> None:
    links = [(link.get("rel"), link.get("href")) for link in feed(view()).findall("a:link", NS)]
    assert links == [
        ("self", SELF),
        ("hub", "https://hub.example/"),
        ("hub", "https://other-hub.example/"),
        ("next", "https://feeds.example.org/asha/kind/article/atom.xml?cursor=b2s&lang=en&tag=kafka"),
        ("alternate", view().home_page_url),
    ]
    assert feed(view(next_query=None)).findall("a:link[@rel='next']", NS) == []


def test_tags_are_terms_with_label_and_scheme(view: Views, article: Articles) -> None:
    tagged = article(tags=("kafka", "c,d", "plain"), tag_labels={"kafka": "Kafka", "plain": "plain"})
    assert [dict(c.attrib) for c in entry(view(articles=(tagged,))).findall("a:category", NS)] == [
        {"term": "kafka", "label": "Kafka", "scheme": "https://feeds.example.org/asha/tag/"},
        {"term": "c d", "scheme": "https://feeds.example.org/asha/tag/"},
        {"term": "plain", "scheme": "https://feeds.example.org/asha/tag/"},
    ]
    everyone = entry(view(owner=None)).find("a:category", NS)
    assert everyone is not None
    assert everyone.get("scheme") == "https://feeds.example.org/tag/"


def test_the_image_is_told(view: Views) -> None:
    image = entry(view()).find("media:content", NS)
    assert image is not None
    assert image.get("url") == "https://asha.example/lead.png"


@pytest.mark.parametrize(
    ("content", "present"),
    [("full", {"summary", "content"}), ("summary", {"summary"}), ("title", {"summary"})],
)
def test_the_view_says_how_much_of_an_article_goes_out(view: Views, content: str, present: set[str]) -> None:
    found = {etree.QName(child).localname for child in entry(view(content=content)) if child.prefix is None}
    assert found & {"summary", "content"} == present, "an entry without any text is warned of"


@pytest.mark.parametrize("content", ["full", "summary", "title"])
def test_an_entry_without_address_has_content_instead(view: Views, article: Articles, content: str) -> None:
    story = entry(view(content=content, articles=(article(url=None, content_html="", kind="story"),)))
    assert story.findall("a:link[@rel='alternate']", NS) == []
    (text,) = story.findall("a:content", NS)
    assert (text.get("type"), text.text) == ("text", article().title if content == "title" else article().summary)


def test_content_is_escaped_html_whatever_stands_in_it(view: Views, article: Articles) -> None:
    broken = article(content_html="<p>unclosed <b>& stray ]]> &nbsp;")
    content = entry(view(articles=(broken,))).find("a:content", NS)
    assert content is not None
    assert (content.get("type"), content.text, len(content)) == ("html", broken.content_html, 0)


def test_what_xml_forbids_is_dropped_and_the_rest_stays(view: Views, article: Articles) -> None:
    dirty = article(title="N\x00U\x0bL \ufffe\ud800 & so on", authors=(Person("\x1b"), Person("B\x02o")))
    found = entry(view(articles=(dirty,), owner_names={"asha": "\x0cA"}))
    assert texts(found, "a:title") == ["NUL  & so on"]
    assert texts(found, "a:author/a:name") == ["Bo"]


def test_an_empty_feed_has_everything_that_atom_requires(view: Views) -> None:
    empty = feed(view(articles=(), description="", hubs=(), next_query=None, language=None))
    assert [etree.QName(child).localname for child in empty] == [
        "id",
        "title",
        "updated",
        "author",
        "link",
        "link",
        "generator",
    ]


def test_the_author_of_a_feed_is_its_only_author_or_its_name(view: Views) -> None:
    assert texts(feed(view()), "a:author/a:name") == ["Asha & friends"]
    one = feed(view(authors=(Person("Asha Rao", "https://asha.example/"),)))
    assert texts(one, "a:author/a:name") == ["Asha Rao"]
    two = feed(view(authors=(Person("Asha Rao"), Person("Bo Li"))))
    assert texts(two, "a:author/a:name") == ["Asha & friends"]


def test_what_goes_out_is_what_a_reader_gets(view: Views, article: Articles) -> None:
    parsed = feedparser.parse(render(view()), sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo
    read = parsed.entries[0]
    assert (read.id, read.link, read.title) == (article().id, article().url, article().title)
    assert (read.summary, read.content[0].value) == (article().summary, article().content_html)
    assert [a.name for a in read.authors] == ["Asha Rao", "Bo Li"]
    assert read.source.title == "Asha's notes & drafts"
    assert parsed.feed.links[0].href == SELF
