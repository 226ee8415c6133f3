"""When an article was published, read from its own page in every way in which pages show it."""

from __future__ import annotations

import pytest

from aggregator.parse.page import read_page
from aggregator.text import dates

PROSE = "<p>" + "The ferry leaves when the tide allows it, and the timetable is a hope. " * 12 + "</p>"
TITLE = "<h1>Ferry times</h1>"

SHOWN = [
    ('<meta name="date" content="2024-03-12">', TITLE, "en"),
    ('<meta name="DC.date.issued" content="2024-03-12">', TITLE, "en"),
    ('<meta name="citation_publication_date" content="2024/03/12">', TITLE, "en"),
    ('<meta name="parsely-pub-date" content="2024-03-12T10:00:00Z">', TITLE, "en"),
    ('<meta itemprop="datePublished" content="2024-03-12">', TITLE, "en"),
    ("", f'{TITLE}<span itemprop="datePublished" content="2024-03-12">Tuesday</span>', "en"),
    ("", f'<article>{TITLE}<time datetime="2024-03-12T08:00:00+01:00">12 March</time></article>', "en"),
    ("", f"<article>{TITLE}<time>March 12, 2024</time></article>", "en"),
    ("", f'<div class="h-entry">{TITLE}<a class="dt-published" href="/x">12 Mar 2024</a></div>', "en"),
    ("", f"<main>{TITLE}<p>By Asha Rao · 12 March 2024 · 4 min read</p></main>", "en"),
    ("", f"<main><p>Tuesday, March 12th, 2024</p>{TITLE}</main>", "en"),
    ("", f"<main>{TITLE}<div><span>Asha</span><span>Mar 12, 2024</span></div></main>", "en"),
    ("", f'<header>{TITLE}<p class="meta">2024-03-12</p></header>', "en"),
    ("", f"{TITLE}<div>Posted on <b>2024/03/12</b> in Boats</div>", "en"),
    ("", f"<article>{TITLE}{PROSE}<footer>Published 12 March 2024</footer></article>", "en"),
    ("", f'{TITLE}{PROSE}<div class="post-date">12.03.2024</div>', "de"),
    ("", f"<main>{TITLE}<p>Veröffentlicht am 12. März 2024 von Anna</p></main>", "de"),
    ("", f"<article>{TITLE}<p>Publié le 12 mars 2024</p></article>", "fr"),
    ("", f"<article>{TITLE}<p>12 de marzo de 2024</p></article>", "es"),
    ("", f"<article>{TITLE}<p>12/03/2024 por Rui</p></article>", "pt-BR"),
    ("", f"<article>{TITLE}<p>03/12/2024 by Kim</p></article>", "en-US"),
    ("", f"<article>{TITLE}<p>12/03/2024 by Kim</p></article>", "en-GB"),
    ("", f"<article>{TITLE}<p>12 марта 2024 г.</p></article>", "ru"),
    ("", f"<article>{TITLE}<p>2024年3月12日</p></article>", "ja"),
    ("", f"<article>{TITLE}<p>Updated May 1, 2026</p><p>Published March 12, 2024</p></article>", "en"),
    ("", f'{TITLE}<nav><a href="/2026">1 May 2026</a></nav><p>12 March 2024</p>', "en"),
    ("", f"<title>x</title><h2>Ferry times</h2><small>12 March 2024</small>{PROSE}", "en"),
    ("", f"<article><aside><time datetime='2026-05-01'></time></aside>{TITLE}<p>12 March 2024</p></article>", "en"),
]


@pytest.mark.parametrize(("head", "body", "lang"), SHOWN)
def test_a_date_that_a_page_shows_is_found(head: str, body: str, lang: str) -> None:
    read = dates.parse(published(head, body, lang))
    assert read is not None
    assert read.at.date().isoformat() == "2024-03-12"


@pytest.mark.parametrize(
    "body",
    [
        f"{TITLE}{PROSE}<p>We moved to the harbour on March 12, 2024, when the old pier was closed for good, and it was"
        " a year before the first boat came back with anybody on it who had not been born in one of the streets.</p>",
        f"{TITLE}{PROSE}<footer>© 2024. Last build: 12 March 2024</footer>",
        f"{TITLE}<p>Last updated: 12 March 2024</p>{PROSE}",
        f"{TITLE}<aside><ul><li>12 March 2024: another story</li></ul></aside>{PROSE}",
        f"{TITLE}<p>12/03/2024</p>{PROSE}",  # two continents read it as two days
        f"{TITLE}<p>4 min read</p>{PROSE}",
    ],
)
def test_a_date_of_something_else_is_not_taken_for_it(body: str) -> None:
    assert published("", body, "en") is None


def test_what_programs_are_told_goes_before_what_readers_see() -> None:
    head = '<meta property="article:published_time" content="2024-03-12T10:00:00Z">'
    assert (
        published(head, f"<article>{TITLE}<time datetime='2026-01-01'></time></article>", "en")
        == "2024-03-12T10:00:00Z"
    )


@pytest.mark.parametrize(
    ("body", "summary"),
    [
        (
            f"<article>{TITLE}<p>Short.</p><p>The tide decides, and the timetable only hopes for the best.</p>",
            1,
        ),
        ("<article><header><p>By somebody who writes about boats and tides all day.</p></header></article>", 0),
        ("<p>Nobody says which part of this page is its article, so nothing is taken.</p>", 0),
    ],
)
def test_without_a_description_the_first_paragraph_is_the_summary(body: str, summary: int) -> None:
    said = read_page(f"<html><body>{body}{PROSE}</body></html>".encode(), "text/html", "https://a.example/x").summary
    assert said == ("The tide decides, and the timetable only hopes for the best." if summary else "")


def published(head: str, body: str, lang: str) -> str | None:
    markup = f'<!doctype html><html lang="{lang}"><head>{head}</head><body>{body}{PROSE}</body></html>'
    return read_page(markup.encode(), "text/html; charset=utf-8", "https://asha.example/ferry-times").published
