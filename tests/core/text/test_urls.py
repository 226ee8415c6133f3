"""Addresses: what a reader may click, what two of them have in common, and which are no place for an article."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.text import urls

BASE = "https://ada.example/posts/one/?p=7"

CLEAN = [
    # as it should be
    ("https://ada.example/posts/one", "https://ada.example/posts/one"),
    ("https://medium.com/@ada/some-title-0123456789ab", "https://medium.com/@ada/some-title-0123456789ab"),
    ("https://ada.example", "https://ada.example/"),
    ("https://ada.example?p=1", "https://ada.example/?p=1"),
    # host and port
    ("HTTPS://Ada.EXAMPLE/Path", "https://ada.example/Path"),
    ("http://ada.example:80/x", "http://ada.example/x"),
    ("https://ada.example:443/x", "https://ada.example/x"),
    ("https://ada.example:80/x", "https://ada.example:80/x"),
    ("https://ada.example:/x", "https://ada.example/x"),
    ("https://ada.example:0443/x", "https://ada.example/x"),
    ("https://ada.example./x", "https://ada.example/x"),
    ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
    ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
    ("https://b%C3%BCcher.example/", "https://xn--bcher-kva.example/"),
    ("https://ada%2Eexample/x", "https://ada.example/x"),
    ("https://日本語。example/", "https://xn--wgv71a119e.example/"),
    ("https://my_blog.ada.example/", "https://my_blog.ada.example/"),
    ("http://[::FFFF:1]:80/x", "http://[::ffff:1]/x"),
    ("http://2130706433/x", "http://127.0.0.1/x"),
    ("http://0x7f.1/x", "http://127.0.0.1/x"),
    ("http://0177.0.0.1/x", "http://127.0.0.1/x"),
    ("http://①②⑦.⓪.⓪.①/x", "http://127.0.0.1/x"),
    # spelling
    (" \n https://ada.example/x\t", "https://ada.example/x"),
    ("https://ada.exam\r\nple/x", "https://ada.example/x"),
    ("https://ada.example/a b", "https://ada.example/a%20b"),
    ('https://ada.example/"<>^`{|}', "https://ada.example/%22%3C%3E%5E%60%7B%7C%7D"),
    ("https://ada.example/100%", "https://ada.example/100%25"),
    ("https://ada.example/100%/%2f%C3%A4", "https://ada.example/100%25/%2f%C3%A4"),
    ("https://ada.example/\ud800", "https://ada.example/%3F"),
    ("https:/ada.example/x", "https://ada.example/x"),
    ("https:///ada.example/x", "https://ada.example/x"),
    ("https:\\\\ada.example\\x", "https://ada.example/x"),
    ("https://ada.example\\@evil.example/", "https://ada.example/@evil.example/"),
    ("https://ada.example/a/./b/../c", "https://ada.example/a/c"),
    ("https://ada.example/a/%2e%2E/c", "https://ada.example/c"),
    ("https://ada.example/../../c/..", "https://ada.example/"),
    ("https://ada.example/a..b/...", "https://ada.example/a..b/..."),
    # tracking
    ("https://ada.example/x?utm_source=rss&utm_medium=rss", "https://ada.example/x"),
    ("https://ada.example/x?UTM_Source=rss&p=2501", "https://ada.example/x?p=2501"),
    ("https://ada.example/x?a=&b&&c=1", "https://ada.example/x?a=&b&&c=1"),
    ("https://ada.example/x?b=2&a=1&fbclid=z&b=3", "https://ada.example/x?b=2&a=1&b=3"),
    ("https://ada.example/x?p=1&amp;utm_campaign=feed", "https://ada.example/x?p=1"),
    ("https://ada.example/x?replytocom=17", "https://ada.example/x"),
    ("https://ada.substack.com/p/queues?r=2x1abc&showWelcome=true", "https://ada.substack.com/p/queues"),
    ("https://youtu.be/aBcDeFgHiJk?si=xYz&t=10", "https://youtu.be/aBcDeFgHiJk?t=10"),
    ("https://www.youtube.com/watch?v=aBcDeFgHiJk&feature=share", "https://www.youtube.com/watch?v=aBcDeFgHiJk"),
    ("https://ada.hashnode.dev/queues?source=more_articles", "https://ada.hashnode.dev/queues"),
    ("https://ada.wordpress.com/2024/01/x/?share=twitter&nb=1", "https://ada.wordpress.com/2024/01/x/"),
    ("https://ada.blogspot.com/2024/01/x.html?m=1", "https://ada.blogspot.com/2024/01/x.html"),
    ("https://ada.example/x?m=1&r=2&s=3&source=a", "https://ada.example/x?m=1&r=2&s=3&source=a"),
    ("https://ada.example/?gclid=1&mc_cid=2&mc_eid=3&igshid=4&ref_src=5&_hsenc=6&_hsmi=7", "https://ada.example/"),
    ("https://ada.example/x?", "https://ada.example/x"),
    ("https://ada.example/x?ref=main&source=github", "https://ada.example/x?ref=main&source=github"),
    ("https://blog.example/x-0123456789ab?source=rss-103cb4aea3c2------2", "https://blog.example/x-0123456789ab"),
    ("https://blog.example/x-0123456789ab?source=rss----8fca399d4de---4", "https://blog.example/x-0123456789ab"),
    ("https://medium.com/p/0123456789ab?source=friends_link&sk=1", "https://medium.com/p/0123456789ab?sk=1"),
    # fragments
    ("https://ada.example/x#part-2", "https://ada.example/x#part-2"),
    ("https://ada.example/x#", "https://ada.example/x"),
    ("https://ada.example/x#:~:text=hello%20there", "https://ada.example/x"),
    ("https://ada.example/x#part:~:text=hello", "https://ada.example/x#part"),
    ("https://ada.example/x#utm_source=a&utm_medium=b", "https://ada.example/x"),
    ("https://ada.example/#!/post/4", "https://ada.example/#!/post/4"),
]

RELATIVE = [
    ("two", "https://ada.example/posts/one/two"),
    ("/two", "https://ada.example/two"),
    ("../two?utm_source=x", "https://ada.example/posts/two"),
    ("?p=8", "https://ada.example/posts/one/?p=8"),
    ("#part", "https://ada.example/posts/one/?p=7#part"),
    ("//cdn.example/x", "https://cdn.example/x"),
    ("\\\\cdn.example/x", "https://cdn.example/x"),
    ("", "https://ada.example/posts/one/?p=7"),
    ("https://bob.example/x", "https://bob.example/x"),
]

REFUSED = [
    "",
    "   ",
    "/relative",
    "relative",
    "//ada.example/x",
    "ada.example/x",
    "#part",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript://ada.example/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "DATA:text/html;base64,PHA+",
    "vbscript:x",
    "file:///etc/passwd",
    "ftp://ada.example/x",
    "mailto:ada@ada.example",
    "feed:https://ada.example/x",
    "view-source:https://ada.example/",
    "blob:https://ada.example/1",
    "http:",
    "http://",
    "http:///",
    "https://?p=1",
    "http:ada.example",
    "http://ada@ada.example/",
    "http://ada:secret@ada.example/",
    "http://bank.example%40evil.example/",
    "http://@ada.example/",
    "http://ada.example:99999/",
    "http://ada.example:8o/",
    "http://ada.example:-1/",
    "http://ada.example:٨٠/",
    "http://ada..example/",
    "http://.example/",
    "http://a b.example/",
    "http://ada<b>.example/",
    "http://[::1/",
    "http://[::1]x/",
    "http://[fe80::1%25eth0]/",
    "http://[nonsense]/",
    "http://256.1.1.1/",
    "http://1.2.3.4.5/",
    "http://ada.example%00/",
    "http://ada.example%2Fx/",
    "http://" + "a" * 64 + ".example/",
    "http://ada.example/" + "x" * 5000,
]


@pytest.mark.parametrize(("given", "expected"), CLEAN)
def test_clean_gives_the_address_to_click(given: str, expected: str) -> None:
    assert urls.clean(given) == expected
    assert urls.clean(expected) == expected


@pytest.mark.parametrize(("given", "expected"), RELATIVE)
def test_clean_resolves_against_the_base(given: str, expected: str) -> None:
    assert urls.clean(given, BASE) == expected


@pytest.mark.parametrize("given", REFUSED)
def test_clean_refuses(given: str) -> None:
    assert urls.clean(given) is None
    assert urls.absolute(given) is None
    assert urls.key(given) is None
    assert urls.host(given) == ""
    assert urls.is_unfit(given)
    assert not urls.is_home(given)


@pytest.mark.parametrize("given", ["javascript:alert(1)", "data:text/html,x", "java\tscript:x", "mailto:a@b.example"])
def test_a_base_makes_no_other_scheme_welcome(given: str) -> None:
    assert urls.clean(given, BASE) is None


@pytest.mark.parametrize("base", ["", "nonsense", "data:text/html,x", "ftp://ada.example/", "http://[", "/x"])
def test_a_base_that_is_no_address_resolves_nothing(base: str) -> None:
    assert urls.clean("two", base) is None
    assert urls.clean("https://ada.example/two", base) == "https://ada.example/two"


def test_absolute_keeps_what_clean_takes_away() -> None:
    url = "https://ada.example/x.png?utm_source=a&w=2#:~:text=b"
    assert urls.absolute(url) == url
    assert urls.absolute("x.png?utm_source=a", BASE) == "https://ada.example/posts/one/x.png?utm_source=a"


SAME = [
    ("http://ada.example/x", "https://www.ada.example:443/x/"),
    ("https://ada.example/x/index.html", "https://ada.example/x"),
    ("https://ada.example/x/INDEX.HTM?p=1", "https://ada.example/x?p=1"),
    ("https://ada.example/x#comments", "https://ada.example/x"),
    ("https://ada.example/x#respond", "https://ada.example/x"),
    ("https://ada.example/x#top", "https://ada.example/x"),
    ("https://ada.example/x#content", "https://ada.example/x"),
    ("https://ada.example/x#:~:text=a", "https://ada.example/x"),
    ("https://ada.example/x?utm_source=a", "https://ada.example/x"),
    ("https://ada.example/%7Eada/%c3%a4", "https://ada.example/~ada/ä"),
    ("https://medium.com/%40ada/x", "https://medium.com/@ada/x"),
    ("https://medium.com/@ada/x?source=rss-1------2", "http://medium.com/@ada/x"),
]

DIFFERENT = [
    ("https://ada.example/x?p=1", "https://ada.example/x?p=2"),
    ("https://ada.example/x", "https://ada.example/X"),
    ("https://ada.example/x", "https://bob.example/x"),
    ("https://ada.example/x", "https://blog.ada.example/x"),
    ("https://ada.example:8080/x", "https://ada.example/x"),
    ("https://ada.example/news#first-item", "https://ada.example/news#second-item"),
    ("https://ada.example/#!/a", "https://ada.example/#!/b"),
    ("https://ada.example/#/a", "https://ada.example/#/b"),
    ("https://ada.example/a%2Fb", "https://ada.example/a/b"),
    ("https://ada.example/?a=1%26b", "https://ada.example/?a=1&b"),
]

HOMES = [
    "https://ada.example",
    "http://www.ada.example/",
    "https://ada.example//",
    "https://ada.example/index.html",
    "https://ada.example/?utm_source=rss",
    "https://ada.example/#top",
    "https://ada.example:8080/",
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_key_is_the_same_for_one_place(one: str, other: str) -> None:
    assert urls.key(one) == urls.key(other) is not None


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_key_differs_for_two_places(one: str, other: str) -> None:
    assert urls.key(one) != urls.key(other)


def test_key_reads_as_host_path_query() -> None:
    assert urls.key("https://www.ada.example/x/?p=1#part") == "ada.example/x?p=1#part"


@pytest.mark.parametrize("url", HOMES)
def test_a_home_page_has_no_key(url: str) -> None:
    assert urls.key(url) is None
    assert urls.is_home(url)


@pytest.mark.parametrize("url", ["https://ada.example/?p=1", "https://ada.example/x", "https://ada.example/#!/x"])
def test_no_home_page(url: str) -> None:
    assert not urls.is_home(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://WWW.Ada.Example:8080/x", "www.ada.example"),
        ("http://[::1]/", "::1"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("mailto:ada@ada.example", ""),
    ],
)
def test_host(url: str, expected: str) -> None:
    assert urls.host(url) == expected


UNFIT = [
    "http://localhost:1313/posts/one/",
    "http://localhost/x",
    "http://blog.localhost/x",
    "http://intranet/x",
    "http://nas.local/x",
    "http://wiki.corp.internal/x",
    "http://127.0.0.1:4000/x",
    "http://2130706433/x",
    "http://10.1.2.3/x",
    "http://192.168.0.1/x",
    "http://169.254.169.254/x",
    "http://100.64.0.1/x",
    "http://224.0.0.1/x",
    "http://[::1]/x",
    "http://[::ffff:10.0.0.1]/x",
    "http://[fd00::1]/x",
    "https://adablog.wpcomstaging.com/x",
    "https://adablog.wpenginepowered.com/x",
    "https://deploy-preview-12--ada.netlify.app/x",
    "https://ada-git-main-ada.vercel.app/x",
    "https://ada-k3jd8s7aq-adas-team.vercel.app/x",
    "https://3f2a91bc.ada.pages.dev/x",
    "https://ada-example.translate.goog/x",
    "https://t.co/abc",
    "https://lnkd.in/abc",
    "https://feedproxy.google.com/~r/ada/~3/abc/",
    "https://www.google.com/url?q=https://ada.example/x",
    "https://medium.com/m/global-identity?redirectUrl=https%3A%2F%2Fada.example%2Fx",
    "https://practicaldev-herokuapp-com.global.ssl.fastly.net/ada/x-1a2b",
    "https://dev.shade.cool/ada/x-1a2b",
    "https://the-lazy-dev.vercel.app/ada/x-1a2b",
]

FIT = [
    "https://ada.example/x",
    "https://dev.to/ada/x-1a2b",
    "https://medium.com/@ada/x-0123456789ab",
    "https://ada.netlify.app/x",
    "https://adas-little-engineering-blog.vercel.app/x",
    "https://my-portfolio-site.vercel.app/x",
    "https://ada.pages.dev/x",
    "https://ada.github.io/x",
    "https://93.184.216.34/x",
    "https://local.ada.example/x",
    "https://www.google.com/search?q=x",
    "http://[2606:4700::1111]/x",
]


@pytest.mark.parametrize("url", UNFIT)
def test_unfit(url: str) -> None:
    assert urls.is_unfit(url)


@pytest.mark.parametrize("url", FIT)
def test_fit(url: str) -> None:
    assert not urls.is_unfit(url)


PIECES = st.sampled_from(
    [
        *"abÄ日.:/\\?#&=%@[]+;- \t\n\x00\u200bß",
        *("..", "//", "%2e", "%40", "%zz", "http", "https", "://", "utm_source=", "source=rss-1---2", "index.html"),
        *("www.", "ada.example", "0x7f", "127.1", "xn--", "javascript:", ":~:text=", "::1", chr(0xD800)),
    ]
)
WILD = st.one_of(
    st.text(max_size=60),
    st.lists(PIECES, max_size=14).map("".join),
    st.lists(PIECES, max_size=14).map(lambda pieces: "https://" + "".join(pieces)),
    st.lists(PIECES, max_size=14).map(lambda pieces: "http://ada.example/" + "".join(pieces)),
)


@given(WILD, st.one_of(st.none(), WILD))
@example("http://ada.example/" + "%" * 4000, None)
@example("http://xn--a.example/", None)
@example("http://\u00df\u200d.example", None)
def test_cleaning_is_stable(url: str, base: str | None) -> None:
    cleaned = urls.clean(url, base)
    if cleaned is None:
        return
    assert urls.clean(cleaned) == cleaned
    assert urls.absolute(cleaned) == cleaned
    assert cleaned.isascii()
    assert cleaned.isprintable()
    assert not set(cleaned) & set(' <>"\\^`{|}')
    parts = urlsplit(cleaned)
    assert parts.scheme in ("http", "https")
    assert parts.hostname
    assert parts.username is None
    assert urls.host(cleaned) == parts.hostname


@given(WILD)
def test_a_key_does_not_depend_on_cleaning(url: str) -> None:
    cleaned = urls.clean(url)
    key = urls.key(url)
    if cleaned is None:
        assert key is None
    else:
        assert urls.key(cleaned) == key
        assert urls.is_home(url) == (key is None)
    if key is not None:
        assert urls.key("https://" + key) == key
    assert isinstance(urls.is_unfit(url), bool)
