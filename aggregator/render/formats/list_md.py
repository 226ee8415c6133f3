"""A list in Markdown, for the README of a profile: one line for each article, and nothing in it but text and links."""

from __future__ import annotations

import re
import unicodedata

from aggregator.model import Article, View
from aggregator.render.carry import carried
from aggregator.render.dates import dated
from aggregator.render.facts import heading
from aggregator.render.format import Format
from aggregator.render.links import web
from aggregator.text.characters import fold, shorten

_NAME = "list.md"

# What CommonMark, GitHub and template languages of site generators give a meaning to inside of a line.
_MEANING = re.compile(r"[\\`*_{}\[\]<>~$]|&(?=#?\w+;)|(?<=\{)[%#]|(?<=<)!")
# What a line would begin a block with, and what GitHub makes a link of: only where the text is no link itself.
_BLOCK = re.compile(r"^(\d{0,9})([#+=.)-])")
_AUTOLINK = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"[()]|&(?=#?\w+;)")

_LONGEST = 200  # characters of a title; what is longer is none
_ISOLATE, _END = "\u2068", "\u2069"


def render(view: View) -> bytes:
    """The view as a Markdown list, UTF-8; an empty line where there is no article."""
    return ("\n".join(carried(view.articles, _NAME, _line)) + "\n").encode()


def _line(article: Article) -> str:
    date = dated(article)
    text, url = shorten(fold(heading(article)) or "Untitled", _LONGEST), web(article.url)
    shown = f"[{_isolated(_escaped(text))}]({_address(url)})" if url else _isolated(_plain(text))
    return f"- {shown} — {date.human}" if date else f"- {shown}"


def _escaped(text: str) -> str:
    return _MEANING.sub(lambda found: f"\\{found[0]}", text)


def _plain(text: str) -> str:
    """A text that is no link, and becomes none."""
    escaped = _AUTOLINK.sub(lambda _: "\\", _escaped(text))
    return _BLOCK.sub(lambda found: f"{found[1]}\\{found[2]}", escaped)


def _address(url: str) -> str:
    return _IN_ADDRESS.sub(lambda found: f"\\{found[0]}", url)


def _isolated(text: str) -> str:
    """Text that runs to the left keeps to itself, or it would take the date along (UAX 9, FSI and PDI)."""
    sides = map(unicodedata.bidirectional, text)
    return f"{_ISOLATE}{text}{_END}" if any(side in ("R", "AL", "AN") for side in sides) else text


FORMAT = Format(
    document=_NAME,
    media_type="text/markdown; charset=utf-8",
    title="Markdown list",
    render=render,
    key="list_md",
    headers=(("x-robots-tag", "noindex"),),
)
