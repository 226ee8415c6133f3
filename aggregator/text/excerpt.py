"""Finds the sentence with which an article really begins, for the places that show only one."""

from __future__ import annotations

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser

from aggregator.text import guard
from aggregator.text.characters import fold, shorten, xml_safe
from aggregator.text.plain import drop_silent
from aggregator.text.tables import words

_MAX_READ = 60_000
_MAX_GREETING_WORDS = 7

# Each block of the text is led by a control character that says what it is; none can come in, xml_safe goes first.
_PROSE, _HEADING, _ASIDE = "\x1d", "\x1e", "\x1f"
_KINDS = dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _HEADING) | dict.fromkeys(
    ("figure", "figcaption", "pre", "table", "thead", "tbody", "tr", "td", "th", "caption", "nav", "aside", "footer"),
    _ASIDE,
)
_BLOCK = re.compile(
    r"<(/?)(address|article|aside|blockquote|caption|dd|details|div|dl|dt|figcaption|figure|footer|form|h[1-6]|header"
    r"|hr|li|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_LINE = re.compile(r"<br\b", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>")
_SILENT = [
    "script",
    "style",
    "template",
    "noscript",
    "iframe",
    "object",
    "textarea",
    "select",
    "svg",
    "title",
    "head",
    "nav",
]
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")

_GREETINGS = words(
    """
    hey hi hello hiya howdy heya yo greetings welcome good gday aloha dear sup what's whats
    hola buenas buenos bonjour salut coucou hallo moin servus guten ciao salve buongiorno olá ola oi
    hej hei hoi cześć czesc witajcie witam ahoj merhaba selam namaste namaskar vanakkam salam salaam assalamualaikum
    привет здравствуйте приветствую вітаю мир
    """
)
_ADDRESSEES = words(
    """
    everyone everybody all folks there guys friends friend devs dev developers developer people readers reader world
    again team community coders engineers y'all yall fellow my dear back to the our this blog channel series site
    another post article morning afternoon evening day up and of a new it's me dev.to medium hashnode internet
    a todos todas amigos à tous toutes tout le monde zusammen leute alle tutti ragazzi pessoal gente galera
    días tardes noches tag morgen abend allemaal alla wszystkim herkese arkadaşlar ji dosto всем друзья хабр
    """
)
_CJK_GREETING = re.compile(
    r"(?:大家好|你好|各位好|こんにちは|こんばんは|みなさん|皆さん|안녕하세요|여러분)[、，,。！!~〜 \w]{0,8}\Z"
)
_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
_OPENING = re.compile(
    r"(?:this (?:post|article|story|piece|blog(?: post)?) (?:was|is|has been) )?(?:originally|first|cross-?) ?"
    r"(?:published|posted|appeared|written)\b.{0,160}\Z"
    r"|(?:photo|(?:(?:header|cover|featured) )?image|picture|cover|illustration)s? (?:by|credits?|from|via|courtesy)\b"
    r".{0,120}\Z"
    r"|thanks for reading\b.{0,80}\bsubscribe\b.{0,120}\Z"
    r"|(?:table of contents|contents|toc|tl;?dr:?)\Z",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"\s*(?:\[(?:…|\.\.\.)\]|(?:continue|keep) reading\b.{0,80}|read (?:more|on)\b[ .…→»]*)\Z", re.IGNORECASE
)
_FOOTER = re.compile(r"The post .{1,300} (?:first appeared|appeared first) on .{1,200}\Z", re.DOTALL)


def excerpt(html_or_text: str, limit: int = 220) -> str:
    """The beginning of the prose as one plain line of at most `limit` characters, cut after a word with "…".

    Greetings, notes on where the text appeared before, headings, captions, tables and code are passed over as long as
    there is prose after them. Raises TooComplex.
    """
    source = xml_safe(html_or_text[:_MAX_READ])
    found = _from_html(source) if _TAG.search(source) else [(_PROSE, part) for part in _paragraphs(source)]
    prose = [text for kind, text in found if kind == _PROSE and _WORD.search(text) and not _FOOTER.match(text)]
    return shorten(_enough(_begun(prose) or [text for _, text in found], limit), limit)


def _from_html(html: str) -> list[tuple[str, str]]:
    html = _LINE.sub(lambda m: " " + m[0], guard.check(html))
    marked = _BLOCK.sub(_mark, html)
    body = LexborHTMLParser(marked).body
    if body is None:
        return []
    drop_silent(body, marked)
    body.strip_tags(["nav"])
    pieces = re.split(f"([{_PROSE}{_HEADING}{_ASIDE}])", _PROSE + body.text(deep=True))
    return [(kind, text) for kind, piece in zip(pieces[1::2], pieces[2::2], strict=True) if (text := fold(piece))]


def _mark(match: re.Match[str]) -> str:
    tag, name = match[0], match[2].lower()
    kind = _PROSE if match[1] else _KINDS.get(name, _PROSE)
    # Between the cells of a table no text can stand: a parser would move it out.
    return tag + kind if name in ("td", "th", "caption") and not match[1] else kind + tag


def _paragraphs(text: str) -> list[str]:
    return [line for part in _BLANK_LINE.split(unescape(text)) if (line := fold(part))]


def _begun(prose: list[str]) -> list[str]:
    """Without the opening blocks that say nothing, unless nothing else is said."""
    for index, text in enumerate(prose):
        if not (_is_greeting(text) or _OPENING.match(text)):
            return prose[index:]
    return prose


def _is_greeting(text: str) -> bool:
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(text[:120])]
    if len(text) > 80 or len(words) > _MAX_GREETING_WORDS:
        return False
    if words[0] in _GREETINGS and all(word in _ADDRESSEES or word in _GREETINGS for word in words[1:]):
        return True
    return _CJK_GREETING.match(text) is not None


def _enough(texts: list[str], limit: int) -> str:
    joined = ""
    for text in texts:
        joined = f"{joined} {text}" if joined else text
        if len(joined) > limit:
            return joined
    shown = _CLOSING.sub("", joined)
    return shown if shown == joined or not shown else shown.rstrip(" ,;:.…") + "…"
