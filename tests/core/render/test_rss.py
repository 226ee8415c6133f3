"""RSS holds every rule of outputs.md 1.1, each checked on the bytes that go out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import feedparser
import pytest
from lxml import etree

from aggregator.model import Article, CopyRef, Image, Person, SourceRef, View
from aggregator.render.formats.rss import render

Views = Callable[..., View]
Articles = Callable[..., Article]

NS = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
}
SELF = "https://feeds.example.org/asha/kind/article/rss.xml?lang=en&tag=kafka"


def channel(view: View) -> etree._Element:
    found = etree.fromstring(render(view)).find("channel")
    assert found is not None
    return found


def item(view: View) -> etree._Element:
    (only,) = channel(view).findall("item")
    return only


def names(element: etree._Element) -> list[str]:
    return [etree.QName(child).localname for child in element]


def test_r1_self_is_the_address_that_was_asked_for_query_included(view: Views) -> None:
    (link,) = channel(view()).findall("atom:link[@rel='self']", NS)
    assert dict(link.attrib) == {"rel": "self", "type": "application/rss+xml", "href": SELF}


def test_r1_a_view_without_a_query_has_none_in_its_self(view: Views) -> None:
    (link,) = channel(view(path="", query="")).findall("atom:link[@rel='self']", NS)
    assert link.get("href") == "https://feeds.example.org/rss.xml"


def test_r2_titles_carry_markup_characters_as_hex_references(view: Views) -> None:
    data = render(view())
    titles = re.findall(rb"<title>(.*?)</title>", data)
    assert titles == [b"Asha &#x26; friends", b"Rebalancing R&#x26;D: why List&#x3C;T&#x3E; &#x3E; arrays"]
    assert item(view()).findtext("title") == "Rebalancing R&D: why List<T> > arrays"


def test_r2_so_does_all_plain_text(view: Views, article: Articles) -> None:
    data = render(view(articles=(article(tags=("r&d",)),)))
    assert b"<description>What Asha writes about &#x3C;Kafka&#x3E;</description>" in data
    assert b"<category>r&#x26;d</category>" in data
    assert b">Asha's notes &#x26; drafts</source>" in data


def test_r3_the_summary_stands_before_the_content(view: Views) -> None:
    order = names(item(view()))
    assert order.index("description") < order.index("encoded")


def test_r3_the_summary_is_html_and_reads_as_the_plain_text_it_was(view: Views) -> None:
    assert item(view()).findtext("description") == "Consumers &amp; brokers, told with List&lt;T&gt;."


def test_r4_people_are_creators_and_never_an_author(view: Views) -> None:
    assert [c.text for c in item(view()).findall("dc:creator", NS)] == ["Asha Rao", "Bo Li"]
    assert item(view()).find("author") is None


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "Asha Rao"),
        ({"owners": ("unnamed",)}, "unnamed"),
        ({"owners": ()}, "Asha's notes & drafts"),
        ({"owners": (), "source": SourceRef("x", "", "feed")}, "Asha & friends"),
    ],
)
def test_r4_nobody_named_means_the_owner_then_the_source_then_the_view(
    view: Views, article: Articles, changes: dict[str, object], name: str
) -> None:
    anonymous = article(authors=(Person(" "),), **changes)
    assert [c.text for c in item(view(articles=(anonymous,))).findall("dc:creator", NS)] == [name]


def test_r5_the_guid_is_the_tag_uri_and_no_permalink(view: Views, article: Articles) -> None:
    other = article(id="tag:feeds.example.org,2026:article/01JZ8Q5T00000000000000000B")
    guids = channel(view(articles=(article(), other))).findall("item/guid")
    assert [g.text for g in guids] == [article().id, other.id]
    assert {g.get("isPermaLink") for g in guids} == {"false"}


def test_r6_dates_are_rfc_822_with_the_right_weekday(view: Views) -> None:
    assert item(view()).findtext("pubDate") == "Tue, 19 May 2026 09:34:58 GMT"
    assert channel(view()).findtext("lastBuildDate") == "Mon, 01 Jun 2026 07:00:00 GMT"


def test_r6_nothing_is_published_after_it_was_first_seen(view: Views, article: Articles) -> None:
    seen = article().first_seen_at
    ahead = article(published_at=seen + timedelta(hours=20))
    date = parsedate_to_datetime(item(view(articles=(ahead,))).findtext("pubDate") or "")
    assert seen - timedelta(seconds=1) < date <= seen


def test_r6_a_date_of_another_zone_is_the_same_moment(view: Views, article: Articles) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    moved = article(published_at=article().published_at.astimezone(india))
    assert render(view(articles=(moved,))) == render(view())


def test_r7_one_date_element_and_the_modification_in_atom_updated(view: Views, article: Articles) -> None:
    edited = item(view(articles=(article(updated_at=datetime(2026, 6, 1, tzinfo=UTC)),)))
    assert edited.find("dc:date", NS) is None
    assert len(edited.findall("pubDate")) == 1
    assert [u.text for u in edited.findall("atom:updated", NS)] == ["2026-06-01T00:00:00Z"]
    assert item(view()).find("atom:updated", NS) is None


def test_r8_only_absolute_web_addresses_come_out(view: Views, article: Articles) -> None:
    hostile = article(
        url="javascript:alert(1)",
        image=Image("/lead.png"),
        source=SourceRef("x", "X", "feed", "data:text/html,x", "ftp://x.example/feed"),
        copies=(CopyRef("a", "A", "//b.example/", None), CopyRef("b", "B", "https://x.example/\x00", None)),
    )
    bare = item(view(articles=(hostile,)))
    assert {"link", "source", "content"}.isdisjoint(names(bare))
    good = item(view())
    addresses = [str(a) for a in good.xpath("//@href | //@url | //link/text()")]
    assert len(addresses) == 10
    assert all(re.match("https://", a) for a in addresses)


def test_r9_no_image_of_the_channel_that_could_contradict_its_link(view: Views) -> None:
    assert channel(view()).find("image") is None


def test_r10_language_image_and_hubs_are_told_in_their_modules(view: Views) -> None:
    found = item(view())
    assert found.findtext("dc:language", namespaces=NS) == "en"
    (image,) = found.findall("media:content", NS)
    assert dict(image.attrib) == {
        "url": "https://asha.example/lead.png",
        "medium": "image",
        "width": "1200",
        "height": "630",
    }
    hubs = channel(view()).findall("atom:link[@rel='hub']", NS)
    assert [h.get("href") for h in hubs] == ["https://hub.example/", "https://other-hub.example/"]


def test_r11_no_comma_in_a_category(view: Views, article: Articles) -> None:
    tagged = article(tags=("a,b", "c", "c", " , "))
    assert [c.text for c in item(view(articles=(tagged,))).findall("category")] == ["a b", "c"]


def test_r12_the_channel_has_neither_category_nor_editor(view: Views) -> None:
    assert {"category", "managingEditor", "webMaster", "creator"}.isdisjoint(names(channel(view())))


def test_r13_what_xml_forbids_is_dropped_and_the_rest_stays(view: Views, article: Articles) -> None:
    dirty = article(title="N\x00U\x0bL \ufffe\ud800 & so on", content_html="<p>\x1b[0m</p>")
    found = item(view(title="V\x01iew", articles=(dirty,)))
    assert render(view(articles=(dirty,))).count(b"NUL  &#x26; so on") == 1
    assert found.findtext("content:encoded", namespaces=NS) == "<p>[0m</p>"


def test_the_channel_links_to_the_page_to_read(view: Views) -> None:
    assert [link.text for link in channel(view()).findall("link")] == [view().home_page_url]


def test_the_next_page_is_linked_only_where_there_is_one(view: Views) -> None:
    (following,) = channel(view()).findall("atom:link[@rel='next']", NS)
    assert following.get("href") == ("https://feeds.example.org/asha/kind/article/rss.xml?cursor=b2s&lang=en&tag=kafka")
    assert channel(view(next_query=None)).findall("atom:link[@rel='next']", NS) == []


def test_copies_have_a_relation_that_no_reader_takes_for_the_article(view: Views) -> None:
    found = item(view()).findall("atom:link", NS)
    assert [(c.get("href"), c.get("title")) for c in found] == [
        ("https://dev.to/asha/rebalancing-1a2b", "DEV"),
        ("https://medium.com/@asha/rebalancing-0f0f", "Medium"),
    ]
    assert {c.get("rel") for c in found} == {"tag:article-aggregator,2026:copy"}


def test_the_source_is_named(view: Views) -> None:
    source = item(view()).find("source")
    assert source is not None
    assert (source.get("url"), source.text) == ("https://asha.example/feed.xml", "Asha's notes & drafts")


@pytest.mark.parametrize(
    ("content", "present"),
    [("full", {"description", "encoded"}), ("summary", {"description"}), ("title", set())],
)
def test_the_view_says_how_much_of_an_article_goes_out(view: Views, content: str, present: set[str]) -> None:
    found = set(names(item(view(content=content))))
    assert found & {"description", "encoded"} == present
    assert {"title", "link", "guid", "pubDate"} <= found


def test_a_story_without_address_is_an_item_without_link(view: Views, article: Articles) -> None:
    story = item(view(articles=(article(url=None, kind="story"),)))
    assert story.find("link") is None
    assert story.findtext("guid") == article().id


def test_an_article_without_title_is_called_by_its_summary(view: Views, article: Articles) -> None:
    assert b"<title>Consumers &#x26; brokers, told" in render(view(articles=(article(title=" "),)))
    assert article().url is not None
    bare = render(view(content="title", articles=(article(title="", summary=""),)))
    assert b"<title>https://asha.example/rebalancing?part=1&#x26;of=2</title>" in bare


def test_an_empty_view_is_a_whole_document(view: Views) -> None:
    empty = channel(view(articles=(), description="", hubs=(), next_query=None, language=None))
    assert names(empty) == ["title", "link", "description", "link", "lastBuildDate", "generator"]
    assert empty.findtext("description") == "Asha & friends"


def test_what_goes_out_is_what_a_reader_gets(view: Views, article: Articles) -> None:
    parsed = feedparser.parse(render(view()), sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo
    entry = parsed.entries[0]
    assert entry.id == article().id
    assert entry.link == article().url
    assert entry.title == article().title
    assert entry.content[0].value == article().content_html
    assert entry.summary == "Consumers &amp; brokers, told with List&lt;T&gt;."
    assert [a.name for a in entry.authors] == ["Asha Rao", "Bo Li"]
    assert [t.term for t in entry.tags] == list(article().tags)
    assert entry.published_parsed[:6] == (2026, 5, 19, 9, 34, 58)
    assert parsed.feed.title == "Asha & friends"
    assert parsed.feed.link == view().home_page_url
