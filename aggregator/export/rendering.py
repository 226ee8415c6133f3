"""One process of an export: renders views, and makes ready the files that are not in the folder as they should be."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from aggregator.export.documents import documents
from aggregator.export.folder import content
from aggregator.export.manifest import File
from aggregator.export.names import PRIVATE, file_of, folded, why_not
from aggregator.export.scopes import Scope
from aggregator.export.snapshot import Snapshot
from aggregator.model import Config
from aggregator.publish.steered import Steered, steered
from aggregator.publish.well_known import FEEDS
from aggregator.render.facts import elsewhere
from aggregator.store import Store

_numbers = itertools.count()  # of files that this process made ready

Beside = tuple[str, str, bytes]
"""A file by name, with its Content-Type and its bytes."""

Articles = Callable[[Config, Store, Steered, str], Iterable[Beside]]
"""The files that tell of one article, by its ulid."""


@dataclass(frozen=True, slots=True)
class Made:
    """One file. ``staged``: where it waits, if the folder has another one or none; ``instead``: the folder has one."""

    name: str
    file: File
    staged: Path | None
    instead: bool


@dataclass(slots=True)
class Batch:
    """What came of one job."""

    made: list[Made] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)  # (name, why it cannot be a file)
    told_of: set[str] = field(default_factory=set)  # ulids of articles whose reasons a page leads to


class Renderer:
    """Renders from one state of the store, into one folder."""

    def __init__(
        self, config: Config, store: Store, root: Path, articles: Articles, stopped: Callable[[], bool]
    ) -> None:
        self._config = config
        self._store = store
        self._root = root
        self._articles = articles
        self._stopped = stopped
        self._steer = steered(config, store)
        self._snapshot = Snapshot(store)

    def view(self, scope: Scope) -> Batch:
        """Every document of a view. Raises StoreError, OSError."""
        batch = Batch()
        for one in documents(self._config, self._snapshot, self._steer, scope.segments, self._stopped):
            name = file_of(one.segments, one.form.document)
            for known in (name, *(at[1:] for at, target in FEEDS.items() if target[1:] == name)):
                self._make(batch, known, one.form.media_type, one.body)
            if not one.form.document:
                batch.told_of.update(article.ulid for article in one.view.articles if elsewhere(article))
        return batch

    def reasons(self, ulids: Sequence[str]) -> Batch:
        """The files that tell of these articles. Raises StoreError, OSError."""
        batch = Batch()
        for ulid in ulids:
            if self._stopped():
                break
            self.beside(batch, self._articles(self._config, self._store, self._steer, ulid))
        return batch

    def beside(self, batch: Batch, files: Iterable[Beside]) -> None:
        """Files that are there as they are."""
        for name, media_type, body in files:
            self._make(batch, name, media_type, body)

    def _make(self, batch: Batch, name: str, media_type: str, body: bytes) -> None:
        why = why_not(name)
        if why is not None:
            batch.skipped.append((name, why))
            return
        there = content(self._root, name)
        staged = None
        if there != body:
            staged = self._root / PRIVATE / f"{os.getpid()}-{next(_numbers)}"
            staged.write_bytes(body)
        made = File(sha256(body).hexdigest(), len(body), media_type)
        batch.made.append(Made(name, made, staged, there is not None))


def apart(made: Iterable[Made]) -> tuple[dict[str, Made], list[tuple[str, str]]]:
    """Files by name, without those that would be another one where case makes no difference; and these, with why."""
    kept: dict[str, Made] = {}
    names: dict[str, str] = {}
    skipped = []
    for one in sorted(made, key=lambda one: one.name):
        first = names.setdefault(folded(one.name), one.name)
        if first == one.name:
            kept[one.name] = one
        else:
            skipped.append((one.name, f"{first} is the same name where case makes no difference"))
    return kept, skipped
