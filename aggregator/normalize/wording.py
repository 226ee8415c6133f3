"""Title, summary and body of one entry: which words stand for it, and how many there are."""

from __future__ import annotations

import html
import math
import re
from itertools import filterfalse
from typing import NamedTuple

from aggregator.errors import TooComplex
from aggregator.model import RawEntry, RawText
from aggregator.text.characters import fold, shorten
from aggregator.text.html import excerpt, inert, plain, sanitize, text_of

SUMMARY_LENGTH = 220
TITLE_LENGTH = 80
WORDS_PER_MINUTE = 275  # DEV's rate, rounded up as DEV does: a reader sees the same number on both sides
CHARACTERS_PER_WORD = 2  # of Chinese and Japanese, which put no spaces between words; Korean does

_MAX_CONTENT = 1024 * 1024
_TITLE_LENGTH = 1000  # of a title that a source wrote
_READ = 60_000  # characters of a text too large or too tangled to keep, from which its beginning is taken
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n\s*")
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_CUT = re.compile(r"\s*(?:\[\s?(?:…|\.\.\.|&hellip;|&#8230;)\s?\]|\(more\)|(?<=\w)\s?(?:…|\.\.\.))\s*\Z")
_MORE = re.compile(
    r"\s*(?:\[…\]|\[\.\.\.\])?\s*(?:continue reading|read more|keep reading|"
    r"read the (?:rest|full (?:post|article|story))|view (?:the )?(?:full|original) (?:post|article)|"
    r"click here to read)\b.{0,200}\Z",
    re.IGNORECASE | re.DOTALL,
)
_FOOTER = re.compile(r"\s*(?:The post )?.{0,300}\b(?:first appeared|appeared first) on\b.{0,200}\Z", re.DOTALL)
_THE_POST = re.compile(r"\s*The post (?=.{1,300}\b(?:first appeared|appeared first) on\b)", re.DOTALL)


class Wording(NamedTuple):
    """What an entry says."""

    title: str
    summary: str
    content_html: str  # sanitized
    text: str  # plain, of the content, else of the summary
    noted: str  # sanitized; where a note on the original would stand: the content, else the source's own summary
    word_count: int


def wording_of(raw: RawEntry, base: str) -> Wording:
    """The entry's words; relative addresses in its markup resolve against ``base``.

    A body that is too large or too tangled to be made safe is dropped and only its beginning kept, as the summary.
    A title that is missing is taken from the text. All empty: the entry says nothing. Never raises.
    """
    content = _content(raw.content, base)
    text = _plain(content)
    own = _plain(_markup(raw.summary)) if raw.summary.value.strip() else ""
    summary = _summary(own, content or _beginning(raw.content), text)
    title = _title(raw.title) or _excerpt(content or own, TITLE_LENGTH) or _excerpt(summary, TITLE_LENGTH)
    text = text or own or summary
    return Wording(inert(title), inert(summary), content, text, content or _content(raw.summary, base), count(text))


def minutes(words: int) -> int:
    """Whole minutes to read that many words, at least one."""
    return max(1, math.ceil(words / WORDS_PER_MINUTE))


def count(text: str) -> int:
    """Words of a plain text; two ideographs or kana count as one word."""
    ideographs = len(_IDEOGRAPH.findall(text)) if not text.isascii() else 0
    spaced = _IDEOGRAPH.sub(" ", text) if ideographs else text
    pieces = spaced.split()
    mixed = filterfalse(str.isalnum, pieces)  # few: the others are words without a look at each letter
    words = len(pieces) - sum(not any(map(str.isalnum, piece)) for piece in mixed)
    return words + math.ceil(ideographs / CHARACTERS_PER_WORD)


def _markup(text: RawText) -> str:
    """A text construct as HTML: plain text becomes paragraphs."""
    if text.type == "html":
        return text.value
    paragraphs = (part.strip() for part in _BLANK_LINE.split(text.value))
    return "".join(f"<p>{html.escape(part, quote=False).replace(chr(10), '<br>')}</p>" for part in paragraphs if part)


def _content(text: RawText, base: str) -> str:
    if not text.value.strip() or len(text.value) > _MAX_CONTENT:
        return ""
    try:
        return sanitize(_markup(text), base)
    except TooComplex:
        return ""


def _beginning(text: RawText) -> str:
    """The first words of a body that could not be kept, without its tags."""
    return _TAG.sub(" ", text.value[:_READ]).replace("<", " ").replace(">", " ")


def _plain(markup: str) -> str:
    try:
        return plain(markup)
    except TooComplex:
        return fold(_TAG.sub(" ", markup[:_READ]))


def _excerpt(markup: str, limit: int) -> str:
    try:
        return excerpt(markup, limit)
    except TooComplex:
        return shorten(fold(_TAG.sub(" ", markup[:_READ])), limit)


def _title(title: RawText) -> str:
    try:
        return text_of(title)
    except TooComplex:
        return shorten(fold(_TAG.sub(" ", title.value[:_READ])), _TITLE_LENGTH)


def _summary(own: str, content: str, text: str) -> str:
    """The source's own summary if somebody wrote it, else the beginning of the article.

    ``own`` and ``text`` are plain. Generators cut summaries off the body: such a beginning says less than ours does.
    """
    words = fold(own)
    kept = _without_tails(words)
    cut = kept != words
    if not any(one.isalnum() for one in kept):
        return _excerpt(content, SUMMARY_LENGTH)
    if text and (cut or len(kept) > SUMMARY_LENGTH) and fold(text).startswith(kept[:SUMMARY_LENGTH].rstrip(" .…")):
        return _excerpt(content, SUMMARY_LENGTH)
    if len(kept) > SUMMARY_LENGTH:
        return _excerpt(html.escape(own, quote=False), SUMMARY_LENGTH)
    return shorten(kept.rstrip(" ,;:") + "…", SUMMARY_LENGTH) if cut and kept[-1].isalnum() else kept


def _without_tails(words: str) -> str:
    """``words`` without what templates append: "[…]", "Continue reading", "The post X appeared first on Y"."""
    found = _THE_POST.search(words[-1500:])
    if found:
        words = words[: max(0, len(words) - 1500) + found.start()]
    for _ in range(3):
        shorter = _CUT.sub("", _MORE.sub("", words[-400:]))
        if shorter == words[-400:]:
            break
        words = words[:-400] + shorter
    return words.strip()
