"""The card is an image by itself: well-formed, told in words, in two colour schemes, every line inside of it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from lxml import etree

from aggregator.model import Article, View
from aggregator.render.formats import card_svg
from aggregator.render.measure import width

S = "{http://www.w3.org/2000/svg}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

Views = Callable[..., View]
Articles = Callable[..., Article]


def drawn(view: View) -> etree._Element:
    return etree.fromstring(card_svg.render(view))


def shown(root: etree._Element, kind: str) -> list[str]:
    return [found.text or "" for found in root.iterfind(f".//{S}text[@class='{kind}']")]


def test_it_says_in_words_what_it_shows(view: Views, article: Articles) -> None:
    root = drawn(view(articles=(article(), article(title="Undated", date_precision="unknown"))))
    assert root[0].tag == f"{S}title"
    assert root[0].text == "Asha & friends"
    assert root[1].tag == f"{S}desc"
    assert root[1].text == "Rebalancing R&D: why List<T> > arrays (19 May 2026); Undated"
    assert root.get("role") == "img"


def test_it_shows_name_titles_dates_and_who_or_where(view: Views, article: Articles) -> None:
    root = drawn(view(articles=(article(), article(authors=(), title="Mine", date_precision="month"))))
    assert shown(root, "name") == ["Asha & friends"]
    assert shown(root, "title") == ["Rebalancing R&D: why List<T> > arrays", "Mine"]
    assert shown(root, "meta") == [
        "19 May 2026 · \u2068Asha Rao, Bo Li\u2069",
        "May 2026 · \u2068Asha's notes & drafts\u2069",
    ]


def test_nothing_comes_from_outside(view: Views, article: Articles) -> None:
    root = drawn(view(articles=(article(title="see https://x.example/a.png url(https://x.example)"),)))
    assert {etree.QName(e).localname for e in root.iter()} == {"svg", "title", "desc", "style", "rect", "g", "text"}
    assert not [
        name for e in root.iter() for name in e.attrib if "href" in name or name.startswith("on") or name == "style"
    ]
    (style,) = root.findall(f"{S}style")
    assert not re.search(r"url\(|@import|@font-face|expression", style.text or "")


def test_it_knows_light_and_dark(view: Views) -> None:
    style = drawn(view()).findtext(f"{S}style") or ""
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    for kind in ("paper", "title", "meta", "rule", "name"):
        assert f".{kind}" in light
        assert f".{kind}" in dark
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in card_svg.FORMAT.policy


@pytest.mark.parametrize(
    "title",
    [
        "Short",
        "Why the thirteenth migration of the coordinator's write-ahead log failed, and what changed",
        "W" * 300,
        "キャッシュの難しさは、値を置くことではなく、いつ古くなるかを言い当てることにある。期限を一つの数字で決めてしまう前に考えたい。",
        "👩🏽‍💻" * 60,
        "🇳🇴🇩🇪" * 40,
        "المهلة الزمنية ليست رقمًا في ملف الإعدادات، بل وعدٌ بين خدمتين. حين يزداد الضغط يظهر من منهما لم يفهم الوعد",
        "e" + "\u0301" * 500 + " and on",
    ],
)
def test_every_line_stays_inside(view: Views, article: Articles, title: str) -> None:
    root = drawn(view(title=title, articles=(article(title=title), article())))
    width_, height = int(root.get("width") or 0), int(root.get("height") or 0)
    assert root.get("viewBox") == f"0 0 {width_} {height}"
    for kind, size in (("name", 16), ("title", 14), ("meta", 12)):
        for text in shown(root, kind):
            assert text
            assert width(text) * size <= width_ - 48
    assert 1 <= len(shown(root, "title")) - 1 <= 2
    lines = [int(e.get("y") or 0) for e in root.iter(f"{S}text")]
    assert lines == sorted(set(lines)), "no line on another"
    assert lines[-1] < height - 16


def test_it_is_as_high_as_its_articles(view: Views, article: Articles) -> None:
    heights = [int(drawn(view(articles=(article(),) * n)).get("height") or 0) for n in range(1, 6)]
    assert len({b - a for a, b in pairwise(heights)}) == 1
    assert heights[0] < heights[1]


def test_what_runs_to_the_left_begins_at_the_right(view: Views, article: Articles) -> None:
    root = drawn(view(title="ليلى حداد", articles=(article(title="مهل زمنية", dir="rtl", language="ar"), article())))
    name, title, meta, other, _ = root.iter(f"{S}text")
    assert (name.get("x"), name.get("direction")) == ("456", "rtl")
    assert (title.get("x"), title.get("direction"), title.get(LANG)) == ("456", "rtl", "ar")
    assert (meta.get("x"), meta.get("text-anchor"), meta.get("direction")) == ("456", "end", None)
    assert (other.get("x"), other.get("direction")) == ("24", None)


def test_without_articles_it_says_so(view: Views) -> None:
    root = drawn(view(articles=()))
    assert shown(root, "meta") == ["No articles yet"]
    assert root.findtext(f"{S}desc") == "No articles yet"


def test_it_shows_five_unless_told_otherwise_and_is_asked_for_again_soon() -> None:
    assert (card_svg.FORMAT.limit, card_svg.FORMAT.most) == (5, 10)
    cache_control = dict(card_svg.FORMAT.headers)["cache-control"]
    assert cache_control == "public, max-age=300, s-maxage=300"
