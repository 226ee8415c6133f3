"""One article that a format cannot carry costs itself only: the document goes out without it (T12)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from operator import is_
from typing import Any, TypeVar, cast

from aggregator.errors import RenderError
from aggregator.model import Article, View
from aggregator.text.html import xml_safe

_LOG = logging.getLogger(__name__)

S = TypeVar("S")
T = TypeVar("T")

_ATOMS = (int, float, datetime, type(None))
"""What holds no text: asked first, for there is most of it."""


def kept(view: View, key: object, build: Callable[[S], T]) -> Callable[[S], T]:
    """``build``, but not a second time for an article (or facets) of which the same was made for another view.

    ``key``: what was made, and all of the view that it depends on.
    """
    fragments = view.fragments
    return build if fragments is None else lambda thing: fragments.of(thing, key, build)


def carried(articles: Iterable[Article], document: str, build: Callable[[Article], T]) -> list[T]:
    """What ``build`` makes of each article, in order.

    Where it raises, it gets the article a second time without the characters that XML 1.0 forbids; where it raises
    again, the article is left out and logged. Trying first spares every good article the search: a third of the cost.
    """
    kept = []
    for article in articles:
        try:
            kept.append(_carry(article, document, build))
        except RenderError as error:
            _LOG.warning("%s", error)
    return kept


def _carry(article: Article, document: str, build: Callable[[Article], T]) -> T:
    try:
        return build(article)
    except Exception:  # whatever it is, the others must not pay for it
        try:
            return build(scrubbed(article))
        except Exception as cause:
            raise RenderError(f"{document} goes out without {article.id!a}: {cause!a}") from cause


def fit(view: View) -> View:
    """``scrubbed`` for a view; an article that is in many views is looked through once."""
    head = scrubbed(replace(view, articles=()))
    return replace(head, articles=tuple(map(kept(view, scrubbed, scrubbed), view.articles)))


def scrubbed(value: T) -> T:
    """The value with ``xml_safe`` applied to every string in it: dataclasses, tuples and mappings all the way down."""
    kind = type(value)
    result = _scrub(value)
    if not isinstance(result, kind):
        raise TypeError(f"scrubbing {kind.__name__} gave {type(result).__name__}")
    return result


def _scrub(value: object) -> object:
    """The same object, where nothing in it is another: most texts are fit for everything."""
    if isinstance(value, str):
        return xml_safe(value)
    if isinstance(value, _ATOMS):
        return value
    if isinstance(value, tuple):
        parts = [_scrub(part) for part in value]
        return value if all(map(is_, parts, value)) else tuple(parts)
    kind: Any = type(value)
    if names := _names(kind):
        changed: dict[str, Any] = {}
        for name in names:
            old = getattr(value, name)
            new = _scrub(old)
            if new is not old:
                changed[name] = new
        return replace(cast(Any, value), **changed) if changed else value
    if isinstance(value, Mapping):
        return {_scrub(key): _scrub(part) for key, part in value.items()}
    return value


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """Of the fields of a dataclass; of another type none."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
