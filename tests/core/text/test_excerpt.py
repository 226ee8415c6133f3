"""The sentence with which an article begins."""

from __future__ import annotations

import pytest

from aggregator.text.html import excerpt

PROSE = "A queue keeps the order in which work came in."
LONG = "Words of some length follow each other here, and none of them is special. " * 9


@pytest.mark.parametrize(
    "opening",
    [
        "<p>Hey everyone 👋</p>",
        "<p>Hi all,</p>",
        "<p>Hello there!</p>",
        "<p>Hi folks 👋🏽 👋🏽</p>",
        "<p>Welcome back!</p>",
        "<p>Welcome back to my blog.</p>",
        "<p>Hello, World!</p>",
        "<p>Good morning, everybody!</p>",
        "<p>¡Hola a todos!</p>",
        "<p>Bonjour à tous !</p>",
        "<p>Hallo zusammen,</p>",
        "<p>Ciao a tutti</p>",
        "<p>Olá pessoal</p>",
        "<p>Привет всем!</p>",
        "<p>大家好！</p>",
        "<p>こんにちは、みなさん。</p>",
        "<p>Hi all,<br></p>",
        "<p>👋</p>",
        "<p>***</p>",
        "<h2>Introduction</h2>",
        "<h1>Queues</h1><h3>and more</h3>",
        "<figure><img src='https://a.example/a.png'><figcaption>A queue of people</figcaption></figure>",
        "<pre><code>pip install queue</code></pre>",
        "<table><tr><td>a</td></tr></table>",
        "<nav><ul><li>One</li><li>Two</li></ul></nav>",
        "<p><em>This article was originally published on <a href='https://a.example/'>a.example</a>.</em></p>",
        "<p>Originally posted at a.example</p>",
        "<p>Photo by Ada on Unsplash</p>",
        "<p>Thanks for reading Queues! Subscribe for free to receive new posts and support my work.</p>",
        "<p>Table of contents</p>",
        "<p>Hey everyone 👋</p><h2>Why</h2><p>Hi!</p>",
        "<script>x()</script><style>p{}</style>",
        "",
    ],
)
def test_what_says_nothing_is_passed_over(opening: str) -> None:
    assert excerpt(f"{opening}<p>{PROSE}</p>") == PROSE


@pytest.mark.parametrize(
    "opening",
    [
        "Hi, I am Ada and I build queues.",
        "Hello is a strange word to begin with, and yet here we are again.",
        "Hey! This broke production twice last week.",
        "Photo editing is hard.",
        "大家好，今天我们来谈谈消息队列的设计与实现。",
    ],
)
def test_what_says_something_stays(opening: str) -> None:
    assert excerpt(f"<p>{opening}</p><p>{PROSE}</p>").startswith(opening)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Hey everyone 👋</p>", "Hey everyone 👋"),
        ("<h2>Only a heading</h2>", "Only a heading"),
        ("<figure><figcaption>Only a caption</figcaption></figure>", "Only a caption"),
        ("<pre>only code</pre>", "only code"),
        ("", ""),
        ("<img src=x>", ""),
        ("   ", ""),
        ("Plain text &amp; nothing else", "Plain text & nothing else"),
        ("Hi all,\n\nplain text\nwith wrapped lines", "plain text with wrapped lines"),
        ("a < b and c > d", "a < b and c > d"),
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("<p>One</p><h2>Heading</h2><p>two</p>", "One two"),
        ("<ul><li>One</li><li>Two</li></ul>", "One Two"),
        ("<p>A<br>B</p>", "A B"),
        ("<p>un<b>believ</b>able</p>", "unbelievable"),
        ("<p>Some words […]</p>", "Some words…"),
        (
            "<p>Some words, [&#8230;]</p><p>The post <a href='#'>X</a> appeared first on <a href='#'>Y</a>.</p>",
            "Some words…",
        ),
        ("<p>Some words. <a href='/x'>Continue reading X →</a></p>", "Some words…"),
        ("<p>Cogent.</p><p>★</p>", "Cogent."),
    ],
)
def test_excerpt(html: str, expected: str) -> None:
    assert excerpt(html) == expected


def test_a_cut_comes_after_a_word() -> None:
    cut = excerpt(f"<p>{LONG}</p>")
    assert len(cut) <= 220
    assert len(cut) > 200
    assert cut.endswith("…")
    assert LONG.startswith(cut[:-1])
    assert LONG[len(cut) - 1] in " ,."
    assert cut[-2].isalpha()


def test_the_limit_is_the_caller_s() -> None:
    assert excerpt(LONG, 40) == "Words of some length follow each other…"
    assert excerpt("exactly ten", 11) == "exactly ten"
    assert excerpt("exactly ten", 10) == "exactly…"


@pytest.mark.parametrize(
    "text",
    [
        "消息队列保持工作进入的顺序并且不会丢失任何一条消息" * 20,
        "キューは作業が入ってきた順番を保ちます" * 20,
        "x" * 1000,
        "ก" * 1000,
        "👩\u200d💻" * 200,
        "👋🏽" * 300,
        "🇮🇳" * 300,
        "\u1eb9\u0301" * 300,
    ],
)
def test_without_spaces_a_cut_comes_after_a_whole_character(text: str) -> None:
    unit = next(text[:size] for size in range(1, len(text)) if text == text[:size] * (len(text) // size))
    cut = excerpt(text)
    assert 190 <= len(cut) <= 220
    assert cut.endswith("…")
    if len(unit) < 6:
        assert cut[:-1] == unit * (len(cut[:-1]) // len(unit))


def test_a_long_body_is_read_only_at_its_beginning() -> None:
    assert excerpt("<p>Start.</p>" + "<p>And on.</p>" * 100_000 + "<div>" * 100_000).startswith(
        "Start. And on. And on."
    )
