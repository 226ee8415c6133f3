"""Title, summary and length of an entry are what a reader would take for them."""

from __future__ import annotations

import pytest

from aggregator.model import RawText, Skipped
from aggregator.normalize.wording import count, minutes
from tests.core.normalize.conftest import Making, Taking

LONG = "The harbour wall was measured again and found to be two fingers shorter than in the spring of the year before. "


def html(value: str) -> RawText:
    return RawText(value, "html")


@pytest.mark.parametrize(
    ("summary", "content", "expected"),
    [
        ("Written by hand.", "<p>The article.</p>", "Written by hand."),
        ("", "<p>Hi all 👋</p><p>The tide came early.</p>", "The tide came early."),
        ("The tide came [&#8230;]", "<p>The tide came early and stayed.</p>", "The tide came early and stayed."),
        ("The tide came [...]", "", "The tide came…"),
        ("The tide came […]", "<p>Something else entirely.</p>", "The tide came…"),
        ("[…]", "<p>Only this.</p>", "Only this."),
        ("", "", ""),
        ("A word. <a href='/x'>Continue reading <span>Low water</span> →</a>", "<p>Other.</p>", "A word."),
        ("A word. Read more…", "<p>Other.</p>", "A word."),
        ("<p>A word.</p><p>The post <a href='/x'>Low</a> appeared first on <a href='/'>Tides</a>.</p>", "", "A word."),
        ("<img src='/x.png'>", "<p>Said in the text.</p>", "Said in the text."),
        ("A &amp; B &lt;tag&gt;", "", "A & B <tag>"),
        ("<p>Cut in the <a href='https://tides.ex", "", "Cut in the"),
        ("Wait, what... then on.", "", "Wait, what... then on."),
    ],
)
def test_the_summary_is_somebody_s_own_or_the_beginning(
    make: Making, summary: str, content: str, expected: str
) -> None:
    assert make(summary=html(summary), content=html(content)).summary == expected


def test_a_long_summary_ends_at_a_word(make: Making) -> None:
    summary = make(summary=html(LONG * 5)).summary
    assert len(summary) <= 220 and summary.endswith("…")
    assert LONG.startswith(summary[:100]) and f"{LONG * 5}"[len(summary) - 1] in " .,"


def test_a_missing_title_is_taken_from_the_text(make: Making) -> None:
    entry = make(title=RawText("  "), content=html(f"<p>{LONG}</p>"))
    assert entry.title.startswith("The harbour wall") and entry.title.endswith("…") and len(entry.title) <= 80
    assert make(title=RawText(), summary=RawText("Short.")).title == "Short."


def test_without_any_word_the_address_gives_the_name(make: Making) -> None:
    assert make(title=RawText(), url="https://tides.example/2026/low-water_and_sand.html").title == "low water and sand"
    assert make(title=RawText(), url="https://tides.example/low%00water%E2%80%AE").title == "lowwater"


def test_nothing_said_is_nothing_taken(take: Taking) -> None:
    assert take(title=RawText("\u200b \n"), content=html("<p> <br></p>"), url=None) == Skipped(
        "", "neither title nor text"
    )


def test_plain_text_becomes_paragraphs(make: Making) -> None:
    entry = make(content=RawText("One & <b>\nstill one\n\nTwo"))
    assert entry.content_html == "<p>One &amp; &lt;b&gt;<br>still one</p><p>Two</p>"
    assert entry.word_count == 5


def test_addresses_resolve_against_the_base_the_article_or_the_feed(make: Making) -> None:
    content = html('<a href="next">x</a>')
    assert 'href="https://tides.example/next"' in make(content=content).content_html
    assert 'href="https://tides.example/b/next"' in make(content=content, base="https://tides.example/b/").content_html
    assert 'href="https://tides.example/next"' in make(content=content, url=None).content_html


@pytest.mark.parametrize(
    "body",
    [
        "<p>The first words of it.</p>" + "<div>" * 60_000,
        "<p>The first words of it.</p>" + "word " * 300_000,
        "<p " + " ".join(f"a{n}=1" for n in range(5000)) + ">The first words of it.</p>",
    ],
    ids=["deep", "long", "attributes"],
)
def test_a_body_that_cannot_be_made_safe_leaves_its_beginning(make: Making, body: str) -> None:
    entry = make(content=html(body))
    assert entry.content_html == "" and "<" not in entry.summary
    assert entry.title == "Low water" and len(entry.summary) <= 220


def test_words_are_counted_in_every_script() -> None:
    assert count("One two — three, four.") == 4
    assert count("潮の満ち引き") == 3
    assert count("API を使う") == 1 + 2
    assert count("조수 간만의 차") == 3
    assert count("") == 0


def test_minutes_are_whole_and_never_none() -> None:
    assert [minutes(words) for words in (0, 1, 275, 276, 550, 551)] == [1, 1, 1, 2, 2, 3]


def test_a_platform_s_own_reading_time_wins(make: Making) -> None:
    assert make(reading_time_minutes=9).reading_time_minutes == 9
