"""A store that answers once: documents of one view share what they are made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from aggregator.model import Fragments, Selected, Selection, SourceRef
from aggregator.store import Store
from aggregator.store.kept import Kept

_PARTS = 10_000  # articles of which parts of documents are kept
_AHEAD = 8  # pages read together, once a view has more than one
_PAGES = 6 * _AHEAD  # kept: selections that the formats of one page of one view differ in, and what follows them


class Snapshot:
    """What views are built from, as the store had it when it was first asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._selected: dict[Selection, Selected] = {}
        self._labels: dict[tuple[str | None, str], str] = {}
        self._changed_at: dict[str | None, datetime] = {}
        self._kept = Kept()
        self.fragments = Fragments(_PARTS)
        self._refs: dict[str, SourceRef | None] = {}

    def changed_at(self, owner: str | None) -> datetime:
        """When something published of this owner last changed."""
        if owner not in self._changed_at:
            self._changed_at[owner] = self._store.changed_at(owner)
        return self._changed_at[owner]

    def open_week(self) -> tuple[str, datetime] | None:
        """The store's: one row."""
        return self._store.open_week()

    def select(self, wanted: Selection) -> Selected:
        """One page of a view."""
        if wanted not in self._selected:
            following = wanted
            for page in self._store.select_pages(wanted, _AHEAD if wanted.after else 1, self._kept):
                if len(self._selected) >= _PAGES:
                    self._selected.pop(next(iter(self._selected)))
                self._selected[following] = page
                following = replace(wanted, after=page.last)
        return self._selected[wanted]

    def facet_counts(self, wanted: Selection, prefixes: Sequence[str]) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """The store's; ``Steered`` keeps what several documents count."""
        return self._store.facet_counts(wanted, prefixes)

    def tag_labels(self, owner: str | None, slugs: Collection[str]) -> Mapping[str, str]:
        """How the newest article under each of these tags writes it."""
        missing = [slug for slug in slugs if (owner, slug) not in self._labels]
        if missing:
            found = self._store.tag_labels(owner, missing)
            self._labels |= {(owner, slug): found.get(slug, "") for slug in missing}
        return {slug: label for slug in slugs if (label := self._labels[owner, slug])}

    def source_refs(self, keys: Collection[str]) -> Mapping[str, SourceRef]:
        """What these sources are called and where they are."""
        missing = set(keys) - self._refs.keys()
        if missing:
            self._refs |= {**dict.fromkeys(missing), **self._store.source_refs(missing)}
        return {key: ref for key in keys if (ref := self._refs[key]) is not None}
