"""Tells the picture of an article from what only counts readers or decorates a line."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from aggregator.model import Image
from aggregator.text import guard, urls
from aggregator.text.characters import fold, xml_safe
from aggregator.text.inert import inert

_MAX_TRIED = 40
_SMALLEST = 2  # pixels: up to here it counts readers
_ICON = 32  # pixels: up to here on both sides it is no picture
_MAX_ALT = 500

_PIXELS = re.compile(
    r"""medium\.com/_/stat|/~r/|feedburner\.com/~ff|feeds\.wordpress\.com|stats\.wordpress\.com|pixel\.wp\.com
    |google-analytics\.com|doubleclick\.net|feedsportal\.com|pixel\.quantserve|/b\.gif|scorecardresearch|/open\.gif
    |statcounter\.com|//hits\.(?:sh|dwyl|seeyoufarm)|visitor-badge|komarev\.com|hitcounter|/pixel\.(?:gif|png)|//beacon\.""",
    re.IGNORECASE | re.VERBOSE,
)
_DECORATION = re.compile(
    r"""avatar|profile_image|profile-image|profile_pic|gravatar\.com|shields\.io|badgen\.net|badge\.(?:svg|png|fury)
    |/badges?/|badge/|travis-ci|codecov\.io|coveralls\.io|/emoji/|/emojis/|twemoji|buymeacoffee\.com|ko-fi\.com
    |smilies|github-logo|medium_icon|/favicon|spacer\.gif|blank\.gif|githubbadge|readme-stats""",
    re.IGNORECASE | re.VERBOSE,
)
_DECORATION_CLASS = re.compile(r"(?:\b|_)(?:avatar|emoji|smiley|badge|icon|logo)(?:\b|_)", re.IGNORECASE)


def lead_image(html: str) -> Image | None:
    """The first picture of an article: not a tracking pixel, avatar, badge, emoji, icon or inlined data.

    Addresses must be absolute already (as `sanitize` leaves them). Raises TooComplex.
    """
    if "<img" not in html.lower():
        return None
    for node in LexborHTMLParser(guard.check(xml_safe(html))).css("img")[:_MAX_TRIED]:
        source = urls.absolute(node.attributes.get("src") or "")
        if source and not is_pixel(node) and not _is_decoration(node, source):
            alt = inert(fold(node.attributes.get("alt") or "")[:_MAX_ALT])
            return Image(source, size(node, "width"), size(node, "height"), alt or None)
    return None


def is_pixel(node: LexborNode) -> bool:
    """Tell whether an `img` is there to count readers."""
    sides = [side for side in (size(node, "width"), size(node, "height")) if side is not None]
    return any(side <= _SMALLEST for side in sides) or counts_readers(node.attributes.get("src") or "")


def counts_readers(text: str) -> bool:
    """Tell whether an address that only counts readers stands anywhere in `text`."""
    return _PIXELS.search(text) is not None


def size(node: LexborNode, name: str) -> int | None:
    """The width or height of an `img` in pixels, where it says a number of them."""
    match = re.match(r"\s*([0-9]{1,5})\s*(?:px)?\s*\Z", node.attributes.get(name) or "")
    return int(match[1]) if match else None


def _is_decoration(node: LexborNode, source: str) -> bool:
    width, height = size(node, "width"), size(node, "height")
    small = width is not None and height is not None and max(width, height) <= _ICON
    named = _DECORATION_CLASS.search(node.attributes.get("class") or "")
    return small or named is not None or _DECORATION.search(source) is not None
