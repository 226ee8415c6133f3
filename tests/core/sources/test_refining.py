"""What platforms put around an article goes; the article, and every real article, stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import sources
from aggregator.model import Image, ParsedFeed, RawEntry, RawText, Skipped, Source

FEED = ParsedFeed(format="rss20", url="https://asha.example/feed")
PIXEL = (
    '<img src="https://medium.com/_/stat?event=post.clientViewed&referrerSource=full_rss&postId=16f4e8603a33"'
    ' width="1" height="1" alt="">'
)
FOOTER = (
    '<hr><p><a href="https://medium.com/pub/queues-16f4e8603a33">Queues</a> was originally published in'
    ' <a href="https://medium.com/pub">The Pub</a> on Medium, where people are continuing the conversation by'
    " highlighting and responding to this story.</p>"
)
TEASER = (
    '<div class="medium-feed-item"><p class="medium-feed-image"><a href="https://pub.example/q"><img'
    ' src="https://cdn-images-1.medium.com/max/1280/q.png" width="1280"></a></p><p class="medium-feed-snippet">Why'
    ' queues &amp; caches fill</p><p class="medium-feed-link"><a href="https://pub.example/q">Continue reading on'
    " The Pub »</a></p></div>"
)


def source(kind: str, feed_url: str = "https://asha.example/feed") -> Source:
    return Source(key=f"asha/{kind}", owner="asha", id=kind, kind=kind, feed_url=feed_url)


def item(title: str, body: str, *, tags: tuple[str, ...] = (), html_title: bool = False) -> RawEntry:
    return RawEntry(
        guid="https://medium.com/p/16f4e8603a33",
        url="https://asha.medium.com/queues-16f4e8603a33",
        title=RawText(title, "html" if html_title else "text"),
        content=RawText(body, "html"),
        tags=tags,
    )


def refined(kind: str, raw: RawEntry, feed: ParsedFeed = FEED) -> RawEntry:
    result = sources.refine(source(kind), feed, raw)
    assert isinstance(result, RawEntry), result
    return result


BODY = "<p>A queue is a promise. It is kept late.</p>"


@pytest.mark.parametrize("added", [PIXEL, FOOTER, PIXEL + FOOTER])
def test_medium_s_additions_go(added: str) -> None:
    raw = item("Queues", BODY + added, tags=("kafka",))
    assert refined("medium", raw).content == RawText(BODY, "html")


def test_refining_twice_is_refining_once() -> None:
    once = refined("medium", item("Queues", BODY + PIXEL + FOOTER))
    assert refined("medium", once) == once


def test_a_note_on_where_the_original_stands_is_kept_for_it_is_evidence() -> None:
    note = '<p><em>Originally published at </em><a href="https://asha.example/q"><em>asha.example</em></a>.</p>'
    assert refined("medium", item("Queues", BODY + note + PIXEL)).content.value == BODY + note


def test_a_teaser_becomes_a_summary_and_a_picture() -> None:
    raw = RawEntry(guid=None, url=None, title=RawText("Queues"), summary=RawText(TEASER, "html"))
    result = refined("medium", raw)
    assert result.content.value == ""
    assert result.summary == RawText("Why queues & caches fill", "text")
    assert result.image == Image("https://cdn-images-1.medium.com/max/1280/q.png")


SENTENCE = "I agree, and I would add that the consumer decides how late a message may be"
REPLIES = [
    ("Thank you, Tom!", "<p>Thank you, Tom!</p>"),
    ("Thanks Tom", "<p>Thanks Tom</p>"),
    ("Good question.", "<p>Good question. The answer is in the second part.</p><p>Asha</p>"),
    (f"{SENTENCE}…", f"<p>{SENTENCE}, which few people say aloud.</p><p>But they should.</p>"),
    (f"{SENTENCE}...", f"<p>{SENTENCE} &amp; more.</p>"),
    ("Yes & no.", "<p>Yes &amp; no. It <strong>depends</strong>.</p>"),
    ("Good  question!", '<p name="1abc">Good question!</p>'),
]


@pytest.mark.parametrize(("title", "body"), REPLIES)
def test_replies_on_medium_are_left_out(title: str, body: str) -> None:
    for added in ("", PIXEL):
        skipped = sources.refine(source("medium"), FEED, item(title, body + added))
        assert skipped == Skipped(" ".join(title.split()), "a reply to somebody's story on Medium, not an article")


def test_a_reply_with_an_escaped_title() -> None:
    raw = item("Yes &amp; no.", "<p>Yes &amp; no. It depends.</p>", html_title=True)
    assert sources.refine(source("medium"), FEED, raw) == Skipped(
        "Yes & no.", "a reply to somebody's story on Medium, not an article"
    )


LONG = "<p>" + "A queue is a promise that somebody keeps later. " * 60 + "</p>"
ARTICLES = [
    ("no tags", item("Queues", "<p>A short text of its own.</p>")),
    ("title as heading", item("Queues are promises.", "<h3>Queues are promises.</h3><p>They are kept late.</p>")),
    ("title begins the text", item("Queues", "<p>Queues are promises, and promises are kept late.</p>")),
    ("tags", item("Good question.", "<p>Good question. The answer follows.</p>", tags=("kafka",))),
    ("long", item("A queue is a promise that somebody keeps later.", LONG)),
    ("headings", item("Hello.", "<p>Hello. This has parts.</p><h3>One</h3><p>x</p>")),
    ("picture", item("Hello.", '<p>Hello. Look.</p><figure><img src="https://a.example/x.png"></figure>')),
    ("title repeated above a text", item("On queues", "<p>On queues</p>" + "<p>They fill when nobody looks.</p>" * 20)),
    ("cut title that the text does not begin with", item("Why everything I knew about…", "<p>Years ago, I knew.</p>")),
    ("no title", item("", "<p>Just a thought.</p>")),
    ("no text", item("Queues", "")),
]


@pytest.mark.parametrize(("why", "raw"), ARTICLES, ids=[why for why, _ in ARTICLES])
def test_no_article_on_medium_is_taken_for_a_reply(why: str, raw: RawEntry) -> None:
    assert refined("medium", raw).title == raw.title


WIDGETS = [
    ('<p>a</p><div class="x kg-signup-card y"><div><p>b</p></div></div><p>c</p>', "<p>a</p><p>c</p>"),
    ("<p>a</p><DIV data-x='1' class='kg-signup-card'><div>b</div></DIV><p>c</p>", "<p>a</p><p>c</p>"),
    ('<div class="kg-signup-card-like">a</div>', '<div class="kg-signup-card-like">a</div>'),
    ('<div class="my-kg-signup-card">a</div>', '<div class="my-kg-signup-card">a</div>'),
    ('<p>kg-signup-card</p><div class="a">b</div>', '<p>kg-signup-card</p><div class="a">b</div>'),
    (
        '<p>a</p><div class="kg-signup-card"><div>b</div><p>c</p>',
        '<p>a</p><div class="kg-signup-card"><div>b</div><p>c</p>',
    ),
]


@pytest.mark.parametrize(("body", "left"), WIDGETS)
def test_a_widget_goes_whole_or_not_at_all(body: str, left: str) -> None:
    assert refined("ghost", item("Queues", body)).content.value == left


@pytest.mark.parametrize(
    ("generator", "known"),
    [
        ("Ghost 5.80", True),
        ("ghost", True),
        ("https://ghost.org", False),
        ("Ghostwriter 1.0", False),
        ("https://wordpress.org/?v=6.5", True),
        ("http://wordpress.com/", True),
        ("Substack", True),
        ("", False),
        (None, False),
    ],
)
def test_generators_are_known_with_and_without_a_version(generator: str | None, known: bool) -> None:
    widgets = '<div class="kg-signup-card">a</div><div class="sharedaddy">b</div><p class="button-wrapper">c</p>'
    feed = ParsedFeed(format="rss20", url="https://asha.example/feed", generator=generator)
    result = sources.refine(source("feed"), feed, item("Queues", widgets))
    assert isinstance(result, RawEntry)
    assert (result.content.value != widgets) is known


def test_a_reply_by_structure_is_left_out_everywhere() -> None:
    raw = RawEntry(guid="1", url=None, title=RawText("Re: Queues"), in_reply_to=True)
    for kind in sources.kinds():
        result = sources.refine(source(kind), FEED, raw)
        assert result == Skipped("Re: Queues", "a reply to somebody's post, not an article")


def test_dev_writes_the_article_as_its_description() -> None:
    raw = RawEntry(guid=None, url=None, summary=RawText("<p>Hey</p><p>Queues.</p>", "html"))
    result = refined("dev", raw)
    assert (result.content, result.summary) == (RawText("<p>Hey</p><p>Queues.</p>", "html"), RawText())
    assert refined("dev", result) == result


def test_wordpress_s_last_line_goes() -> None:
    line = (
        '<p>The post <a href="https://a.example/q">Queues</a> appeared first on <a href="https://a.example">A</a>.</p>'
    )
    raw = RawEntry(
        guid=None,
        url=None,
        summary=RawText(f"<p>Why they fill [&#8230;]</p>\n{line}\n", "html"),
        content=RawText(f"<p>The post office is a queue.</p>{line}", "html"),
    )
    result = refined("feed", raw)
    assert result.summary.value == "<p>Why they fill [&#8230;]</p>"
    assert result.content.value == "<p>The post office is a queue.</p>"


def test_a_paragraph_that_only_begins_alike_stays() -> None:
    raw = RawEntry(guid=None, url=None, content=RawText("<p>The post office is a queue.</p>", "html"))
    assert refined("feed", raw) == raw


@pytest.mark.parametrize(
    ("feed_url", "generator"),
    [("https://medium.com/feed/@asha", None), ("https://detect.example/feed", "Medium")],
)
def test_a_feed_that_is_a_platform_s_is_treated_as_one(feed_url: str, generator: str | None) -> None:
    feed = ParsedFeed(format="rss20", url=feed_url, generator=generator)
    result = sources.refine(source("feed", feed_url), feed, item("Queues", BODY + PIXEL + FOOTER))
    assert isinstance(result, RawEntry)
    assert result.content.value == BODY


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Queues was originally published in The Pub on Medium, where people are continuing the conversation by"
         " highlighting and responding to this story.", "Queues "),
        ("Posted on May 19 • Edited on Jun 2, 2026 Hey", " Hey"),
        ("Posted on May 19, 2026 Hey", " Hey"),
        ("a Enter fullscreen mode Exit fullscreen mode b", "a   b"),
        ("End. The post Queues appeared first on Asha Rao.", "End. "),
        ("Originally published at https://asha.example/q.\nHey", "\nHey"),
        ("This article was originally published on my blog.", ""),
        ("Snippet Continue reading on The Pub »", "Snippet "),
        ("I posted on Monday about the first edition.", "I posted on Monday about the first edition."),
    ],
)  # fmt: skip
def test_boilerplate_is_known_as_plain_text(text: str, left: str) -> None:
    for pattern in sources.boilerplate():
        text = pattern.sub("", text)
    assert text == left


HOSTILE = [
    "<" * 400_000,
    "<p>" * 150_000,
    "<img " * 100_000 + "/_/stat?event=post.",
    "/_/stat?event=post." * 20_000,
    "<p>The post " * 40_000,
    "<hr>was originally published in " * 15_000,
    "The post a appeared first on b " * 15_000,
    "Originally published at " * 20_000,
    "Posted on May 1 • " * 20_000,
    "Continue reading on " * 20_000,
    "&" * 400_000,
    '<div class="subscription-widget-wrap">' * 10_000,
    '<div class="' + "button-wrapper " * 25_000,
    '<div class="sharedaddy"></div>' * 12_000,
    "<div " * 80_000,
    "<p>" + "<a " * 100_000 + "Read more",
    '<img src="' * 40_000,
    " #a" * 130_000,
    "https://" * 50_000,
    "Thanks for reading " * 20_000,
    "a" * 400_000 + " is a reader-supported publication.",
    "Share this: " + "X " * 200_000,
    "Support  by becoming " * 20_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:24] for text in HOSTILE])
def test_hostile_text_takes_linear_time(text: str) -> None:
    started = time.process_time()
    for kind in sources.kinds():
        sources.refine(source(kind), FEED, item("A", text))
        sources.refine(source(kind), FEED, item(text, "<p>A"))
    for pattern in sources.boilerplate():
        pattern.sub("", text)
    assert time.process_time() - started < 4


@given(st.text(max_size=200), st.text(max_size=400), st.booleans())
def test_any_item_can_be_refined(title: str, body: str, paragraph: bool) -> None:
    raw = item(title, f"<p>{body}</p>{FOOTER}" if paragraph else body)
    for kind in sources.kinds():
        result = sources.refine(source(kind), FEED, raw)
        if isinstance(result, RawEntry):
            again = sources.refine(source(kind), FEED, result)
            assert again == result or isinstance(again, Skipped)
