"""Whatever stands in a view, its documents are well-formed, complete and hold the rules."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from aggregator.model import Article, CopyRef, Facet, Image, Metric, Person, SourceRef, View
from aggregator.render import facts, links, wire
from aggregator.render.carry import scrubbed
from aggregator.render.formats import (
    atom,
    card_svg,
    embed_html,
    feed_json,
    feeds_opml,
    index_json,
    list_html,
    list_md,
    rss,
    sources_opml,
)
from aggregator.render.schema import index_schema

A = "{http://www.w3.org/2005/Atom}"
S = "{http://www.w3.org/2000/svg}"
JSON_FEED = Draft202012Validator(json.loads((Path(__file__).parent / "jsonfeed-1.1.schema.json").read_text()))
INDEX = Draft202012Validator(index_schema())
EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

_NASTY = (
    "",
    " ",
    "\x00",
    "a\x08\x0c\x1b[0m\x7f\x85\ufffe\uffffz",
    "\ud800 lone \udfff",
    "مرحبا \u202eabc\u202c",
    "👩🏽‍💻 \U0001f600\U0010ffff \ufdd0 \ufffd",
    "How </div> and &copy; and S&P500 are spelled",
    "<script>alert(1)</script> & ]]> <!-- --> &amp; &#x26; \\u0000",
    "quote \" and ' and\r\nlines\u2028\u2029",
    "word " * 2000,
)
_texts = st.sampled_from(_NASTY) | st.text(st.characters(), max_size=30)
_urls = st.sampled_from(
    (
        None,
        "",
        "https://asha.example/a?b=1&c=%20",
        "http://asha.example/<b>",
        "https://münchen.example/ü",
        "javascript:alert(1)",
        "https://x.example/\x00",
        "/relative",
    )
)
_moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware there
_people = st.lists(st.builds(Person, name=_texts, url=_urls, avatar=_urls), max_size=3).map(tuple)
_sizes = st.none() | st.integers(0, 9000)
_copies = st.builds(
    CopyRef, source=_texts, title=_texts, url=_urls, date_published=st.none() | _moments, canonical=st.booleans()
)
_articles = st.builds(
    Article,
    id=st.uuids().map(lambda u: f"tag:feeds.example.org,2026:article/{u}"),
    ulid=st.just("X"),
    owners=st.lists(st.sampled_from(("asha", "bo", "")), max_size=2).map(tuple),
    url=_urls,
    title=_texts,
    summary=_texts,
    published_at=_moments,
    date_precision=st.sampled_from(("second", "day", "month", "year", "unknown")),
    first_seen_at=_moments,
    announced_at=st.none(),
    source=st.builds(SourceRef, id=_texts, title=_texts, kind=_texts, url=_urls, feed_url=_urls, icon=_urls),
    copies=st.lists(_copies, max_size=3).map(tuple),
    content_html=_texts,
    updated_at=st.none() | _moments,
    authors=_people,
    tags=st.lists(_texts, max_size=4).map(tuple),
    tag_labels=st.dictionaries(_texts, _texts, max_size=2),
    image=st.none() | st.builds(Image, url=_urls.filter(bool), width=_sizes, height=_sizes, alt=_texts),
    language=st.sampled_from((None, "en", "ar")),
    dir=st.sampled_from(("ltr", "rtl")),
    publisher=st.none() | _texts,
    section=st.none() | _texts,
    metrics=st.lists(st.builds(Metric, label=_texts, value=_texts), max_size=2).map(tuple),
)
_facets = st.builds(
    Facet,
    value=st.just("v"),
    label=st.just("L"),
    count=st.integers(0, 9),
    url=st.sampled_from(("https://feeds.example.org/x/", "/x/")),
    description=st.none() | _texts,
)
_views = st.builds(
    View,
    base_url=st.just("https://feeds.example.org"),
    path=st.sampled_from(("", "/asha", "/asha/tag/a%26b")),
    query=st.sampled_from(("", "cursor=x&tag=a%26b")),
    title=_texts,
    description=_texts,
    home_page_url=st.just("https://feeds.example.org/"),
    owner=st.sampled_from((None, "asha")),
    owner_url=_urls,
    articles=st.lists(_articles, max_size=4, unique_by=lambda a: a.id).map(tuple),
    total=st.integers(0, 999),
    updated_at=_moments,
    next_query=st.sampled_from((None, "cursor=y")),
    content=st.sampled_from(("full", "summary", "title")),
    language=st.sampled_from((None, "en")),
    authors=_people,
    facets=st.dictionaries(st.sampled_from(("tags", "kinds")), st.lists(_facets, max_size=2).map(tuple)),
    hubs=st.sampled_from(((), ("https://hub.example/",))),
    owner_names=st.dictionaries(st.sampled_from(("asha", "bo")), _texts),
    sources=st.lists(st.builds(SourceRef, id=_texts, title=_texts, kind=_texts, url=_urls, feed_url=_urls)).map(tuple),
)


def _legible(text: str) -> str:
    """A text as XML documents spell it: a control as browsers read it, and "?" for what nobody shows."""
    return "".join(map(_shown, text))


def _shown(one: str) -> str:
    if "\x7f" <= one <= "\x9f":
        return one.encode("latin-1").decode("cp1252", "ignore").replace("\x7f", "") or "?"
    return "?" if one == "\ufffd" or "\ufdd0" <= one <= "\ufdef" or ord(one) & 0xFFFE == 0xFFFE else one


def _said(construct: etree._Element | None) -> str:
    """The text of an Atom text construct (RFC 4287 section 3.1)."""
    assert construct is not None
    text = construct.text or ""
    return unescape(text) if construct.get("type") == "html" else text


@EXAMPLES
@given(_views)
def test_any_view_is_rss(view: View) -> None:
    data = rss.render(view)
    channel = etree.fromstring(data)[0]
    items = channel.findall("item")
    assert [i.findtext("guid") for i in items] == [a.id for a in view.articles]
    assert not re.search(rb"<title>[^<]*&(?!#x(26|3C|3E);|#\d+;)", data)
    for item, article in zip(items, map(scrubbed, view.articles), strict=True):
        assert item.findtext("title") == _legible(facts.headline(article))
        assert item.findall("{http://purl.org/dc/elements/1.1/}creator")
        assert item.find("author") is None
        assert all("," not in (c.text or "") and (c.text or "").strip() for c in item.findall("category"))
        assert parsedate_to_datetime(item.findtext("pubDate") or "") == facts.published(article).replace(microsecond=0)
        assert all(re.match("https?://", a) for a in item.xpath("*/@href | */@url | link/text()"))
        order = [etree.QName(child).localname for child in item]
        assert "encoded" not in order or order.index("description") < order.index("encoded")
    assert rss.render(view) == data


@EXAMPLES
@given(_views)
def test_any_view_is_atom(view: View) -> None:
    data = atom.render(view)
    feed = etree.fromstring(data)
    for parent in (feed, *feed.findall(f"{A}entry")):
        for required in ("id", "title", "updated"):
            (element,) = parent.findall(f"{A}{required}")
            assert (element.text or "").strip()
        assert all((n.text or "").strip() for n in parent.findall(f"{A}author/{A}name"))
        assert parent.findall(f"{A}author")
    entries = feed.findall(f"{A}entry")
    assert [e.findtext(f"{A}id") for e in entries] == [a.id for a in view.articles]
    for entry, article in zip(entries, map(scrubbed, view.articles), strict=True):
        alternates = entry.findall(f"{A}link[@rel='alternate']")
        assert len(alternates) <= 1
        assert alternates or entry.findall(f"{A}content")
        assert _said(entry.find(f"{A}title")) == _legible(facts.headline(article))
        assert entry.findtext(f"{A}updated") == wire.rfc3339(article.updated_at or facts.published(article))
        sources = entry.findall(f"{A}source")
        assert sources in ([], [entry[-1]])
        assert all(s.findtext(f"{A}id") and s.findtext(f"{A}updated") for s in sources)
    assert atom.render(view) == data


@EXAMPLES
@given(_views)
def test_any_view_is_a_json_feed_and_an_index(view: View) -> None:
    for render in (feed_json.render, index_json.render):
        data = render(view)
        document: dict[str, Any] = json.loads(data)
        JSON_FEED.validate(document)
        assert [i["id"] for i in document["items"]] == [a.id for a in view.articles]
        assert all(i.get("content_html") or i.get("content_text") for i in document["items"])
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "".join(strings(document)))
        assert render(view) == data
    INDEX.validate(document)


@EXAMPLES
@given(_views)
def test_any_view_is_a_list_to_include(view: View) -> None:
    data = list_html.render(view)
    tree = LexborHTMLParser(data.decode())
    (feed,) = tree.css("body > div.h-feed")
    assert not [n for n in tree.css("body > *") if n.attributes.get("class") != "article-list h-feed"]
    assert len(feed.css("li.h-entry")) == len(view.articles)
    assert [n.text() for n in feed.css(".article-list-title")] == [
        _in_html(facts.heading(a)) for a in map(scrubbed, view.articles)
    ]
    assert all(re.match("https?://", a.attributes["href"] or "") for a in feed.css("a"))
    assert len(tree.css("script")) == bool(view.articles)
    for script in tree.css("script[type='application/ld+json']"):
        assert len(json.loads(script.text())["itemListElement"]) == len(view.articles)
    assert not re.search(rb"<!|\{\{|\{%|\{#|<style|style=| on\w+=\"", data)
    assert list_html.render(view) == data


@EXAMPLES
@given(_views)
def test_any_view_is_a_page_for_a_frame(view: View) -> None:
    data = embed_html.render(view)
    tree = LexborHTMLParser(data.decode())
    titles = [node.text() for node in tree.css("h2")]
    assert titles == [_in_html(facts.heading(a)) for a in map(scrubbed, view.articles)]
    assert all(re.match("https?://", a.attributes["href"] or "") for a in tree.css("h2 a"))
    assert [len(tree.css(name)) for name in ("style", "script", "h1", "base", "img, iframe, form, [style]")] == [
        1
    ] * 4 + [0]
    assert embed_html.render(view) == data


def _in_html(text: str) -> str:
    """A text as a parser of HTML gives it back: it knows one kind of line end (HTML Standard 13.2.3.5)."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@EXAMPLES
@given(_views)
def test_any_view_is_a_markdown_list(view: View) -> None:
    data = list_md.render(view)
    lines = data.decode().split("\n")
    assert lines.pop() == ""
    assert len(lines) == (len(view.articles) or 1)
    for line, article in zip(lines, view.articles, strict=bool(view.articles)):
        assert line.startswith("- ")
        assert not re.search(r"(?<!\\)(?:\\\\)*[<>`*\[\]~](?!\u2068|\()", line[2:].partition("](")[0].removeprefix("["))
        assert ("](" in line) == (links.web(article.url) is not None)
    assert list_md.render(view) == data


@EXAMPLES
@given(_views)
def test_any_view_is_a_card(view: View) -> None:
    data = card_svg.render(view)
    root = etree.fromstring(data)
    assert root.findtext(f"{S}title")
    assert root.findtext(f"{S}desc")
    assert {etree.QName(e).localname for e in root.iter()} <= {"svg", "title", "desc", "style", "rect", "g", "text"}
    assert not [name for e in root.iter() for name in e.attrib if "href" in name or name.startswith("on")]
    assert all((e.text or "").strip() for e in root.iter(f"{S}text"))
    assert all(0 < int(e.get("y") or 0) < int(root.get("height") or 0) for e in root.iter(f"{S}text"))
    assert card_svg.render(view) == data


@EXAMPLES
@given(_views)
def test_any_view_is_two_lists_of_feeds(view: View) -> None:
    for render in (feeds_opml.render, sources_opml.render):
        data = render(view)
        root = etree.fromstring(data)
        assert [e.tag for e in root] == ["head", "body"]
        assert all((e.get("text") or "").strip() for e in root.iter("outline"))
        assert all(re.match("https?://", a) for a in root.xpath("//@xmlUrl | //@htmlUrl"))
        assert all(e.get("type") == "rss" for e in root.iter("outline") if e.get("xmlUrl"))
        assert render(view) == data


def strings(value: Any) -> list[str]:
    """Every string in a document, names of members included."""
    if isinstance(value, dict):
        return [*value, *(s for part in value.values() for s in strings(part))]
    if isinstance(value, list):
        return [s for part in value for s in strings(part)]
    return [value] if isinstance(value, str) else []


def test_a_full_page_of_the_longest_texts_goes_out_whole() -> None:
    at = datetime(2026, 5, 19, tzinfo=UTC)
    article = Article(
        id="",
        ulid="",
        owners=(),
        url="https://asha.example/",
        title="t" * 100_000,
        summary="",
        published_at=at,
        date_precision="day",
        first_seen_at=at,
        announced_at=at,
        source=SourceRef("s", "S", "feed"),
        copies=(),
        content_html="<p>&amp;</p>" * 2_000,
    )
    many = tuple(replace(article, id=f"tag:x,2026:{n}") for n in range(200))
    view = View(
        base_url="https://feeds.example.org",
        path="",
        query="",
        title="T",
        description="",
        home_page_url="https://feeds.example.org/",
        owner=None,
        owner_url=None,
        articles=many,
        total=200,
        updated_at=at,
    )
    root = etree.fromstring(rss.render(view), etree.XMLParser(huge_tree=True))
    assert len(root.findall("channel/item")) == 200
    assert len(json.loads(feed_json.render(view))["items"]) == 200
