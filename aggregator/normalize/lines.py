"""Names, tags and captions: one line of plain text each, or nothing where one is too tangled to read."""

from __future__ import annotations

from aggregator.errors import TooComplex
from aggregator.model import RawText
from aggregator.text.html import text_of


def line(value: str, limit: int) -> str:
    """``value``, which may be HTML, as at most ``limit`` characters of plain text."""
    try:
        return text_of(RawText(value, "html"))[:limit].strip()
    except TooComplex:
        return ""
