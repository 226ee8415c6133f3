"""What a page says of feeds is put in the order in which it is worth asking; comment feeds are never in it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import ParseError
from aggregator.parse.discover import candidates, says_feed
from aggregator.parse.ranks import GUESSED, LINKED, OWNED

URL = "https://asha.example/blog/"


def named(body: str, url: str = URL, links: tuple[tuple[str, str], ...] = ()) -> list[tuple[str, str]]:
    """Address and reason of what is no guess."""
    return [(one.url, one.reason) for one in candidates(body.encode(), "text/html", url, links) if one.rank < GUESSED]


def test_what_the_page_states_stands_first() -> None:
    page = """<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">
        <link rel="alternate" type="application/rss+xml" title="Asha: Comments Feed" href="/comments/feed/">
        <link rel="alternate" type="application/rss+xml" href="/feed.xml">
        <link rel="alternate" hreflang="de" href="/de/">
        <link rel="alternate" type="application/feed+json" href="feed.json">
        <a href="/rss-of-notes.xml">RSS</a> <a href="/subscribe">Subscribe by mail</a>
        <a href="/x/atom"><img alt="Atom feed" src="i.png"></a> <a href="https://feedly.com/i/x">Feedly RSS</a>"""
    assert [url for url, _ in named(page)] == [
        "https://asha.example/feed.xml",
        "https://asha.example/blog/feed.json",
        "https://asha.example/rss-of-notes.xml",
        "https://asha.example/x/atom",
    ]
    assert named(page)[0][1] == "its page names it as its feed"


def test_the_link_header_counts() -> None:
    links = (("alternate", "/atom.xml"), ("alternate", "/de/"), ("preload", "/feed.css"), ("feed", "/all"))
    reason = "its server names it in the Link header"
    assert named("", links=links) == [("https://asha.example/atom.xml", reason), ("https://asha.example/all", reason)]


def test_makers_of_sites_have_their_places() -> None:
    root = "https://asha.example/"
    assert named('<meta name="Generator" content="WordPress 6.5">', root)[0][0] == "https://asha.example/feed/"
    assert named('<meta name="generator" content="Hugo 0.111">', root)[0][0] == "https://asha.example/index.xml"


def test_makers_of_sites_have_them_in_the_folder_of_the_page_first() -> None:
    page = '<meta name="generator" content="WordPress 6.5">'
    assert [url for url, _ in named(page)] == ["https://asha.example/blog/feed/", "https://asha.example/feed/"]


@pytest.mark.parametrize(
    ("url", "feed"),
    [
        ("https://velog.io/@asharao/posts", "https://v2.velog.io/rss/asharao"),
        ("https://asharao.tistory.com/", "https://asharao.tistory.com/rss"),
        ("https://blog.naver.com/asharao", "https://rss.blog.naver.com/asharao.xml"),
        ("https://gist.github.com/asharao", "https://gist.github.com/asharao.atom"),
        ("https://gitlab.com/asharao", "https://gitlab.com/asharao.atom"),
        ("https://gitlab.com/asharao/ledger", "https://gitlab.com/asharao/ledger/-/releases.atom"),
        ("https://asharao.tumblr.com/archive", "https://asharao.tumblr.com/rss"),
    ],
)
def test_a_platform_that_is_no_kind_has_its_rule(url: str, feed: str) -> None:
    assert named("", url)[0][0] == feed


def test_pages_elsewhere_come_last_and_its_own_first() -> None:
    page = """<a href="https://dev.to/asharao">DEV</a> <a href="https://dev.to/asharao/a-post-3k2f">post</a>
        <a href="https://far.example/a/b/c">read</a> <a href="/about">me</a> <link rel=me href="/now">
        <a rel="me noopener" href="https://medium.com/@asharao?source=x">Medium</a>"""
    found = [one for one in candidates(page.encode(), "text/html", URL) if one.rank >= OWNED]
    assert [(one.url, one.rank) for one in found] == [
        ("https://asha.example/now", OWNED),
        ("https://medium.com/@asharao", OWNED),
        ("https://dev.to/asharao", LINKED),
        ("https://dev.to/asharao/a-post-3k2f", LINKED),
    ]
    assert [one.reason for one in found[1:3]] == [
        "its page calls https://medium.com/@asharao its own",
        "its page links to https://dev.to/asharao",
    ]


def test_a_page_of_links_has_an_end() -> None:
    page = "".join(f'<a href="https://x{number}.example/">x</a>' for number in range(2_000))
    assert len([one for one in candidates(page.encode(), "text/html", URL) if one.rank >= OWNED]) == 300


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://asha.example/feed", True),
        ("https://asha.example/blog/atom.xml", True),
        ("https://asha.example/?format=rss", True),
        ("https://feeds.asha.example/", False),
        ("https://asha.example/feedback", False),
    ],
)
def test_an_address_may_say_that_it_is_a_feed(url: str, *, said: bool) -> None:
    assert says_feed(url) == said


def test_guesses_begin_where_the_page_points() -> None:
    page = b'<a href="/blog/">Blog</a>'
    found = [one.url for one in candidates(page, "text/html", "https://www.asha.example/")]
    assert found[0] == "https://www.asha.example/blog/feed"
    assert "https://www.asha.example/feed.json" in found
    assert "https://blog.asha.example/feed" in found
    assert not any("comment" in url for url in found)
    assert len(set(found)) == len(found)


PIECES = [
    *("<link rel=alternate type=application/rss+xml href='", "<a href='//[", "'>rss</a>", "\x00", "<base href='::'>"),
    *("http://", "ünï", "<meta name=generator content=ghost>", "'>"),
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=9), st.binary(max_size=30))
def test_no_page_surprises(pieces: list[str], noise: bytes) -> None:
    try:
        found = candidates(
            "".join(pieces).encode() + noise, "text/html", URL, (("alternate", noise.decode("latin-1")),)
        )
    except ParseError:
        return
    assert all(one.url.startswith(("http://", "https://")) for one in found)
