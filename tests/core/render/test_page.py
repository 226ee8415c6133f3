"""What the page to read says about a view, and what can never get into it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from aggregator.model import (
    Article,
    CopyRef,
    Facet,
    Image,
    Metric,
    Narrowing,
    Person,
    Precision,
    SourceRef,
    TrackRef,
    View,
)
from aggregator.render import formats
from aggregator.render.formats import page

BASE = "https://feeds.example.org"
ARTICLE = Article(
    id="tag:feeds.example.org,2026:article/01K9ZV7Q000000000000000001",
    ulid="01K9ZV7Q000000000000000001",
    owners=("asha",),
    url="https://asha.example/kafka-1",
    title="Partitions & people",
    summary="Who owns what, and for how long.",
    content_html="<p>THE WHOLE TEXT</p>",
    published_at=datetime(2018, 12, 3, 23, 30, tzinfo=UTC),
    date_precision="second",
    first_seen_at=datetime(2026, 11, 1, tzinfo=UTC),
    announced_at=None,
    source=SourceRef("site", "asha.example", "feed"),
    copies=(
        CopyRef("site", "asha.example", "https://asha.example/kafka-1", None, canonical=True),
        CopyRef("dev", "DEV", "https://dev.to/asha/kafka-3k2f", None),
        CopyRef("medium", "Medium", "https://medium.com/@asha/kafka-8c1d2e3f4a5b", None),
    ),
    authors=(Person("Asha Rao", "https://asha.example"),),
    tags=("kafka", "c++"),
    tag_labels={"c++": "C++"},
    reading_time_minutes=7,
)
VIEW = View(
    base_url=BASE,
    path="",
    query="",
    title="Northern Backend",
    description="Notes from two people.",
    home_page_url=f"{BASE}/",
    owner=None,
    owner_url=None,
    articles=(ARTICLE,),
    total=1,
    updated_at=datetime(2026, 11, 1, tzinfo=UTC),
    owner_names={"asha": "Asha Rao", "layla": "ليلى حداد"},
)
HOSTILE = "</script></style></textarea></title><script>hit()</script>\"'><img src=x onerror=hit()>"


def rendered(**said: Any) -> LexborHTMLParser:
    return LexborHTMLParser(page.render(replace(VIEW, **said)).decode())


def shown(**said: Any) -> LexborNode:
    """The one article of a page, with these facts."""
    return one(rendered(articles=(replace(ARTICLE, **said),)), "article.h-entry")


def one(node: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    (found,) = node.css(selector)
    return found


def words(node: LexborNode) -> str:
    return " ".join(node.text().split())


@pytest.mark.parametrize(
    ("precision", "machine", "human"),
    [
        ("second", "2018-12-03T23:30:00Z", "3 Dec 2018"),
        ("day", "2018-12-03", "3 Dec 2018"),
        ("month", "2018-12", "Dec 2018"),
        ("year", "2018", "2018"),
    ],
)
def test_a_date_is_as_precise_as_it_is_known(precision: Precision, machine: str, human: str) -> None:
    time = one(shown(date_precision=precision), "time")
    assert time.attributes["datetime"] == machine
    assert time.text() == human


def test_a_date_that_nobody_knows_is_not_shown() -> None:
    assert not shown(date_precision="unknown").css("time, .when")


def test_copies_are_named_each_with_its_link() -> None:
    links = {a.text(): a.attributes["href"] for a in shown().css("a.u-syndication")}
    assert links == {
        "DEV": "https://dev.to/asha/kafka-3k2f",
        "Medium": "https://medium.com/@asha/kafka-8c1d2e3f4a5b",
    }
    assert "also on DEV, Medium" in words(one(shown(), ".meta"))


def test_the_title_leads_to_the_canonical_copy() -> None:
    link = one(shown(), "h3 a.u-url.p-name")
    assert (link.text(), link.attributes["href"]) == ("Partitions & people", "https://asha.example/kafka-1")


def test_an_article_without_address_date_summary_author_and_tags_still_stands() -> None:
    bare = shown(url=None, title="", summary="", date_precision="unknown", authors=(), tags=(), copies=())
    assert one(bare, "h3").text() == "Untitled"
    assert not bare.css("h3 a, time, .summary, .tags")


def test_a_note_without_title_is_headed_by_what_it_says_once() -> None:
    note = shown(title="")
    assert one(note, "h3").text() == "Who owns what, and for how long."
    assert not note.css(".summary")


def test_tags_lead_to_their_page_in_the_same_scope() -> None:
    tags = {a.text(): a.attributes["href"] for a in shown().css("a.p-category")}
    assert tags == {"kafka": f"{BASE}/tag/kafka/", "C++": f"{BASE}/tag/c%2B%2B/"}
    mine = {a.text(): a.attributes["href"] for a in rendered(owner="asha", path="/asha").css("a.p-category")}
    assert mine["kafka"] == f"{BASE}/asha/tag/kafka/"


def test_the_full_text_is_never_published_here() -> None:
    assert b"THE WHOLE TEXT" not in page.render(VIEW)


def test_feeds_are_discovered_recommended_first_and_told_apart() -> None:
    expected = [f for f in sorted(formats().values(), key=lambda f: f.autodiscover or 0) if f.autodiscover is not None]
    assert len(expected) >= 3
    links = rendered().css('head link[rel="alternate"]')
    assert [a.attributes["href"] for a in links] == [f"{BASE}/{f.document}" for f in expected]
    assert [a.attributes["type"] for a in links] == [f.media_type.partition(";")[0] for f in expected]
    assert len({a.attributes["title"] for a in links}) == len(links)


def test_a_subscription_is_to_the_selection_and_not_to_one_page_of_it() -> None:
    tree = rendered(path="/asha", owner="asha", query="cursor=xyz&exclude_source=dev&limit=10", next_query="cursor=abc")
    for link in tree.css('head link[rel="alternate"]'):
        assert (link.attributes["href"] or "").startswith(f"{BASE}/asha/")
        assert (link.attributes["href"] or "").endswith("?exclude_source=dev")
    assert one(tree, 'a[rel="next"]').attributes["href"] == f"{BASE}/asha/after/abc/"
    assert (
        one(tree, 'input[id="feed-1"]').attributes["value"] == tree.css('link[rel="alternate"]')[0].attributes["href"]
    )


def test_the_last_page_has_no_next() -> None:
    assert not rendered().css('[rel="next"]')


def test_structured_data_lists_the_articles() -> None:
    document = json.loads(one(rendered(), 'script[type="application/ld+json"]').text())
    assert document["@type"] == "ItemList"
    (item,) = document["itemListElement"]
    assert item["item"]["@type"] == "BlogPosting"
    assert item["item"]["url"] == "https://asha.example/kafka-1"
    assert item["item"]["datePublished"] == "2018-12-03T23:30:00Z"
    assert item["item"]["sameAs"] == ["https://dev.to/asha/kafka-3k2f", "https://medium.com/@asha/kafka-8c1d2e3f4a5b"]
    assert "THE WHOLE TEXT" not in json.dumps(document)


def test_featured_articles_come_first_and_once() -> None:
    plain = replace(ARTICLE, ulid="01K9ZV7Q000000000000000002", title="Plain")
    tree = rendered(articles=(plain, replace(ARTICLE, featured=True)), total=2)
    assert [h.text() for h in tree.css("h3")] == ["Partitions & people", "Plain"]
    assert words(one(tree, ".featured h3")) == "Partitions & people"
    later = rendered(articles=(plain, replace(ARTICLE, featured=True)), total=2, query="cursor=x")
    assert [h.text() for h in later.css("h3")] == ["Plain", "Partitions & people"]


def test_everybody_is_listed_where_there_is_a_choice() -> None:
    people = {a.text(): a.attributes["href"] for a in rendered().css(".by-people a")}
    assert people == {"Asha Rao": f"{BASE}/asha/", "ليلى حداد": f"{BASE}/layla/"}
    assert not rendered(owner_names={"asha": "Asha Rao"}).css(".by-people")


def test_an_owners_page_does_not_repeat_the_name_under_every_title() -> None:
    assert "Asha Rao" in words(one(shown(), ".meta"))
    own = rendered(owner="asha", path="/asha")
    assert "Asha Rao" not in words(one(own, "article .meta"))


def test_facets_are_offered_with_their_counts_where_there_is_a_choice() -> None:
    facets = {
        "years": (Facet("2026", "2026", 3, f"{BASE}/?year=2026"), Facet("2025", "2025", 1, f"{BASE}/?year=2025")),
        "kinds": (Facet("article", "Article", 4, f"{BASE}/?kind=article"),),
        "tags": tuple(Facet(f"t{n}", f"Topic {n}", 1, f"{BASE}/tag/t{n}/") for n in range(40)),
        "categories": (
            Facet("data", "Data", 2, f"{BASE}/category/data/", "Queues and logs"),
            Facet("run", "Running", 2, f"{BASE}/category/run/"),
        ),
    }
    tree = rendered(facets=facets, query="year=2026")
    assert [words(li) for li in tree.css(".by-years li")] == ["2026 3", "2025 1"]
    assert one(tree, '.browse [aria-current="page"]').text() == "2026"
    assert not tree.css(".by-kinds")
    assert len(tree.css(".by-tags li")) == 40
    assert len(tree.css(".by-tags details li")) > 0
    assert "Queues and logs" in words(one(tree, ".by-categories"))


def test_an_article_tells_its_place_in_a_reading_list() -> None:
    part = shown(track=TrackRef("kafka-101", "Kafka from zero", 2, 5, "https://asha.example/1", "javascript:hit()"))
    assert "part 2 of 5 in Kafka from zero ← part 1" in words(part)
    assert "part 3" not in words(part), "no address that can be opened"
    assert [a.attributes["href"] for a in part.css(".meta + .meta a")] == [
        f"{BASE}/track/kafka-101/",
        "https://asha.example/1",
    ]


def test_a_reading_list_is_numbered_and_puts_nothing_before_its_order() -> None:
    parts = tuple(
        replace(ARTICLE, ulid=f"01K9ZV7Q00000000000000000{n}", title=f"Part {n}", featured=n == 2, track=place)
        for n, place in enumerate((TrackRef("k", "Kafka", n, 5) for n in (2, 5)), start=1)
    )
    tree = rendered(articles=parts, path="/track/k", narrowing=Narrowing("track", "k", "Kafka"))
    assert one(tree, "h1").text() == "Kafka"
    assert one(tree, ".sort").text() == "Reading list"
    assert [words(part) for part in tree.css(".when")] == ["Part 2", "Part 5"]
    assert [words(title) for title in tree.css("h3")] == ["Part 1", "Part 2"]
    assert len(tree.css(".meta time")) == 2, "the date stands below"


def test_metrics_and_publisher_of_a_story_are_shown() -> None:
    story = shown(
        kind="story", publisher="The Blog", metrics=(Metric("Latency", "−250 ms"), Metric("Traffic", "~1K QPS"))
    )
    assert [(words(d), words(t)) for t, d in zip(story.css("dt"), story.css("dd"), strict=True)] == [
        ("−250 ms", "Latency"),
        ("~1K QPS", "Traffic"),
    ]
    assert words(one(story, ".kind")) == "Story The Blog"
    talks = rendered(
        articles=(replace(ARTICLE, kind="talk", publisher="NordBackend"), replace(ARTICLE, ulid="X", kind="talk")),
        path="/kind/talk",
        narrowing=Narrowing("kind", "talk", "Talks"),
    )
    assert [words(kind) for kind in talks.css(".kind")] == ["NordBackend"], "all of them are talks"


def test_a_source_called_after_its_author_is_told_by_its_host() -> None:
    named = shown(source=SourceRef("s", "Asha Rao: software, mostly", "feed"), url="https://www.asha.example/1")
    assert words(one(named, ".source")) == "asha.example"
    assert words(one(shown(source=SourceRef("s", "Notes on queues", "feed")), ".source")) == "Notes on queues"


def test_kinds_are_offered_where_there_is_a_choice_and_where_there_is_no_article() -> None:
    kinds = tuple(
        Facet(kind, f"{kind.title()}s", n, f"{BASE}/kind/{kind}/") for kind, n in (("article", 4), ("talk", 2))
    )

    def offered(**said: Any) -> dict[str, tuple[str | None, bool]]:
        tree = rendered(facets={"kinds": said.pop("kinds", kinds)}, **said)
        found = zip(tree.css(".kinds a"), tree.css(".kinds .count"), strict=True)
        return {
            f"{a.text()} {n.text()}": ((a.attributes["href"] or "").removeprefix(BASE), "aria-current" in a.attributes)
            for a, n in found
        }

    assert offered() == {
        "Articles 4": ("/", True),
        "Talks 2": ("/kind/talk/", False),
        "Everything 6": ("/kind/all/", False),
    }
    assert offered(path="/tag/kafka", narrowing=Narrowing("tag", "kafka", "Kafka"), query="year=2026&kind=talk") == {
        "Articles 4": ("/tag/kafka/?year=2026", False),
        "Talks 2": ("/tag/kafka/?kind=talk&year=2026", True),
        "Everything 6": ("/tag/kafka/?kind=all&year=2026", False),
    }
    assert offered(path="/kind/talk", narrowing=Narrowing("kind", "talk", "Talks"), query="q=two+words") == {
        "Articles 4": ("/kind/article/?q=two+words", False),
        "Talks 2": ("/kind/talk/?q=two+words", True),
        "Everything 6": ("/kind/all/?q=two+words", False),
    }
    assert offered(kinds=kinds[:1]) == {}
    assert list(offered(kinds=kinds[1:], articles=())) == ["Talks 2"]
    assert "2 talks" in words(one(rendered(facets={"kinds": kinds[1:]}, articles=()), ".empty"))


def test_a_narrowed_page_narrows_further_and_counts_only_what_it_leads_to() -> None:
    facets = {
        "tags": (Facet("kafka", "Kafka", 3, f"{BASE}/tag/kafka/"), Facet("sql", "SQL", 2, f"{BASE}/tag/sql/")),
        "years": (Facet("2026", "2026", 2, f"{BASE}/?year=2026"), Facet("2025", "2025", 1, f"{BASE}/?year=2025")),
    }
    tree = rendered(
        facets=facets, path="/tag/kafka", narrowing=Narrowing("tag", "kafka", "Kafka"), query="lang=en&year=2025"
    )
    assert [(words(li), one(li, "a").attributes["href"]) for li in tree.css(".browse section:first-child li")] == [
        ("Kafka 3", f"{BASE}/tag/kafka/"),
        ("SQL", f"{BASE}/tag/sql/"),
    ]
    assert [(words(li), one(li, "a").attributes["href"]) for li in tree.css(".by-years li")] == [
        ("2026 2", f"{BASE}/tag/kafka/?lang=en&year=2026"),
        ("2025 1", f"{BASE}/tag/kafka/?lang=en&year=2025"),
    ]
    plain = rendered(facets=facets, query="cursor=x&year=2025")
    assert [a.attributes["href"] for a in plain.css(".by-tags a")] == [
        f"{BASE}/tag/kafka/?year=2025",
        f"{BASE}/tag/sql/?year=2025",
    ]


def test_what_the_query_asks_for_can_be_taken_away_one_by_one() -> None:
    tree = rendered(query="cursor=x&q=dead+letter&tag=sql,c%2B%2B", facets={"tags": (Facet("sql", "SQL", 1, "/"),)})
    assert {one(a, "bdi").text(): a.attributes["href"] for a in tree.css(".asked a")} == {
        "“dead letter”": f"{BASE}/?tag=sql,c%2B%2B",
        "SQL or c++": f"{BASE}/?q=dead+letter",
    }


def test_a_search_stays_in_the_selection_and_begins_on_its_first_page() -> None:
    tree = rendered(path="/asha", owner="asha", query="cursor=x&kind=all&limit=10&q=lease")
    form = one(tree, 'form[method="get"]')
    assert form.attributes["action"] == "./"
    assert {i.attributes["name"]: i.attributes["value"] for i in form.css("input")} == {"kind": "all", "q": "lease"}
    assert one(tree, "title").text() == "“lease” in Northern Backend"


def test_machines_are_told_which_page_this_is_and_not_to_list_it() -> None:
    tree = rendered(path="/asha", owner="asha", query="year=2026", title="Asha Rao", site_title="Northern Backend")
    address = f"{BASE}/asha/?year=2026"
    assert one(tree, 'link[rel="canonical"]').attributes["href"] == address
    assert one(tree, 'meta[name="robots"]').attributes["content"] == "noindex"
    said = {m.attributes["property"]: m.attributes["content"] for m in tree.css('meta[property^="og:"]')}
    assert said == {
        "og:type": "website",
        "og:title": "Asha Rao",
        "og:url": address,
        "og:site_name": "Northern Backend",
        "og:description": "Notes from two people.",
    }
    pictured = rendered(articles=(replace(ARTICLE, image=Image("https://asha.example/1.png", alt="A lease")),))
    assert one(pictured, 'meta[property="og:image"]').attributes["content"] == "https://asha.example/1.png"
    assert one(pictured, 'meta[name="twitter:card"]').attributes["content"] == "summary_large_image"


def test_what_its_owner_features_leads_the_scope_however_old() -> None:
    old = replace(ARTICLE, ulid="01K9ZV7Q000000000000000003", title="Old and good", featured=True)
    assert [words(h) for h in rendered(featured=(old,)).css("h3")] == ["Old and good", "Partitions & people"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, "aggregator status"),
        ({"query": "tag=rust"}, "Show everything"),
        ({"path": "/asha/tag/rust", "owner": "asha"}, "Show everything"),
        ({"query": "cursor=x", "total": 4}, "Back to the newest"),
    ],
)
def test_an_empty_page_says_what_to_do(said: dict[str, Any], expected: str) -> None:
    empty = one(rendered(**({"articles": (), "total": 0} | said)), ".empty")
    assert expected in words(empty)


def test_the_policy_names_the_one_style_sheet() -> None:
    style = one(rendered(), "style").text()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.CSP
    assert "default-src 'none'" in page.CSP
    assert "unsafe" not in page.CSP
    assert not rendered().css("[style]"), "the policy forbids style attributes"


def test_search_engines_are_sent_to_the_originals() -> None:
    assert one(rendered(), 'meta[name="robots"]').attributes["content"] == "noindex"


def test_nothing_is_loaded_but_pictures_of_articles() -> None:
    tree = rendered(articles=(replace(ARTICLE, image=Image("https://asha.example/a.png", 3, 2, "A")),))
    assert not tree.css('script[src], iframe, object, embed, video, audio, link[rel="stylesheet"], link[rel="preload"]')
    picture = one(tree, "img")
    assert picture.attributes["src"] == "https://asha.example/a.png"
    assert picture.attributes["loading"] == "lazy"
    assert picture.attributes["referrerpolicy"] == "no-referrer"
    assert picture.attributes["width"] == "3"


def test_direction_and_language_are_the_articles_own() -> None:
    body = one(shown(dir="rtl", language="ar"), ".what")
    assert (body.attributes["dir"], body.attributes["lang"]) == ("rtl", "ar")


def test_who_wonders_about_copies_finds_the_reasons() -> None:
    copies = (CopyRef("dev", "DEV", "https://dev.to/a-1", None),)
    link = one(shown(copies=copies, ulid="01M7WF5S80Y3C4B3W9W8AE14E7"), ".meta a.reasons")
    assert link.attributes["href"] == f"{BASE}/api/articles/01M7WF5S80Y3C4B3W9W8AE14E7"
    assert link.text().split() == ["why?", "Copies", "of", *ARTICLE.title.split()]
    assert not shown(copies=()).css(".reasons"), "nothing to wonder about"


def test_only_addresses_of_the_web_become_links() -> None:
    bad = shown(
        url="javascript:hit()",
        image=Image("data:text/html,<script>hit()</script>"),
        copies=(CopyRef("x", "X", "javascript:hit()", None),),
    )
    assert not bad.css("h3 a, img, .u-syndication")


def test_hostile_words_stay_words() -> None:
    tree = rendered(
        title=HOSTILE,
        description=HOSTILE,
        owner_names={"asha": HOSTILE, "b": HOSTILE},
        facets={"tags": (Facet("a", HOSTILE, 1, f"{BASE}/"), Facet("b", HOSTILE, 1, f"{BASE}/", HOSTILE))},
        articles=(
            replace(
                ARTICLE,
                title=HOSTILE,
                summary=HOSTILE,
                authors=(Person(HOSTILE, HOSTILE),),
                tags=(HOSTILE,),
                language='en" onload="hit()',
                source=SourceRef("x", HOSTILE, "feed"),
                copies=(CopyRef("x", HOSTILE, "https://x.example/", None),),
                metrics=(Metric(HOSTILE, HOSTILE),),
                image=Image("https://x.example/a.png", alt=HOSTILE),
            ),
        ),
    )
    assert [s.attributes.get("type") for s in tree.css("script")] == ["application/ld+json"]
    assert len(tree.css("img")) == 1
    assert not [n for n in tree.css("*") if any(name.startswith("on") for name in n.attributes)]
    assert one(tree, "h3").text() == HOSTILE
    assert one(tree, "h1").text() == HOSTILE
    listed = json.loads(one(tree, "script").text())
    assert listed["itemListElement"][0]["item"]["headline"] == HOSTILE


@settings(max_examples=60, deadline=None)
@given(title=st.text(max_size=60), summary=st.text(max_size=60), name=st.text(max_size=30))
def test_any_text_gives_one_whole_page(title: str, summary: str, name: str) -> None:
    view = replace(VIEW, title=name, articles=(replace(ARTICLE, title=title, summary=summary), ARTICLE), total=2)
    tree = LexborHTMLParser(page.render(view).decode("utf-8"))
    assert len(tree.css("article.h-entry")) == 2
    assert len(json.loads(one(tree, "script").text())["itemListElement"]) == 2
    assert tree.css("footer"), "nothing swallowed the end of the page"


def test_a_nul_or_lone_surrogate_damages_nothing() -> None:
    assert one(shown(title="a\x00b\ud800c"), "h3").text() == "abc"


def test_the_same_view_gives_the_same_bytes() -> None:
    assert page.render(VIEW) == page.render(replace(VIEW))
