"""Whatever a source sends: nothing that acts comes out, and what comes out stays what it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from aggregator.model import RawText
from aggregator.text.html import excerpt, lead_image, plain, safe_url, sanitize, text_of, xml_safe

BASE = "https://ada.example/posts/one/"

# One of each class that got through feedparser (traps T1 to T3) or is known to change its mind when parsed again.
HOSTILE = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    '<img src="x" onerror="alert(1)"//',
    "<IMG SRC=x oNeRrOr=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src='x'onerror='alert(1)'>",
    "<img\nsrc=x\nonerror\n=\nalert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="javascript&colon;alert(1)">x</a>',
    '<a href="&#106avascript:alert(1)">x</a>',
    '<a href="&#x6A&#x61vascript&#58;alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href=" \x01javascript:alert(1)">x</a>',
    '<a href="feed:javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x">x</a>',
    '<img src="javascript:alert(1)">',
    '<img srcset="javascript:alert(1) 1x, x 2x">',
    "<svg onload=alert(1)>",
    '"><svg onload=alert(1)//',
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    '<svg><animate attributeName="href" values="javascript:alert(1)"/></svg>',
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    '<math href="javascript:alert(1)">x</math>',
    "<math><annotation>&lt;img src=x onerror=alert(1)&gt;</annotation></math>",
    "<noscript><!-- </noscript><img src=x onerror=alert(1)> --></noscript>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp>",
    "<title><img title='</title><img src=x onerror=alert(1)>'></title>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe><a href='javascript:alert(1)'>x</a></iframe>",
    '<object data="javascript:alert(1)"></object><embed src="javascript:alert(1)">',
    '<form action="javascript:alert(1)"><button formaction="javascript:alert(1)">x</button></form>',
    '<isindex action="javascript:alert(1)" type=image>',
    '<base href="javascript:alert(1)//"><a href="x">x</a>',
    '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
    '<link rel=stylesheet href="https://evil.example/x.css">',
    '<style>@import "https://evil.example/x.css";</style>',
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<div class="ltag"><h2><a href="javascript:alert(1)">x</a></h2></div>',
    '<div class="ltag"><h2><a href="https://a.example/">&lt;img src=x onerror=alert(1)&gt;</a></h2></div>',
    "<video src=x title='<img src=x onerror=alert(1)>'></video>",
    '<pre class="highlight "><code class="language-x"onmouseover="alert(1)">x</code></pre>',
    '<pre class="highlight x&quot;onmouseover=&quot;alert(1)"><code>x</code></pre>',
    "<a id=x name=y><form id=z><input name=attributes>",
    "<details open ontoggle=alert(1)>x</details>",
    '<a href="https://ada.example/" onclick="alert(1)" style="position:fixed;inset:0">x</a>',
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script>",
    "<p/onclick=alert(1)>x",
    "<table background=javascript:alert(1)><td background=javascript:alert(1)>x",
    "<b><i><p onclick=alert(1)></b></i><img src=x onerror=alert(1)",
    "\x00<\x00script\x00>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    '<math><mi><mglyph><svg><mtext><textarea><a title="</textarea><img src=x onerror=alert(1)>">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
]

_LIVE = (
    "script, style, iframe, object, embed, applet, form, svg, math, template, link, meta, base, frame, input, button,"
    " video, audio"
)


def assert_harmless(html: str) -> None:
    """No parser that reads `html` finds anything that could act."""
    for parser in (LexborHTMLParser(html), LexborHTMLParser(html, is_fragment=True)):
        assert not parser.css(f"body :is({_LIVE})"), html
        for node in parser.css("body *"):
            for name, value in node.attributes.items():
                assert not name.startswith("on"), html
                assert name not in ("style", "srcset", "srcdoc", "action", "formaction", "id", "name", "background"), (
                    html
                )
                if name in ("href", "src", "cite", "data"):
                    assert value is not None, html
                    assert value.startswith(("https://", "http://", "mailto:")), html


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_that_acts_comes_through(html: str) -> None:
    safe = sanitize(html, BASE)
    assert_harmless(safe)
    assert sanitize(safe, BASE) == safe


@pytest.mark.parametrize("html", HOSTILE)
@pytest.mark.parametrize("times", [0, 1, 2])
def test_no_title_acts_even_where_somebody_forgot_to_escape_it(html: str, times: int) -> None:
    for _ in range(times):
        html = html.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    title = text_of(RawText(html, "html"))
    assert "\n" not in title
    for node in LexborHTMLParser(title).css("body *"):
        assert not [name for name, value in node.attributes.items() if value or name.startswith("on")], title


PIECES = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<div>",
            "</div>",
            "<b>",
            "</b>",
            "<i>",
            "<a href='/x'>",
            '<a href="javascript:x">',
            "</a>",
            "<br>",
        ),
        *(
            "<table>",
            "<tr>",
            "<td>",
            "</td>",
            "</table>",
            "<caption>",
            "<ul>",
            "<li>",
            "</ul>",
            "<pre>",
            "</pre>",
            "\n",
        ),
        *(
            "<code class='language-x y'>",
            "</code>",
            "<h2>",
            "</h2>",
            "<figure>",
            "<figcaption>",
            "</figure>",
            "<details>",
        ),
        *(
            "<img src=x>",
            "<img src='https://a.example/b' width=1>",
            "<img onerror=x",
            "<iframe src=//y.example>",
            "</iframe>",
        ),
        *("<script>", "</script>", "<style>", "</style>", "<svg>", "</svg>", "<math>", "<mi>", "<mtext>", "<mglyph>"),
        *(
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<?",
            "<!",
            "</",
            "<",
            ">",
            "&",
            "&lt;",
            "&amp;lt;",
            "&#1;",
            "&#x202e;",
            "&nbsp;",
        ),
        *("<noscript>", "</noscript>", "<textarea>", "</textarea>", "<title>", "</title>", "<template>", "</template>"),
        *(
            "<form>",
            "</form>",
            "<button>",
            "<select>",
            "<option>",
            "<center>",
            "</center>",
            "<font>",
            "<nobr>",
            "<ruby>",
            "<rt>",
        ),
        *(
            '<div class="ltag__link">',
            '<h2><a href="/y">',
            '<pre class="highlight x">',
            '<a name="z" href="#z">',
            "<annotation>",
        ),
        *(
            "text",
            "Hi all",
            " ",
            "\t",
            "日本",
            "שלום",
            "👩\u200d💻",
            "\x00",
            "\x85",
            "\u2028",
            "\ufffe",
            chr(0xD800),
            '"',
            "'",
            "=",
        ),
    ]
)
MARKUP = st.one_of(st.lists(PIECES, max_size=14).map("".join), st.text(max_size=40))


def assert_carried_by_xml(text: str) -> None:
    """Any document can carry `text`: it encodes, parses, and reads the same."""
    element = etree.Element("title")
    element.text = text
    read = etree.fromstring(etree.tostring(element, encoding="utf-8")).text or ""
    assert read == text.replace("\r\n", "\n").replace("\r", "\n") or "\r" in text


@given(MARKUP)
@example("<pre>\n\n\n\n\nx</pre>")
@example("<a>x<div><a>y</div>")
@example("<table><a>x<tr><td>y")
@example("<b><p><i></b>x</p>y")
@example("<p><table><p>x")
def test_sanitizing_twice_is_sanitizing_once(html: str) -> None:
    safe = sanitize(html, BASE)
    assert sanitize(safe, BASE) == safe
    assert sanitize(safe, "https://bob.example/") == safe
    assert_harmless(safe)
    assert_carried_by_xml(safe)


@given(MARKUP)
def test_plain_text_is_text(html: str) -> None:
    text = plain(html)
    assert_carried_by_xml(text)
    assert all(line and line == " ".join(line.split()) for line in text.split("\n")) or not text


@given(MARKUP, st.sampled_from(["text", "html"]))
def test_a_title_is_one_line_that_stays_itself(value: str, kind: str) -> None:
    title = text_of(RawText(value, "html" if kind == "html" else "text"))
    assert len(title) <= 1000
    assert title == " ".join(title.split())
    assert not [
        c for c in title if unicodedata.category(c) in ("Cc", "Cs") or c in "\u202a\u202d\u202e\u2066\u2067\u200b"
    ]
    assert_carried_by_xml(title)
    assert text_of(RawText(title, "text")) == title
    if kind == "html":
        for node in LexborHTMLParser(title).css("body *"):
            assert not [name for name, given in node.attributes.items() if given or name.startswith("on")], title


@given(MARKUP, st.integers(10, 220))
def test_an_excerpt_fits(html: str, limit: int) -> None:
    cut = excerpt(html, limit)
    assert len(cut) <= limit
    assert cut == " ".join(cut.split())
    assert_carried_by_xml(cut)


@given(MARKUP)
def test_a_lead_image_can_be_fetched(html: str) -> None:
    image = lead_image(html)
    if image is not None:
        assert safe_url(image.url) == image.url
        assert_carried_by_xml(image.alt or "")


@given(st.text(), st.text())
def test_a_safe_url_has_a_scheme_that_is_allowed(url: str, base: str) -> None:
    safe = safe_url(url, base, mailto=True)
    assert safe is None or safe.startswith(("https://", "http://", "mailto:"))
    assert safe is None or safe_url(safe, mailto=True) == safe


@given(st.text(st.characters(exclude_categories=()), max_size=60))
@example("".join(map(chr, range(0x20))) + "\x7f\x85\ufdd0\ufffe\uffff" + chr(0xD800) + chr(0xDFFF) + chr(0x10FFFF))
def test_xml_safe(text: str) -> None:
    safe = xml_safe(text)
    assert xml_safe(safe) == safe
    assert_carried_by_xml(safe)
    assert len(safe.encode()) >= len(safe)


def test_xml_safe_takes_away_nothing_else() -> None:
    text = "\t\n\r \x7f\x85é日\ud7ff\ue000\ufffd\U0001f389\U0010ffff"
    assert xml_safe(text) == text
    assert xml_safe("a\x00\x08\x0b\x0c\x1f\ufffe\uffffb" + chr(0xDC00)) == "ab"
