"""The Markdown list is one line for each article, and whatever a title holds, it stays its text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest

from aggregator.model import Article, Precision, View
from aggregator.render.formats import list_md

Views = Callable[..., View]
Articles = Callable[..., Article]

LINE = re.compile(r"- \[(?P<text>(?:\\.|[^\\\[\]])*)\]\((?P<url>(?:\\.|[^\\()\s])*)\)(?: — (?P<date>[\w ]+))?")
URL = "https://asha.example/rebalancing?part=1&of=2"


@pytest.fixture
def line(view: Views, article: Articles) -> Callable[..., str]:
    def lined(**said: object) -> str:
        text = list_md.render(view(articles=(article(**said),))).decode()
        assert text.count("\n") == 1
        assert text.endswith("\n")
        return text.removesuffix("\n")

    return lined


Line = Callable[..., str]


def read(text: str) -> str:
    """Text of CommonMark without its backslashes (section 2.4)."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


def test_a_line_has_title_address_and_date(line: Line) -> None:
    assert line(title="Queues, clocks & people") == f"- [Queues, clocks & people]({URL}) — 19 May 2026"


@pytest.mark.parametrize(
    ("precision", "date"),
    [
        ("second", " — 19 May 2026"),
        ("day", " — 19 May 2026"),
        ("month", " — May 2026"),
        ("year", " — 2026"),
        ("unknown", ""),
    ],
)
def test_a_date_is_as_precise_as_it_is_known(line: Line, precision: Precision, date: str) -> None:
    assert line(title="A", date_precision=precision) == f"- [A]({URL}){date}"


@pytest.mark.parametrize(
    "title",
    [
        "a](https://evil.example) [b",
        "![x](https://evil.example/p.png)",
        "<script>hit()</script> <!-- BLOG-POST-LIST:END -->",
        "**bold** _it_ __all__ ~~gone~~ `code` ``",
        "ends with a backslash \\",
        "\\[ \\](x)",
        "{{ site.secret }} {% raw %}",
        "&lt;b&gt; &copy; &#60;",
        "$x$ and $$y$$",
        "*" * 40,
    ],
)
def test_a_title_is_text_and_nothing_else(line: Line, title: str) -> None:
    found = LINE.fullmatch(line(title=title))
    assert found, line(title=title)
    assert read(found["text"]) == title.replace("  ", " ")
    assert found["url"] == URL
    raw = line(title=title)
    assert "<!--" not in raw
    assert "-->" not in raw
    assert not re.search(r"(?<!\\)[<>`*_~$]", found["text"])
    assert "{{" not in raw
    assert "{%" not in raw
    assert not re.search(r"(?<!\\)&#?\w+;", found["text"])


@pytest.mark.parametrize("title", ["a\nb", "a\r\n\r\n# b", "a\u2028b", "a\x0bb\x85c", "\n\n- a"])
def test_a_title_is_one_line(line: Line, title: str) -> None:
    assert LINE.fullmatch(line(title=title))


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Plain words", "- Plain words — 19 May 2026"),
        ("# no heading", "- \\# no heading — 19 May 2026"),
        ("- no list", "- \\- no list — 19 May 2026"),
        ("+ none", "- \\+ none — 19 May 2026"),
        ("1. no list", "- 1\\. no list — 19 May 2026"),
        ("2018) none", "- 2018\\) none — 19 May 2026"),
        ("> no quote", "- \\> no quote — 19 May 2026"),
        ("[ ] no task", "- \\[ \\] no task — 19 May 2026"),
        ("see https://evil.example", "- see https:\\//evil.example — 19 May 2026"),
        ("www.evil.example", "- www\\.evil.example — 19 May 2026"),
        ("3 rules", "- 3 rules — 19 May 2026"),
    ],
)
def test_without_an_address_it_is_text(line: Line, title: str, shown: str) -> None:
    assert line(title=title, url=None) == shown


@pytest.mark.parametrize("url", ["javascript:hit()", "https://x.example/a b", "https://x.example/<b>", "", None])
def test_only_addresses_of_the_web_become_links(line: Line, url: str | None) -> None:
    assert line(title="A", url=url) == "- A — 19 May 2026"


def test_an_address_cannot_end_its_link(line: Line) -> None:
    url = "https://x.example/a_(b)_[c]?d=1&copy;=2&e=*"
    found = LINE.fullmatch(line(title="A", url=url))
    assert found
    assert read(found["url"]) == url.replace("[c]", "%5Bc%5D")
    assert "\\&copy;" in found["url"]


def test_what_runs_to_the_left_keeps_to_itself(line: Line) -> None:
    assert line(title="مهل زمنية HTTP") == f"- [\u2068مهل زمنية HTTP\u2069]({URL}) — 19 May 2026"
    assert "\u2068" not in line(title="キャッシュ, é, Ω")


def test_no_control_turns_the_rest_of_the_line(line: Line) -> None:
    text = line(title="a\u202eb\u2067c\u2069\u2069d\u202dמ")
    controls = [
        c
        for c in text
        if unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    ]
    assert controls == ["\u2068", "\u2069"]


def test_a_note_is_called_by_what_it_says_and_nothing_by_its_id(line: Line) -> None:
    assert line(title="", summary="Short note").startswith("- [Short note](")
    assert line(title="", summary="", url=None) == "- Untitled — 19 May 2026"


def test_without_articles_there_is_an_empty_line(view: Views) -> None:
    assert list_md.render(view(articles=())) == b"\n"
