"""The list to include: an h-feed by its classes, JSON-LD that parses, and nothing that acts on the page around it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from aggregator.model import Article, CopyRef, Image, Person, Precision, View
from aggregator.render.formats import list_html

Views = Callable[..., View]
Articles = Callable[..., Article]

HOSTILE = '</script></li></ul></div><!--#exec cmd="id" --><script>hit()</script>"\'><img src=x onerror=hit()>'
TEMPLATES = ("{{ site.secret }}", "{% include secret %}", "{# gone #}", "{{{raw}}}", "${hit()}")


def tree(view: View) -> LexborHTMLParser:
    return LexborHTMLParser(list_html.render(view).decode())


def one(node: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    (found,) = node.css(selector)
    return found


def linked(view: View) -> Any:
    return json.loads(one(tree(view), "script").text())


def test_it_is_an_h_feed_of_h_entries(view: Views) -> None:
    feed = one(tree(view()), "body > div.h-feed")
    assert one(feed, "data.p-name[value]").attributes["value"] == "Asha & friends"
    assert one(feed, "data.u-url").attributes["value"] == "https://feeds.example.org/asha/kind/article/"
    entry = one(feed, "ul > li.h-entry")
    assert entry.attributes["id"] == "01JZ8Q5T00000000000000000A"
    assert (entry.attributes["lang"], entry.attributes["dir"]) == ("en", "ltr")
    title = one(entry, "a.u-url.p-name")
    assert title.text() == "Rebalancing R&D: why List<T> > arrays"
    assert title.attributes["href"] == "https://asha.example/rebalancing?part=1&of=2"
    assert one(entry, "p.p-summary").text() == "Consumers & brokers, told with List<T>."
    assert (
        one(entry, "data.u-uid").attributes["value"] == "tag:feeds.example.org,2026:article/01JZ8Q5T00000000000000000A"
    )
    assert one(entry, "data.u-photo").attributes["value"] == "https://asha.example/lead.png"
    assert {a.text(): a.attributes["href"] for a in entry.css("a.p-category[rel=tag]")} == {
        "Kafka": "https://feeds.example.org/asha/tag/kafka/",
        "Distributed Systems": "https://feeds.example.org/asha/tag/distributed-systems/",
    }


def test_each_copy_is_a_syndication_and_the_canonical_one_is_none(view: Views) -> None:
    assert {a.text(): a.attributes["href"] for a in tree(view()).css("a.u-syndication")} == {
        "DEV": "https://dev.to/asha/rebalancing-1a2b",
        "Medium": "https://medium.com/@asha/rebalancing-0f0f",
    }


@pytest.mark.parametrize(
    ("precision", "machine", "human"),
    [
        ("second", "2026-05-19T09:34:58Z", "19 May 2026"),
        ("day", "2026-05-19", "19 May 2026"),
        ("month", "2026-05", "May 2026"),
        ("year", "2026", "2026"),
    ],
)
def test_a_date_is_as_precise_as_it_is_known(
    view: Views, article: Articles, precision: Precision, machine: str, human: str
) -> None:
    shown = view(articles=(article(date_precision=precision),))
    time = one(tree(shown), "time.dt-published")
    assert (time.attributes["datetime"], time.text()) == (machine, human)
    assert linked(shown)["itemListElement"][0]["item"]["datePublished"] == machine


def test_a_date_that_nobody_knows_is_not_there(view: Views, article: Articles) -> None:
    shown = view(articles=(article(date_precision="unknown"),))
    assert not tree(shown).css("time")
    assert "datePublished" not in linked(shown)["itemListElement"][0]["item"]


def test_authors_are_named_where_the_view_does_not(view: Views, article: Articles) -> None:
    assert [p.text() for p in tree(view()).css("bdi.p-author.h-card")] == ["Asha Rao", "Bo Li"]
    alone = view(articles=(article(authors=(Person("Asha Rao"),)),))
    assert not tree(alone).css(".p-author")


def test_json_ld_lists_the_articles_with_their_copies(view: Views) -> None:
    listed = linked(view())
    assert (listed["@context"], listed["@type"]) == ("https://schema.org", "ItemList")
    (item,) = listed["itemListElement"]
    assert item["item"]["@type"] == "BlogPosting"
    assert item["item"]["url"] == "https://asha.example/rebalancing?part=1&of=2"
    assert item["item"]["sameAs"] == [
        "https://dev.to/asha/rebalancing-1a2b",
        "https://medium.com/@asha/rebalancing-0f0f",
    ]


def test_a_summary_is_left_out_where_only_titles_are_wanted(view: Views) -> None:
    assert not tree(view(content="title")).css(".p-summary")


def test_without_articles_there_is_nothing_to_see(view: Views) -> None:
    empty = tree(view(articles=()))
    assert one(empty, "body > div.h-feed").text().strip() == ""
    assert not empty.css("ul, script")


def test_nothing_acts_on_the_page_around_it(view: Views, article: Articles) -> None:
    text = list_html.render(view(articles=(article(image=Image("https://x.example/a.png")),))).decode()
    found = LexborHTMLParser(text)
    assert not found.css("style, [style], link, img, iframe, script:not([type='application/ld+json'])")
    assert not [n for n in found.css("*") if any(name.startswith("on") for name in n.attributes)]
    assert not {"<html", "<head", "<body", "<!doctype"} & {part.lower() for part in text.split(">")}
    assert text.startswith("<div ")
    assert text.endswith("</div>\n")


def test_hostile_words_stay_words(view: Views, article: Articles) -> None:
    bad = article(
        title=HOSTILE,
        summary=HOSTILE,
        authors=(Person(HOSTILE, "javascript:hit()"),),
        tags=(HOSTILE,),
        tag_labels={},
        language='en" onload="hit()',
        copies=(CopyRef("x", HOSTILE, "https://x.example/", None), CopyRef("y", "Y", "javascript:hit()", None)),
        image=Image("javascript:hit()"),
    )
    text = list_html.render(view(title=HOSTILE, articles=(bad, article()))).decode()
    found = LexborHTMLParser(text)
    assert [n.attributes.get("type") for n in found.css("script")] == ["application/ld+json"]
    assert not found.css("img")
    assert not [n for n in found.css("*") if any(name.startswith("on") for name in n.attributes)]
    assert [n.text() for n in found.css("a.p-name")] == [HOSTILE, "Rebalancing R&D: why List<T> > arrays"]
    assert "<!--" not in text
    assert "javascript:" not in {a.attributes["href"] for a in found.css("a")}


@pytest.mark.parametrize("words", TEMPLATES)
def test_what_includes_it_finds_no_template_in_it(view: Views, article: Articles, words: str) -> None:
    shown = view(title=words, articles=(article(title=words, summary=words, tags=(words,)),))
    text = list_html.render(shown).decode()
    assert not any(mark in text for mark in ("{{", "{%", "{#", "${"))
    assert one(tree(shown), "a.p-name").text() == words
    assert linked(shown)["itemListElement"][0]["item"]["headline"] == words


def test_it_is_not_for_search_engines_and_runs_nothing() -> None:
    assert dict(list_html.FORMAT.headers)["x-robots-tag"] == "noindex"
    assert list_html.FORMAT.policy.startswith("default-src 'none'")
