"""Words out of markup: bodies keep their blocks apart, titles are text and nothing else."""

from __future__ import annotations

import pytest

from aggregator.model import RawText
from aggregator.text.html import plain, text_of


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", ""),
        ("plain &amp; simple", "plain & simple"),
        ("<p>un<b>believ</b>able</p>", "unbelievable"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<ul><li>a</li><li>b</li></ul>c", "a\nb\nc"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\nb"),
        ("<h2>Title</h2>Text", "Title\nText"),
        ("one<br>two<BR/>three", "one\ntwo\nthree"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<p>soft\n   wrapped</p>", "soft wrapped"),
        ("<pre><code>def f():\n    return 1</code></pre>", "def f(): return 1"),
        ("a<script>x()</script><style>y{}</style>b", "ab"),
        ("a<template><p>x</p></template><noscript>y</noscript><iframe>z</iframe>b", "ab"),
        ("<svg><title>Enter fullscreen mode</title></svg>a", "a"),
        ("<title>x</title><p>a", "a"),
        ("a &lt;b&gt; &copy; &#x1F389; &nbsp; c", "a <b> © 🎉 c"),
        ("<!-- x -->a", "a"),
        ("a\x00b\x85c\ud800", "ab\nc"),
        ("<p>日本語の<b>文章</b></p>", "日本語の文章"),
        ("<xmp>a<b>b</xmp>", "a<b>b"),
        ("<frameset><frame></frameset>", ""),
    ],
)
def test_plain(html: str, expected: str) -> None:
    assert plain(html) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Queues", "Queues"),
        ("Queues &amp; in “practice”", "Queues & in “practice”"),
        ("Queues &amp;amp; in “practice”", "Queues & in “practice”"),  # jekyll-feed, escaped twice
        ("AT&T &#8211; &quot;up&quot;", 'AT&T – "up"'),
        ("R&D", "R&D"),
        ("<b>Slack</b> <em>market</em>", "Slack market"),
        ("One<br>two", "One two"),
        ("&lt;b&gt;Slack&lt;/b&gt; market", "Slack market"),  # markup that was escaped once too often
        ("How to use &lt;b&gt; well", "How to use <b> well"),
        ("The &lt;template&gt; and &lt;slot&gt; elements", "The <template> and <slot> elements"),
        ("a &lt; b", "a < b"),
        ("a < b and c > d", "a < b and c > d"),
        ("List<String> to Map<K, V>", "List<String> to Map<K, V>"),
        ("Vec&lt;u8&gt; &amp; &amp;str", "Vec<u8> & &str"),
        ("Queues & <Back-pressure>", "Queues & <Back-pressure>"),
        ("<img src=x onerror=alert(1)>hello", "hello"),
        ("&lt;img src=x onerror=alert(1)&gt;hello", "hello"),
        ("&amp;lt;img src=x onerror=alert(1)&amp;gt;hello", "hello"),
        ("<script>alert(1)</script>hello", "hello"),
        ('"><svg onload=alert(1)//', '">'),
        ("<custom onclick=alert(1)>hello", "hello"),
        ("C++ <<operator", "C++ <<operator"),
        ("if a<b then", "if a<b then"),
        ("x<b>y</b>", "xy"),
        ("Result<A> and Either<A, B>", "Result<A> and Either<A, B>"),
        ("if a <img src=x onerror=alert(1)", "if a"),
    ],
)
def test_an_html_title(value: str, expected: str) -> None:
    assert text_of(RawText(value, "html")) == expected


@pytest.mark.parametrize(
    "value",
    [
        "a < b <c>",
        "<b>Slack</b>",
        "Queues &amp; more",
        "&lt;img src=x onerror=alert(1)&gt;",
    ],
)
def test_a_text_title_is_kept_as_it_stands(value: str) -> None:
    assert text_of(RawText(value, "text")) == value


@pytest.mark.parametrize("kind", ["text", "html"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("  a \n\t b\xa0c\u2003d\u2028e ", "a b c d e"),
        ("a\x00b\x1bc\x9bd\ud800e\ufffff", "abcdef"),
        ("e\u0301", "é"),
        ("zero\u200bwidth\ufeff \u2060join\xad", "zerowidth join"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\u2067שלום\u2069 \u2066x", "שלום x"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d💻 \u2764\ufe0f", "👩\u200d💻 \u2764\ufe0f"),
        ("", ""),
        (" \u200b ", ""),
    ],
)
def test_a_title_is_one_clean_line(kind: str, value: str, expected: str) -> None:
    assert text_of(RawText(value, "html" if kind == "html" else "text")) == expected


def test_a_title_has_an_end() -> None:
    title = text_of(RawText("word " * 100_000, "text"))
    assert len(title) <= 1000
    assert title.endswith("word…")
    assert len(text_of(RawText("<i>" * 100_000 + "x" * 5000, "html"))) <= 1000
