"""One spelling per tag: what a source writes becomes a slug that addresses, facets and configs can share."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from aggregator.normalize.lines import line

_MAX_TAGS = 50
_MAX_LENGTH = 100
_MAX_READ = 1000
_SYMBOLS = "+#."  # c++, c# and .net are names of their own
_NO_TAG = frozenset({"uncategorized", "uncategorised"})  # what WordPress writes where nobody chose


def slug(label: str) -> str:
    """A tag as entries carry it: case folded, letters of every script kept, ``-`` between words; "" if nothing is left.

    ``C++``, ``C#`` and ``.NET`` stay apart; a leading ``#`` is no part of a tag. ``slug(slug(x)) == slug(x)``.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold())
    kept = "".join(one if _belongs(one) else "-" for one in folded)
    words = (word.lstrip("#").rstrip(".") for word in kept.split("-"))
    return "-".join(word for word in words if any(one.isalnum() for one in word))


def _belongs(character: str) -> bool:
    """Marks belong to their letters: without them Hindi falls to pieces."""
    return character.isalnum() or character in _SYMBOLS or unicodedata.category(character).startswith("M")


def tags_of(raw: Iterable[str]) -> dict[str, str]:
    """Slug -> label as the source wrote it, in the source's order, each slug once. A comma separates two tags."""
    found: dict[str, str] = {}
    for written in raw:
        for label in line(written, _MAX_READ).split(","):
            label = label.strip().lstrip("#").strip()
            name = slug(label[:_MAX_LENGTH])
            if name and name not in _NO_TAG and len(found) < _MAX_TAGS:
                found.setdefault(name, label[:_MAX_LENGTH])
    return found
