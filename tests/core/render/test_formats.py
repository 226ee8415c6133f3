"""Formats are found, not listed; each says where its document is, and writes the same bytes for the same view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from aggregator.model import Article, View
from aggregator.render import formats, links
from aggregator.render.formats.rss import FORMAT as RSS

Views = Callable[..., View]
Articles = Callable[..., Article]

TYPES = {
    "rss.xml": "application/rss+xml; charset=utf-8",
    "atom.xml": "application/atom+xml; charset=utf-8",
    "feed.json": "application/feed+json",
    "index.json": "application/feed+json",
}


def test_every_module_of_the_directory_is_a_format() -> None:
    found = formats()
    assert {name: found[name].media_type for name in TYPES} == TYPES
    assert found["rss.xml"] is RSS
    assert all(format_.document == name for name, format_ in found.items())
    assert list(found) == sorted(found)


def test_what_goes_into_the_head_of_a_page_is_recommended_in_one_order_under_different_titles() -> None:
    offered = sorted((f.autodiscover, f.document, f.title) for f in formats().values() if f.autodiscover is not None)
    assert [document for _, document, _ in offered] == ["rss.xml", "atom.xml", "feed.json"]
    assert len({title for *_, title in offered}) == len(offered)


def test_feeds_are_for_subscribers_and_the_index_is_not() -> None:
    assert [name for name in TYPES if formats()[name].feed] == ["rss.xml", "atom.xml", "feed.json"]


def test_no_two_formats_share_a_name_among_the_links() -> None:
    assert len({f.link for f in formats().values()}) == len(formats())


@pytest.mark.parametrize("document", TYPES)
def test_a_document_names_the_address_that_was_asked_for(document: str, view: Views) -> None:
    for path, query, address in [
        ("", "", f"https://feeds.example.org/{document}"),
        ("/asha/tag/kafka", "", f"https://feeds.example.org/asha/tag/kafka/{document}"),
        ("/asha", "limit=3&q=%26", f"https://feeds.example.org/asha/{document}?limit=3&q=%26"),
    ]:
        asked = view(path=path, query=query)
        assert links.this(asked, document) == address
        spelt = address.replace("&", "&amp;") if document.endswith(".xml") else address
        assert f'"{spelt}"'.encode() in formats()[document].render(asked)


@pytest.mark.parametrize("document", TYPES)
def test_the_same_view_gives_the_same_bytes_however_its_maps_came_together(
    document: str, view: Views, article: Articles
) -> None:
    render = formats()[document].render
    one = view(articles=(article(tags=("a", "b"), tag_labels={"a": "A", "b": "B"}),), owner_names={"x": "X", "y": "Y"})
    facets = dict(reversed(list(one.facets.items())))
    shuffled = article(tags=("a", "b"), tag_labels={"b": "B", "a": "A"})
    other = replace(one, articles=(shuffled,), facets=facets, owner_names={"y": "Y", "x": "X"})
    assert render(one) == render(one) == render(other)


@pytest.mark.parametrize("document", TYPES)
def test_articles_go_out_in_the_order_of_the_view(document: str, view: Views, article: Articles) -> None:
    ids = [f"tag:feeds.example.org,2026:article/{place}" for place in (3, 1, 2)]
    data = formats()[document].render(view(articles=tuple(article(id=i) for i in ids))).decode()
    assert sorted(ids, key=data.index) == ids


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://x.example/a?b=c&d#e", True),
        ("HTTP://x.example/", True),
        ("https://[::1]:8080/", False),
        ("javascript:alert(1)", False),
        ("//x.example/", False),
        ("/a", False),
        ("https://x.example/a b", False),
        ('https://x.example/"onload=', False),
        ("https://x.example/\ud800", False),
        ("https://", False),
        ("", False),
        (None, False),
    ],
)
def test_only_web_addresses_stand_in_documents(url: str | None, kept: bool) -> None:
    assert links.web(url) == (url if kept else None)


@pytest.mark.parametrize(
    ("url", "id_"),
    [
        ("https://x.example", "https://x.example/"),
        ("https://x.example?a=b", "https://x.example/?a=b"),
        ("https://x.example/a?b=/c", "https://x.example/a?b=/c"),
        ("http://127.0.0.1:8000/feed", "http://127.0.0.1:8000/feed"),
    ],
)
def test_an_address_that_identifies_has_a_path(url: str, id_: str) -> None:
    assert links.identifying(url) == id_


def test_an_iri_is_spelled_as_the_uri_that_it_is() -> None:
    """RSS and OPML have no word for one, nor for brackets (RFC 2396)."""
    assert links.web("https://münchen.example/ü?a[]=1") == "https://xn--mnchen-3ya.example/%C3%BC?a%5B%5D=1"
