"""What selections of one state of the store share, for whoever makes many of them in a row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from aggregator.model import Article, Order, Selection

_TOTALS = 50
_ARTICLES = 10_000
_TEXTS = 1500  # of them with their content


class Kept:
    """Articles that were read, and how many there are in all; good for one state of the store."""

    def __init__(self) -> None:
        self._articles: dict[str, Article] = {}
        self._texts: dict[str, Article] = {}
        self._totals: dict[Selection, int] = {}

    def articles(self, ulids: Collection[str], with_content: bool) -> dict[str, Article]:
        """Those of these articles that were read."""
        found = self._texts if with_content else self._articles
        return {ulid: found[ulid] for ulid in ulids if ulid in found}

    def keep(self, articles: Iterable[Article], with_content: bool) -> None:
        """Remember what was read; of what came first there is room no more."""
        found, most = (self._texts, _TEXTS) if with_content else (self._articles, _ARTICLES)
        for one in articles:
            if len(found) >= most:
                found.pop(next(iter(found)))
            found[one.ulid] = one

    def total(self, selection: Selection, count: Callable[[], int]) -> int:
        """How many articles all pages of a selection hold, counted once."""
        order: Order = "announced" if selection.order == "announced" else "published"
        every = replace(selection, after=None, limit=0, order=order, with_content=False)
        if every not in self._totals:
            if len(self._totals) >= _TOTALS:
                self._totals.clear()
            self._totals[every] = count()
        return self._totals[every]
