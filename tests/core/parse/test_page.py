"""What an article's own page says of it, whoever wrote the page, and what is no article at all."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import Malformed, ParseError, TooComplex
from aggregator.model import Image, PageFacts, Person
from aggregator.parse.page import read_page
from aggregator.text import dates

URL = "https://dev.example/asha/ferry-times-3k2f"
PROSE = "<p>" + "The ferry leaves when the tide allows it, and the timetable is a hope. " * 12 + "</p>"
PATIENCE_S = 10.0  # on a busy machine; measured below 1


def page(head: str = "", body: str = PROSE, html: str = "") -> str:
    return f"<!doctype html><html {html}><head>{head}</head><body>{body}</body></html>"


def facts(markup: str | bytes, content_type: str = "text/html; charset=utf-8", url: str = URL) -> PageFacts:
    body = markup if isinstance(markup, bytes) else markup.encode("utf-8", "surrogatepass")
    return read_page(body, content_type, url)


def ld(*values: Any) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(value)}</script>' for value in values)


# ── rel=canonical ───────────────────────────────────────────────────────────────────────────────────────────────────

ORIGINAL = "https://asha.example/ferries"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", None),
        (f'<link rel="canonical" href="{ORIGINAL}">', ORIGINAL),
        (f"<LINK HREF='{ORIGINAL}' REL=Canonical>", ORIGINAL),
        (f'<link rel="shortlink canonical" href=" {ORIGINAL} ">', ORIGINAL),
        (f'<link rel="canonical" href="{ORIGINAL}"><link rel="canonical" href="https://b.example/x">', ORIGINAL),
        (f'<link rel="canonical"><link rel="canonical" href=""><link rel="canonical" href="{ORIGINAL}">', ORIGINAL),
        (f'<link rel="canonical" href="javascript:x"><link rel="canonical" href="{ORIGINAL}">', ORIGINAL),
        ('<link rel="canonical" href="/other">', "https://dev.example/other"),
        ('<base href="https://b.example/x/"><link rel="canonical" href="y">', "https://b.example/x/y"),
        ('<link rel="canonical" href="//b.example/x">', "https://b.example/x"),
        ('<link rel="canonical" href="HTTPS://B.Example:443/x?utm_source=z&amp;p=1">', "https://b.example/x?p=1"),
        ('<link rel="canonical" href="https://b.example/">', "https://b.example/"),
        ('<link rel="canonical" href="ftp://b.example/x">', None),
        ('<link rel="canonical" href="https://user:secret@b.example/x">', None),
        ('<link rel="alternate" href="https://b.example/x">', None),
        (f'<noscript><img src="/p.gif"></noscript><link rel="canonical" href="{ORIGINAL}">', ORIGINAL),
        (f'<script>w("</head><body>")</script><link rel="canonical" href="{ORIGINAL}">', ORIGINAL),
        (f'<!-- <link rel="canonical" href="https://b.example/x"> --><link rel=canonical href={ORIGINAL}>', ORIGINAL),
        (f"<meta property='og:url' content='{ORIGINAL}'>", None),
    ],
)
def test_the_first_canonical_link_of_the_head_counts(head: str, expected: str | None) -> None:
    assert facts(page(head)).canonical_url == expected


@pytest.mark.parametrize(
    "body",
    [
        f'{PROSE}<link rel="canonical" href="https://evil.example/x">',
        f'{PROSE}<head><link rel="canonical" href="https://evil.example/x"></head>',
        f'<div><html><head><link rel="canonical" href="https://evil.example/x"></head></html></div>{PROSE}',
        f'{PROSE}<noscript><link rel="canonical" href="https://evil.example/x"></noscript>',
        f'{PROSE}<svg><link rel="canonical" href="https://evil.example/x"/></svg>',
        f'{PROSE}<textarea><link rel="canonical" href="https://evil.example/x"></textarea>',
        f'{PROSE}<meta property="og:title" content="evil"><base href="https://evil.example/">',
    ],
)
def test_what_a_visitor_may_have_written_into_the_body_does_not(body: str) -> None:
    assert "evil" not in repr(facts(page('<link rel="icon" href="/i">', body)))


def test_og_url_is_kept_apart() -> None:
    found = facts(page('<meta property="og:url" content="https://b.example/x?utm_medium=y">'))
    assert (found.canonical_url, found.og_url) == (None, "https://b.example/x")


def test_xhtml_is_read_as_html() -> None:
    head = f'<head><link rel="canonical" href="{ORIGINAL}"/></head>'
    markup = f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">{head}<body>{PROSE}</body></html>'
    assert facts(markup, "application/xhtml+xml").canonical_url == ORIGINAL


# ── what it says of itself ──────────────────────────────────────────────────────────────────────────────────────────

SITE = '<meta property="og:site_name" content="DEV Harbour">'


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("<title>Ferry times</title>", "", "Ferry times"),
        (f"<title>Ferry times - DEV Harbour</title>{SITE}", "", "Ferry times"),
        (f"<title>Ferry times — DEV Harbour</title>{SITE}", "", "Ferry times"),
        (f"<title>DEV Harbour | Ferry times</title>{SITE}", "", "Ferry times"),
        ("<title>Ferry times | Asha Rao | The Harbour</title>", "<h1>Ferry times</h1>", "Ferry times"),
        ("<title>Ferry times · dev.example</title>", "", "Ferry times"),
        ("<title>Ferries - a love story</title>", "", "Ferries - a love story"),
        ("<title>Ferries - a story</title>", "<h1>Ferries</h1><h1>Ferries - a story</h1>", "Ferries - a story"),
        (f'<title>DEV Harbour</title><meta property="og:title" content="Ferry times">{SITE}', "", "Ferry times"),
        (f"<title>x</title>{ld({'@type': 'BlogPosting', 'headline': 'Ferry times'})}", "", "Ferry times"),
        ("<title>Queues &amp;amp; List&lt;String&gt; <b>bold</b></title>", "", "Queues &amp; List<String> <b>bold</b>"),
        ("<title> A\n B\u200b\x07 </title>", "", "A B"),
        ("", "<svg><title>An icon</title></svg>", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_titles_go_without_the_site(head: str, body: str, expected: str) -> None:
    assert facts(page(head, body + PROSE)).title == expected


ARTICLE = {
    "@context": "https://schema.org",
    "@type": "BlogPosting",
    "headline": "Ferry times",
    "description": "Why they are late.",
    "datePublished": "2026-05-19T09:34:58Z",
    "dateModified": "2026-05-20",
    "author": {"@type": "Person", "name": "Asha Rao", "url": "https://asha.example/"},
    "publisher": {"@type": "Organization", "name": "DEV Harbour"},
    "image": {"@type": "ImageObject", "url": "/ferry.png"},
}
READ = PageFacts(
    title="Ferry times",
    summary="Why they are late.",
    image=Image("https://dev.example/ferry.png"),
    published="2026-05-19T09:34:58Z",
    updated="2026-05-20",
    authors=(Person("Asha Rao", "https://asha.example/"),),
    publisher="DEV Harbour",
)


@pytest.mark.parametrize(
    "head",
    [
        ld(ARTICLE),
        ld([{"@type": "BreadcrumbList"}, ARTICLE]),
        ld({"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "no"}, ARTICLE]}),
        ld({"@type": "WebPage", "mainEntity": ARTICLE}),
        ld({**ARTICLE, "@type": ["Thing", "https://schema.org/TechArticle"], "author": [ARTICLE["author"]]}),
        ld({**ARTICLE, "image": ["/ferry.png", "/other.png"], "headline": ["Ferry times"]}),
        ld({"@type": "Article", "headline": "Related", "url": "https://dev.example/other"}, {**ARTICLE, "@id": URL}),
        ld({"@type": "Article", "headline": "Related"}, {**ARTICLE, "mainEntityOfPage": {"@id": f"{URL}/?utm_x=1"}}),
        '<script type="application/ld+json">{broken</script>' + ld(ARTICLE),
        '<script type="application/LD+JSON; charset=utf-8">'
        + json.dumps(ARTICLE).replace("are late.", "are\n late.")  # a raw line break inside a string
        + "</script>",
    ],
)
def test_json_ld_in_every_wrapping(head: str) -> None:
    assert facts(page(head)) == READ


def test_meta_tags() -> None:
    head = """
      <title>x</title><meta property="og:title" content="Ferry times"><meta name="description" content="second">
      <meta property="og:description" content="Why they are late."><meta property="og:image" content="/ferry.png">
      <meta property="og:image:width" content="1200"><meta property="og:image:height" content="630">
      <meta property="og:image:alt" content="A ferry"><meta name="author" content="Asha Rao &lt;asha@asha.example&gt;">
      <meta property="article:published_time" content="2026-05-19T09:34:58+02:00">
      <meta property="article:modified_time" content="2026-05-20T00:00:00Z"><meta property="og:locale" content="de_AT">
      <meta property="og:site_name" content="DEV Harbour">"""
    assert facts(page(head)) == PageFacts(
        title="Ferry times",
        summary="Why they are late.",
        image=Image("https://dev.example/ferry.png", 1200, 630, "A ferry"),
        published="2026-05-19T09:34:58+02:00",
        updated="2026-05-20T00:00:00Z",
        authors=(Person("Asha Rao"),),
        publisher="DEV Harbour",
        language="de-AT",
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<time datetime="2026-05-19">May 19</time>', "2026-05-19"),
        ('<time>May 19</time><time datetime="yesterday">x</time><time datetime="2026-05-19">x</time>', "2026-05-19"),
        ('<time datetime="2020-01-01">x</time><article><time datetime="2026-05">x</time></article>', "2026-05"),
        ('<time datetime="05/04/2026">x</time>', None),
        ('<time datetime="PT5M">5 minutes</time>', None),
    ],
)  # fmt: skip
def test_dates_that_are_only_in_the_text(body: str, expected: str | None) -> None:
    assert facts(page("", body + PROSE)).published == expected


@pytest.mark.parametrize(
    ("html", "head", "expected"),
    [
        ('lang="en_US"', "", "en-US"),
        ('lang="xx-broken"', '<meta http-equiv="content-language" content="ja">', "ja"),
        ("", "", None),
    ],
)
def test_language(html: str, head: str, expected: str | None) -> None:
    assert facts(page(head, html=html)).language == expected


@pytest.mark.parametrize("name", ["https://www.facebook.example/asha", "  ", "x" * 5000])
def test_an_author_is_a_name(name: str) -> None:
    found = facts(page(f'<meta property="article:author" content="{name}">')).authors
    assert all(len(who.name) <= 200 and "://" not in who.name for who in found)
    assert len(found) == (name[0] == "x")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (page("<title>Fährzeiten</title>").encode("utf-8"), "text/html"),
        (page("<title>Fährzeiten</title>").encode("cp1252"), "text/html; charset=iso-8859-1"),
        (page('<meta charset="windows-1252"><title>Fährzeiten</title>').encode("cp1252"), "text/html"),
        (page("<title>Fährzeiten</title>").encode("utf-16"), ""),
        (page('<meta http-equiv="Content-Type" content="text/html; charset=latin1"><title>Fährzeiten</title>')
         .encode("cp1252"), "text/html"),
    ],
)  # fmt: skip
def test_charsets(body: bytes, content_type: str) -> None:
    assert facts(body, content_type).title == "Fährzeiten"


# ── no article ──────────────────────────────────────────────────────────────────────────────────────────────────────

LINK = f'<link rel="canonical" href="{ORIGINAL}"><title>Ferry times</title>'
SHORT = "<p>" + "Please be patient while this takes a moment of your day and mine. " * 6 + "</p>"


@pytest.mark.parametrize(
    "markup",
    [
        "",
        page(LINK, ""),
        page(LINK, '<div id="root"></div><noscript>' + PROSE + "</noscript><script>" + PROSE + "</script>"),
        page(LINK, f'<div id="root"></div><template>{PROSE}</template><style>{PROSE}</style>'),
        page("<title>Just a moment...</title>" + LINK.replace("<title>Ferry times</title>", ""), SHORT),
        page(LINK, SHORT + "<p>Checking your browser before accessing dev.example.</p>"),
        page("<title>Vercel Security Checkpoint</title>", SHORT),
        page("<title>Attention Required! | Cloudflare</title>", SHORT),
        page(LINK, SHORT + "<script>window._cf_chl_opt={cvId:'3'}</script>"),
        page(LINK, SHORT + "<p>Verify you are human by completing the action below.</p>"),
    ],
)
def test_nothing_of_a_challenge_or_an_empty_shell_is_believed(markup: str) -> None:
    assert facts(markup) == PageFacts(blocked=True)


def test_an_article_about_challenges_is_an_article() -> None:
    said = "<h1>Just a moment...</h1><p>“Checking your browser”: verify you are human.</p><script>cf_chl_opt</script>"
    assert facts(page(LINK, said + PROSE * 4)).canonical_url == ORIGINAL


def test_a_short_article_behind_a_proxy_is_an_article() -> None:
    proxy = '<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>'
    assert facts(page(LINK, SHORT + proxy)).canonical_url == ORIGINAL


@pytest.mark.parametrize("content_type", ["application/pdf", "image/png", "application/json; x=y", "text/plain"])
def test_what_is_no_page_is_told(content_type: str) -> None:
    with pytest.raises(Malformed, match=content_type.partition(";")[0]):
        facts(page(), content_type)


# ── hostile ─────────────────────────────────────────────────────────────────────────────────────────────────────────

FLOODS = [
    "<a", "&", "<!", "<![CDATA[", "<!--", '<a "', '<a b="', "<a 'x", "<?", "</", "<b>", "&#", "<div>", "<p>", "<svg>",
    "<table><tr><td>", "<noscript>", "<script>", "<title>", "<time datetime=x>", "<meta name=a content=b>", "<h1>a | ",
    "<link rel=canonical href=/x>", "<head>", "<body>", "<html>", "<select><option>", "<font>x", "a | ", "\x00",
    '<script type="application/ld+json">[', '<script type="application/ld+json">{"@type":"Article"}</script>',
    "<base href=http://x>", "<template>", "<plaintext>",
]  # fmt: skip


@pytest.mark.parametrize("flood", FLOODS)
@pytest.mark.parametrize("size", [2**21, 30_000])
def test_no_flood_stalls_it(flood: str, size: int) -> None:
    many = flood * (size // len(flood))
    for markup in (many, page("", PROSE + many), page(many)):
        started = time.process_time()
        try:
            facts(markup)
        except ParseError as error:
            assert isinstance(error, TooComplex)
        assert time.process_time() - started < PATIENCE_S


@pytest.mark.parametrize(
    "head",
    [
        "<p " + " ".join(f'a{n}=""' for n in range(100_000)) + ">",
        ld(ARTICLE)[:-9] + "[" * 100_000 + "</script>",
        f'<script type="application/ld+json">{"[" * 100_000}</script>',
        '<script type="application/ld+json">' + '{"a":' * 40_000 + "</script>",
        '<script type="application/ld+json">{"@type":"Article","x":' + "9" * 200_000 + "}</script>",
        '<script type="application/ld+json">' + json.dumps([{"@type": "Article"}] * 15_000) + "</script>",
        '<script type="application/ld+json">{"@type":"Article","headline":"\\ud800","author":[[[["x"]]]]}</script>',
        ld({"@type": "Article", "headline": {"name": {"name": 1}}, "author": [None, 1, []], "image": {"url": []}}),
        '<meta property="og:title" content="' + "x | " * 100_000 + '">',
        '<link rel="canonical" href="https://' + "a." * 100_000 + '">',
        '<link rel="canonical" href="https://[::1">',
    ],
)
def test_no_part_of_it_can_be_made_to_stall(head: str) -> None:
    started = time.process_time()
    found = facts(page(f'{head}<meta name="description" content="Still here.">'))
    assert time.process_time() - started < PATIENCE_S
    assert found.canonical_url is None
    assert len(found.title) <= 1000


def test_two_mebibytes_are_read_and_no_more() -> None:
    far = page(f"<!--{'x' * 2**21}-->{LINK}")
    assert facts(far).canonical_url is None
    assert facts(page(f"<!--{'x' * 2**20}-->{LINK}")).canonical_url == ORIGINAL
    assert facts(page(LINK, PROSE + "x" * 2**22)).canonical_url == ORIGINAL


PIECES = st.sampled_from(
    [
        "<html>", "<head>", "</head>", "<body>", "</body>", LINK, PROSE, "<p>", "</p>", "<!--", "-->", "<script>",
        "</script>", '<script type="application/ld+json">', json.dumps(ARTICLE), "{", "]", '"', "'", "<", ">", "&#0;",
        "&#xFFFFFF;", "&amp", "<base href='::'>", "<base href='https://b.example/'>", '<meta name="author" content="',
        '<meta property="og:image" content="javascript:x">', '<link rel=canonical href="', "https://b.example/x",
        "//[", "\ud800", "\x00", "\u202e",
        "<svg>", "</svg>", "<noscript>", "<title>", "</title>", " | ", "<time datetime=",
        "2026-05-19", "<![CDATA[", "]]>", "<frameset>", "<template>",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=30).map("".join)))
def test_any_bytes_give_facts_or_an_error_of_ours(markup: str | bytes) -> None:
    try:
        found = facts(markup)
    except ParseError:
        return
    assert found == facts(markup)
    if found.blocked:
        assert found == PageFacts(blocked=True)
    addresses = [found.canonical_url, found.og_url, *(who.url for who in found.authors)]
    addresses += [found.image.url] if found.image else []
    assert all(one is None or one.startswith(("http://", "https://")) for one in addresses)
    lines = [found.title, found.summary, found.publisher or "", *(who.name for who in found.authors)]
    assert all(line == " ".join(line.split()) and "\x00" not in line and "\ud800" not in line for line in lines)
    assert all(one is None or dates.parse(one) for one in (found.published, found.updated))
