"""Reads the words out of markup: of whole bodies, and of titles, names and tags, which are never anything but text."""

from __future__ import annotations

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from aggregator.model import RawText
from aggregator.text import guard
from aggregator.text.characters import fold, shorten, xml_safe
from aggregator.text.inert import inert
from aggregator.text.tables import words

_BREAK = "\x85"  # white space to str.split, legal in XML, written by nobody
_MAX_TITLE = 1000
_MAX_TITLE_READ = 5_000  # characters: nothing so short takes a parser long

_BLOCKS = re.compile(
    r"</?(?:address|article|aside|blockquote|body|br|caption|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure"
    r"|footer|form|h[1-6]|header|hr|li|main|nav|ol|option|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)\b",
    re.IGNORECASE,
)
_SILENT = re.compile(
    r"<(script|style|template|noscript|noembed|noframes|iframe|object|textarea|select|svg|title|head)\b", re.IGNORECASE
)


# Names of HTML, MathML and SVG elements: `<T>` and `<String>` are none and stay words of a title about generics.
_ELEMENTS = words(
    """
    a abbr acronym address animate annotation applet area article aside audio b base basefont bdi bdo bgsound big blink
    blockquote body br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir
    div dl dt em embed fieldset figcaption figure font footer foreignobject form frame frameset g h1 h2 h3 h4 h5 h6
    head header hgroup hr html i iframe image img input ins isindex kbd keygen label legend li link listing main map
    mark marquee math menu meta meter nav nobr noembed noframes noscript object ol optgroup option output p param path
    picture plaintext portal pre progress q rb rp rt ruby s samp script search section select set slot small source span
    strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul
    use var video wbr xml xmp
    """
)
_ANGLE = re.compile(r"<(?=([A-Za-z][\w.\-]*)[^<>=\"'`]*(>|\Z))")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|[lr][sd]quo|[mn]dash|hellip|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_TAG_START = re.compile(r"<[A-Za-z!?]")
_ATTRIBUTE = re.compile(r"=|[\s/\"']on\w", re.IGNORECASE)
_END_TAG = re.compile(r"</[A-Za-z]")


def plain(html: str) -> str:
    """The text of a body, one line for each block, white space folded; scripts, styles and templates are no text.

    Raises TooComplex for what would take too long to read.
    """
    html = guard.check(xml_safe(html))
    text = _text(_BLOCKS.sub(lambda m: _BREAK + m[0], html)) if "<" in html else unescape(html)
    if "&" in html:
        text = xml_safe(text)
    return "\n".join(filter(None, (" ".join(piece.split()) for piece in text.split(_BREAK))))


def text_of(raw: RawText) -> str:
    """A title, name or tag as one line of plain text, at most 1,000 characters; never markup that could act.

    `html` is read as HTML, and entities once more, because generators escape titles twice (Jekyll, sources 1.2); `text`
    is kept as it stands (RFC 4287 section 3.1.1.1). Writers of documents still have to escape what they print; where
    one does not, nothing runs (``inert``).
    """
    value = fold(raw.value[:_MAX_TITLE_READ])
    if raw.type == "html" and ("<" in value or "&" in value):
        value = fold(_line(value))
        if _ENTITY.search(value):
            value = fold(unescape(value))
        if _is_markup(value):
            value = fold(_line(value))
        if _is_markup(value):
            value = fold(value.replace("<", " "))
    return inert(shorten(value, _MAX_TITLE))


def _line(html: str) -> str:
    """The text of one line of HTML; what stands in angle brackets without being an element is text."""
    if "<" not in html:
        return unescape(html)
    html = _ANGLE.sub(lambda match: "&lt;" if _is_word(match) else "<", html)
    return _text(_BLOCKS.sub(lambda match: " " + match[0], html))


def _is_markup(text: str) -> bool:
    """What is left of markup that was escaped twice: an end tag, or a tag with an attribute. A lone `<b>` is a word."""
    if "<" not in text:
        return False
    if _END_TAG.search(text):
        return True
    starts = ((piece, _TAG_START.search(piece)) for piece in text.split(">"))
    return any(start and _ATTRIBUTE.search(piece, start.end()) for piece, start in starts)


def _is_word(match: re.Match[str]) -> bool:
    """`List<String>`, `<Back-pressure>`, `Result<A>` and `i<n` are words; `<b>` and `x<b>y</b>` are markup."""
    name = match[1].lower()
    if name not in _ELEMENTS:
        return True
    glued = match.start() > 0 and match.string[match.start() - 1].isalnum()
    return len(name) == 1 and glued and f"</{name}" not in match.string.lower()


def _text(html: str) -> str:
    """All text of `html` as it stands, without the content of elements that are no text."""
    body = LexborHTMLParser(html).body
    if body is None:
        return ""
    drop_silent(body, html)
    return body.text(deep=True)


def drop_silent(body: LexborNode, html: str) -> None:
    """Take out of `body`, parsed from `html`, what no reader ever sees as text."""
    present = {name.lower() for name in _SILENT.findall(html)}
    if present:
        body.strip_tags(sorted(present))
