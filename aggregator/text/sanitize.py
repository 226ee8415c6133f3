"""The one gate through which a source's HTML comes in: what leaves here can be shown, in any page and any feed."""

from __future__ import annotations

import re
from contextvars import ContextVar
from html import escape

import nh3

from aggregator.text import embeds, guard, language, urls
from aggregator.text.characters import composed, xml_safe
from aggregator.text.plain import plain
from aggregator.text.tables import words

_SCHEMES = {"http", "https", "mailto"}
_MAX_ROUNDS = 4

_TAGS = words(
    """
    a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em
    figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp
    section small strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr
    """
)
# Dropped with everything in them; of all other elements the content stays.
_DROPPED = words(
    """
    applet audio button canvas dialog embed form frame frameset iframe input math noembed noframes noscript object
    option script select style svg template textarea title video xmp
    """
)
_ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "blockquote": {"cite"},
    "code": {"class"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "dfn": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "q": {"cite"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
_NUMBERS = {"width", "height", "span", "value", "start", "colspan", "rowspan"}
_NUMBER = re.compile(r"\s*([0-9]{1,5})(?:px)?\s*\Z")
_MAILTO = re.compile(r"mailto:([^\s<>\"\\]{3,320})\Z", re.IGNORECASE)
_CODE_LANGUAGE = re.compile(r"(?:^|\s)lang(?:uage)?-([\w+#.-]{1,40})(?:\s|\Z)")
_PRE_NEWLINES = re.compile(r"<pre((?: [^<>]*)?)>\n+")


def sanitize(html: str, base: str) -> str:
    """The safe part of a source's HTML, every address absolute against `base`; sanitizing twice is sanitizing once.

    Text, headings, lists, tables, figures, images, code blocks with their `language-*`; addresses http, https, mailto
    only; no style, id, script, form or frame. Links carry no `rel`: nothing opens a window, so nothing needs guarding.
    Raises TooComplex for more than 1 MiB, and for what would take a parser too long (traps T6).
    """
    safe = html
    for _ in range(_MAX_ROUNDS):
        before, safe = safe, _once(safe, base)
        if safe == before:
            return safe
    return _last_resort(safe)


def safe_url(url: str, base: str | None = None, mailto: bool = False) -> str | None:
    """`url` as an absolute http(s) address, or with `mailto` a mail address; None for every other scheme (traps T1)."""
    if mailto and (match := _MAILTO.match(url.strip())):
        return "mailto:" + urls.escaped(match[1])
    return urls.absolute(url, base)


def _once(html: str, base: str) -> str:
    token = _BASE.set(base)
    try:
        cleaned = _CLEANER.clean(guard.check(embeds.to_links(guard.check(xml_safe(html)), base)))
    finally:
        _BASE.reset(token)
    return composed(_PRE_NEWLINES.sub(r"<pre\1>", xml_safe(cleaned)).strip())


def _attribute(tag: str, name: str, value: str) -> str | None:
    """What an allowed attribute may say; None drops it."""
    if name in ("href", "src", "cite"):
        return safe_url(value, _BASE.get(), mailto=name == "href")
    if name in _NUMBERS:
        match = _NUMBER.match(value)
        return match[1] if match else None
    if name == "class":
        match = _CODE_LANGUAGE.search(value)
        return f"language-{match[1]}" if match else None
    if name == "lang":
        return language.tag(value)
    if name == "dir":
        return value.lower() if value.lower() in ("ltr", "rtl", "auto") else None
    return value


def _last_resort(html: str) -> str:
    """Two parsers cannot agree on this tree, so it has none: its words in one paragraph."""
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in plain(html).split("\n") if line)


# Building a cleaner costs a third of using it on an average body: there is one, and the base comes to it by the side.
_BASE: ContextVar[str] = ContextVar("base", default="")
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_DROPPED,
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    link_rel=None,
    url_schemes=_SCHEMES,
)
