"""The gate: what a source's HTML may bring in, what it becomes, and what stays outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.text.html import safe_url, sanitize

PAGES = [page for page in sorted(Path(__file__).with_name("embeds").iterdir()) if ".expected" not in page.name]
BASE = "https://dev.to/ada/queues-1a2b"

KEPT = [
    "<p>One <em>two</em> <strong>three</strong> <code>four</code>.</p>",
    "<h1>A</h1><h2>B</h2><h3>C</h3><h4>D</h4><h5>E</h5><h6>F</h6>",
    '<pre><code class="language-rust">fn main() {\n    go();\n}</code></pre>',
    "<ul><li>a<ul><li>b</li></ul></li></ul>",
    '<ol start="3" reversed=""><li value="7">a</li></ol>',
    '<table><thead><tr><th scope="col">h</th></tr></thead><tbody><tr><td>d</td></tr></tbody></table>',
    '<table><tbody><tr><td colspan="2" rowspan="2">d</td></tr></tbody></table>',
    '<figure><img src="https://ada.example/a.png" alt="A q" width="64" height="48"><figcaption>c</figcaption></figure>',
    "<details><summary>More</summary><p>x</p></details>",
    "<blockquote><p>q</p></blockquote><hr>",
    "H<sub>2</sub>O x<sup>2</sup> <kbd>Ctrl</kbd> <mark>m</mark> <del>d</del> <ins>i</ins> <s>s</s><br>",
    '<abbr title="Hypertext">H</abbr> <time datetime="2026-05-19">today</time>',
    "<dl><dt>t</dt><dd>d</dd></dl>",
    '<a href="https://ada.example/x?utm_source=a#b">link</a>',
    '<a href="mailto:ada@ada.example">mail</a>',
    '<p dir="rtl" lang="ar">مرحبا</p>',
    "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
    "a &lt; b &amp;&amp; c &gt; d &amp;amp; e",
    "plain words",
    "",
]

BECOMES = [
    # addresses
    ('<a href="/x">x</a>', '<a href="https://dev.to/x">x</a>'),
    ('<a href="#usage">x</a>', '<a href="https://dev.to/ada/queues-1a2b#usage">x</a>'),
    ('<a href="//cdn.example/x">x</a>', '<a href="https://cdn.example/x">x</a>'),
    ('<img src="a b.png">', '<img src="https://dev.to/ada/a%20b.png">'),
    ('<blockquote cite="/x">q</blockquote>', '<blockquote cite="https://dev.to/x">q</blockquote>'),
    ('<a href="javascript:alert(1)">x</a>', "<a>x</a>"),
    ('<a href="&#106avascript:alert(1)">x</a>', "<a>x</a>"),
    ('<a href="java&Tab;script&colon;alert(1)">x</a>', "<a>x</a>"),
    ('<a href="http://user:pw@ada.example/">x</a>', "<a>x</a>"),
    ('<img src="data:image/png;base64,AAAA" alt="a">b', "b"),
    ('<img src="mailto:ada@ada.example">b', "b"),
    # attributes
    ('<p style="color:red" class="x" id="y" onclick="z()" data-a="b">x</p>', "<p>x</p>"),
    (
        '<a href="https://ada.example/" target="_blank" rel="noopener" ping="/x">x</a>',
        '<a href="https://ada.example/">x</a>',
    ),
    (
        '<img src="/a.png" srcset="/b.png 2x" sizes="1px" loading="lazy" width="640px" height="50%">',
        '<img src="https://dev.to/a.png" width="640">',
    ),
    (
        '<code class="language-c++ hljs evil">x</code><code class="evil">y</code>',
        '<code class="language-c++">x</code><code>y</code>',
    ),
    ('<p lang="en_us" dir="RTL">x</p><p lang="\'" dir="up">y</p>', '<p lang="en-US" dir="rtl">x</p><p>y</p>'),
    # elements
    ("<script>x</script><style>y</style><svg><text>z</text></svg><form><input>f</form>a", "a"),
    ("<noscript><img src=x></noscript><template><b>t</b></template><textarea>u</textarea>a", "a"),
    ('<span style="x">a</span><font color="red">b</font><custom-tag>c</custom-tag>', "abc"),
    ("<body onload=x()><p>a</body>", "<p>a</p>"),
    ("<p>a<p>b", "<p>a</p><p>b</p>"),
    ("<!-- secret -->a", "a"),
    ("<![CDATA[<p>a</p>]]>", "<p>a</p>"),
    ("<center>a</center><center>b</center>", "a\n\nb"),
    ("<pre>\n\n\nx\n</pre>", "<pre>x\n</pre>"),
    ("a\x00b\x0bc\ufffe&#1;&#xfffe;\ud800d", "abcd"),
    # what only looks like an embed or a counter
    ('<div class="voltage"><h2>Volts</h2><p>x</p></div>', "<div><h2>Volts</h2><p>x</p></div>"),
    ('<img src="/greatest-hits.png">', '<img src="https://dev.to/greatest-hits.png">'),
    (
        '<div class="gist"><table><tr><td>code</td></tr></table></div>',
        "<div><table><tbody><tr><td>code</td></tr></tbody></table></div>",
    ),
    # the author's links to the same page are not chrome
    ('<p><a href="#fn1">1</a></p>', '<p><a href="https://dev.to/ada/queues-1a2b#fn1">1</a></p>'),
]

EMBEDS = [
    (
        '<iframe width="560" src="https://www.youtube.com/embed/abc" title="A talk" allowfullscreen></iframe>',
        '<p><a href="https://www.youtube.com/embed/abc">A talk</a></p>',
    ),
    (
        '<IFRAME SRC="//codepen.io/ada/embed/x"></IFRAME>',
        '<p><a href="https://codepen.io/ada/embed/x">https://codepen.io/ada/embed/x</a></p>',
    ),
    (
        '<p>See <iframe src="https://codepen.io/ada/embed/x"></iframe></p>',
        '<p>See <a href="https://codepen.io/ada/embed/x">https://codepen.io/ada/embed/x</a></p>',
    ),
    ('<iframe src="javascript:alert(1)"></iframe>a', "a"),
    ('<iframe src="https://www.googletagmanager.com/ns.html" height="0" width="0"></iframe>a', "a"),
    ("<iframe></iframe>a", "a"),
    (
        '<iframe src="" width="0" height="0"><a href="https://medium.com/media/0a1b/href">https://medium.com/media/0a1b/href</a></iframe>',
        '<p><a href="https://medium.com/media/0a1b/href">https://medium.com/media/0a1b/href</a></p>',
    ),
    (
        '<script src="https://gist.github.com/ada/0a1b.js"></script>',
        '<p><a href="https://gist.github.com/ada/0a1b">https://gist.github.com/ada/0a1b</a></p>',
    ),
    ('<script src="https://evil.example/ada.js"></script>a', "a"),
    (
        '<video controls poster="/p.png"><source src="/talk.mp4" type="video/mp4">no video</video>',
        '<p><a href="https://dev.to/talk.mp4">https://dev.to/talk.mp4</a></p>',
    ),
    (
        '<audio src="/talk.mp3" title="A &lt;talk&gt;"></audio>',
        '<p><a href="https://dev.to/talk.mp3">A &lt;talk&gt;</a></p>',
    ),
    (
        '<object data="https://ada.example/slides.pdf" type="application/pdf"><p>no</p></object>',
        '<p><a href="https://ada.example/slides.pdf">https://ada.example/slides.pdf</a></p>',
    ),
    (
        '<div class="ltag_gist-liquid-tag"><script id="gist-ltag" src="https://gist.github.com/ada/0a1b.js"></script></div>',
        '<p><a href="https://gist.github.com/ada/0a1b">https://gist.github.com/ada/0a1b</a></p>',
    ),
    (
        '<p><a href="https://ada.example/buy" class="ltag_cta ltag_cta--branded" role="button">Read on</a></p>',
        '<p><a href="https://ada.example/buy">Read on</a></p>',
    ),
    ('<div class="ltag__link"><div class="missing"><h2>Post not found</h2></div></div>a', "a"),
    ('<h2>\n  <a name="usage" href="#usage">\n  </a>\n  Usage\n</h2>', "<h2>\n  \n  Usage\n</h2>"),
    ('<h2 id="u">Usage <a class="anchor" href="#u">#</a></h2>', "<h2>Usage </h2>"),
    (
        '<p>a</p><div class="subscription-widget-wrap"><form><input><button>Subscribe</button></form></div><p>b</p>',
        "<p>a</p><p>b</p>",
    ),
    ('<p>a</p><img src="https://medium.com/_/stat?event=post&postId=0a1b" width="1" height="1" alt="">', "<p>a</p>"),
    ('<p>a</p><img src="https://ada.example/count.gif" width=1 height=1>', "<p>a</p>"),
    ("<p>x <math><mi>y</mi></math> z</p>", "<p>x y z</p>"),
    ("<p>e\u0301te\u0301</p>", "<p>\u00e9t\u00e9</p>"),
    ("<p>e\u0301te&#769;</p>", "<p>\u00e9t\u00e9</p>"),
    # an overlay that would become one character with the end of the tag
    ('<b>&#824; onclick="x" e\u0301</b>', '<b>\u0338 onclick="x" e\u0301</b>'),
    ('<pre class="brush: sql"><code>x</code></pre>', '<pre><code class="language-sql">x</code></pre>'),
    ('<pre class="lang-js"><code>x</code></pre>', '<pre><code class="language-js">x</code></pre>'),
    ('<pre><code class="language-ltag">x</code></pre>', '<pre><code class="language-ltag">x</code></pre>'),
]


@pytest.mark.parametrize("html", KEPT)
def test_what_a_text_is_made_of_stays(html: str) -> None:
    assert sanitize(html, BASE) == html


@pytest.mark.parametrize(("html", "expected"), [*BECOMES, *EMBEDS])
def test_becomes(html: str, expected: str) -> None:
    assert sanitize(html, BASE) == expected
    assert sanitize(expected, BASE) == expected


@pytest.mark.parametrize(
    "page", sorted(Path(__file__).with_name("embeds").glob("*[!d].html")), ids=lambda page: page.stem
)
def test_a_platform_of_its_own_becomes_a_link_or_text(page: Path) -> None:
    expected = page.with_suffix(".expected.html").read_text("utf-8").removesuffix("\n")
    assert sanitize(page.read_text("utf-8"), BASE) == expected
    assert sanitize(expected, BASE) == expected


def test_without_a_base_relative_addresses_lead_nowhere() -> None:
    assert sanitize('<a href="/x">x</a><img src="y.png"><a href="https://ada.example/z">z</a>', "") == (
        '<a>x</a><a href="https://ada.example/z">z</a>'
    )


def test_a_card_of_many_levels_becomes_one_link() -> None:
    inner = '<div class="ltag__a"><div class="crayons-story"><h2><a href="https://dev.to/b/c">C</a></h2></div></div>'
    assert sanitize(f'<div class="c-embed">{inner}{inner}</div>', BASE) == '<p><a href="https://dev.to/b/c">C</a></p>'


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mailto:ada@ada.example?subject=a b", None),
        ("MAILTO:ada@ada.example?subject=a%20b", "mailto:ada@ada.example?subject=a%20b"),
        ("mailto:ädä@ada.example", "mailto:%C3%A4d%C3%A4@ada.example"),
        ("mailto:", None),
        ('mailto:"><script>', None),
        ("https://ada.example/x", "https://ada.example/x"),
        ("tel:123", None),
    ],
)
def test_safe_url_with_mail(url: str, expected: str | None) -> None:
    assert safe_url(url, mailto=True) == expected


def test_safe_url_takes_mail_only_where_it_is_asked_to() -> None:
    assert safe_url("mailto:ada@ada.example") is None
    assert safe_url("x", "https://ada.example/y/") == "https://ada.example/y/x"
