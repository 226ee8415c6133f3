"""A store that answers once: documents of one view share what they are made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from aggregator.model import Fragments, Selected, Selection, SourceRef
from aggregator.store import Store
from aggregator.store.kept import Kept

_PARTS = 10_000  # articles of which parts of documents are kept
_PAGES = 6  # selections kept: those that the formats of one page of one view differ in


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
        found = self._selected.get(wanted)
        if found is None:
            if len(self._selected) >= _PAGES:
                self._selected.pop(next(iter(self._selected)))
            found = self._selected[wanted] = self._store.select(wanted, self._kept)
        return found

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
