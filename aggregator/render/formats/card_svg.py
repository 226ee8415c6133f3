"""An image of the newest articles for the README of a profile, in light and dark, drawn without anything from outside.

GitHub shows it through a proxy and inside of ``<img>``: no script runs, no font or picture is loaded, no link works.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from lxml import etree

from aggregator.model import Article, Direction, View
from aggregator.render import facts, xml
from aggregator.render.carry import carried, scrubbed
from aggregator.render.dates import dated
from aggregator.render.format import Format
from aggregator.render.jinja import TEMPLATES
from aggregator.render.measure import lines
from aggregator.text.characters import fold, shorten
from aggregator.text.language import direction

_NAME = "card.svg"
_SVG = "http://www.w3.org/2000/svg"
_STYLE = TEMPLATES.get_template("card.css").render()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

# Pixels. Two thirds of the column that GitHub gives to a README, so that it also fits a phone.
_WIDTH = 480
_EDGE = 24  # from the border to the text
_INNER = _WIDTH - 2 * _EDGE
_HEAD = 40  # base line of the name
_FIRST = 60  # where the first article begins
_LINE = 20  # of a title
_META = 18
_GAP = 18  # between two articles

# Font sizes in card.css. The table of widths is of common fonts; those of DejaVu, which many a Linux falls back to, are
# wider, and half-bold it has none but bold.
_NAME_EM = 16 * 1.18
_TITLE_EM = 14 * 1.18
_META_EM = 12 * 1.06

_LONGEST = 200  # characters of a title
_ISOLATE, _END = "\u2068", "\u2069"


@dataclass(frozen=True, slots=True)
class _Block:
    """One article, in lines."""

    ulid: str
    title: tuple[str, ...]
    meta: str
    dir: Direction
    language: str | None
    spoken: str  # all of it, for those who do not see the image

    @property
    def height(self) -> int:
        return len(self.title) * _LINE + (_META if self.meta else 0)


def render(view: View) -> bytes:
    """The articles of the view as SVG 1.1, UTF-8; as high as they are many."""
    head = xml.head(view)
    name = shorten(fold(facts.name(head)) or view.base_url, _LONGEST)
    blocks = carried(view.articles, _NAME, lambda article: _block(scrubbed(article), head))
    height = _FIRST + sum(block.height + _GAP for block in blocks) + (_EDGE - _GAP if blocks else _LINE + _EDGE)
    root = _canvas(height)
    xml.add(root, "title", name)
    xml.add(root, "desc", "; ".join(block.spoken for block in blocks) or "No articles yet")
    xml.add(root, "style", _STYLE)
    xml.add(root, "rect", x="0.5", y="0.5", width=str(_WIDTH - 1), height=str(height - 1), rx="8", **{"class": "paper"})
    (shown,) = lines(name, _INNER / _NAME_EM, 1) or ("",)
    _write(root, "name", shown, _HEAD, direction(None, shown))
    y = _FIRST
    for place, block in enumerate(blocks):
        if place:
            _bar(root, y - _GAP // 2)
        y = _draw(root, block, y) + _GAP
    if not blocks:
        _write(root, "meta", "No articles yet", _FIRST + _LINE - 5, "ltr")
    return xml.document(root)


def _block(article: Article, view: View) -> _Block:
    title, date = shorten(fold(facts.heading(article)) or "Untitled", _LONGEST), dated(article)
    where = fold(facts.byline(article, view) or article.publisher or article.source.title)
    (by,) = lines(where, _INNER / _META_EM - 8, 1) or ("",)
    known = (date.human if date else "", f"{_ISOLATE}{by}{_END}" if by else "")
    return _Block(
        ulid=article.ulid,
        title=lines(title, _INNER / _TITLE_EM, 2),
        meta=" · ".join(filter(None, known)),
        dir=article.dir,
        language=article.language,
        spoken=f"{title} ({date.human})" if date else title,
    )


def _canvas(height: int) -> etree._Element:
    size = {"width": str(_WIDTH), "height": str(height), "viewBox": f"0 0 {_WIDTH} {height}"}
    return etree.Element("svg", size, role="img", nsmap={None: _SVG})


def _bar(root: etree._Element, y: int) -> None:
    xml.add(root, "rect", x=str(_EDGE), y=str(y), width=str(_INNER), height="1", **{"class": "rule"})


def _draw(root: etree._Element, block: _Block, y: int) -> int:
    """Write one article from ``y`` on down; returns where it ends."""
    group = xml.add(root, "g", id=f"article-{block.ulid}")
    for line in block.title:
        y += _LINE
        _write(group, "title", line, y - 5, block.dir, block.language)
    if block.meta:
        y += _META
        _write(group, "meta", block.meta, y - 4, block.dir, side=block.dir)
    return y


def _write(
    root: etree._Element, kind: str, text: str, y: int, dir: Direction, language: str | None = None, side: str = ""
) -> None:
    """One line. ``side``: to which side a line in English is put; every other runs from the side where it begins."""
    right = dir == "rtl"
    line = xml.add(root, "text", text, x=str(_WIDTH - _EDGE if right else _EDGE), y=str(y), **{"class": kind})
    if right and side:
        line.set("text-anchor", "end")
    elif right:
        line.set("direction", "rtl")
    if language:
        line.set(xml.LANG, language)


FORMAT = Format(
    document=_NAME,
    media_type="image/svg+xml",
    title="SVG card",
    render=render,
    key="card",
    policy=f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; sandbox",
    # without stale-while-revalidate: GitHub's proxy went on to show what was a day old (outputs.md H3)
    headers=(("cache-control", "public, max-age=300, s-maxage=300"), ("x-robots-tag", "noindex")),
    limit=5,
    most=10,
)
