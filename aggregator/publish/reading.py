"""What views are built from: what the store is asked for documents, so that a snapshot can stand in for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from aggregator.model import Selected, Selection, SourceRef


class Reading(Protocol):
    """The questions that ``views.build`` asks; ``Store`` answers them. Each may raise StoreError."""

    def changed_at(self, owner: str | None) -> datetime:
        """When something published of this owner (None: of anyone) last changed."""

    def open_week(self) -> tuple[str, datetime] | None:
        """The ISO week that has begun last, and when that was noted; None: nobody has looked so far."""

    def select(self, wanted: Selection) -> Selected:
        """One page of a view."""

    def facet_counts(self, wanted: Selection, prefixes: Sequence[str]) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """For each prefix the values in the whole selection with their counts."""

    def tag_labels(self, owner: str | None, slugs: Collection[str]) -> Mapping[str, str]:
        """How the newest article under each of these tags writes it."""

    def source_refs(self, keys: Collection[str]) -> Mapping[str, SourceRef]:
        """What these sources are called and where they are, by key."""
