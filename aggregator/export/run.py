"""Brings a folder to what is published now: renders, compares, and lets everything that is new appear at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from aggregator.export import crew as crews
from aggregator.export.folder import Folder, opened, refused
from aggregator.export.hosts import beside
from aggregator.export.manifest import VERSION, Manifest
from aggregator.export.names import MANIFEST
from aggregator.export.rendering import Articles, Batch, Made, Renderer, apart
from aggregator.export.scopes import scopes
from aggregator.model import Config
from aggregator.publish.steered import steered
from aggregator.store import Store

TRIES = 3  # to find one state of the store, while somebody writes

Told = Callable[[int, int], None]
"""Is told how many jobs are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export came to."""

    files: int
    bytes: int
    written: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]  # somebody else's files of names that we would have written
    skipped: tuple[tuple[str, str], ...]  # documents that cannot be files, and why

    @property
    def changed(self) -> bool:
        """Whether anything in the folder is different now."""
        return bool(self.written or self.removed)


def export(
    config: Config,
    store: Store,
    path: Path,
    shown: str,
    articles: Articles,
    *,
    force: bool = False,
    again: bool = False,
    told: Told = lambda done, of: None,
) -> Exported:
    """Write everything that is published to the folder ``path``, byte for byte as the API serves it.

    ``shown``: digest of what documents show of the config and the program. ``force``: the folder may hold files of
    others, and those of our names are written over. ``again``: look at every file, even if nothing changed.

    Raises:
        ConfigError: the folder holds what no export wrote.
        ExportError: the folder cannot be written to, or another export is at work in it; it is as it was.
        StoreError: the database cannot be read; the folder is as it was.
    """
    with opened(path, force=force) as folder:
        state = _state(store, shown)
        if not again and folder.manifest.state == state and folder.intact():
            return _unchanged(folder)
        for _ in range(TRIES):
            try:
                batch = _rendered(config, store, folder.root, articles, told)
            except OSError as error:
                raise refused(folder.root, error) from error
            after = _state(store, shown)
            if after == state:
                break
            state = after
        else:
            state = ""  # parts may be of several states: the next export looks again
        return _put(config, folder, state, batch, force=force)


def _state(store: Store, shown: str) -> str:
    said = f"{VERSION} {shown} {store.revision()} {store.changed_at(None).isoformat()}"
    return blake2b(said.encode(), digest_size=16).hexdigest()


def _unchanged(folder: Folder) -> Exported:
    files = folder.manifest.files
    return Exported(len(files), sum(one.bytes for one in files.values()), (), (), (), ())


def _rendered(config: Config, store: Store, root: Path, articles: Articles, told: Told) -> Batch:
    every = scopes(config, store, steered(config, store))
    whole = Batch()
    Renderer(config, store, root, articles, lambda: False).beside(whole, beside(config))
    done = 0
    told(done, len(every))
    with crews.crew(config, store, root, articles, len(every)) as crew:
        for batch in crew.run(crews.views(every)):
            _add(whole, batch)
            done += 1
            told(done, len(every))
        jobs = crews.reasons(sorted(whole.told_of))
        for batch in crew.run(jobs):
            _add(whole, batch)
            done += 1
            told(done, len(every) + len(jobs))
    return whole


def _add(whole: Batch, batch: Batch) -> None:
    whole.made += batch.made
    whole.skipped += batch.skipped
    whole.told_of |= batch.told_of


def _put(config: Config, folder: Folder, state: str, batch: Batch, *, force: bool) -> Exported:
    ours, alike = apart(batch.made)
    foreign = {} if force else {name: one for name, one in ours.items() if _foreign(folder, one)}
    files = {name: one.file for name, one in ours.items() if name not in foreign}
    staged = {name: one.staged for name, one in ours.items() if one.staged is not None and name not in foreign}
    manifest = Manifest(files, config.site.base_url, state)
    removed: tuple[str, ...] = ()
    if staged or manifest != folder.manifest or folder.owned != files.keys():
        removed = folder.move_to(manifest, staged)
    else:
        folder.verified()
    return Exported(
        files=len(files),
        bytes=sum(one.bytes for one in files.values()),
        written=tuple(sorted(staged)),
        removed=removed,
        kept=tuple(sorted(foreign)),
        skipped=tuple(sorted({*batch.skipped, *alike})),
    )


def _foreign(folder: Folder, one: Made) -> bool:
    """Somebody else's file: another than ours would be, and none that we wrote."""
    return one.staged is not None and one.instead and one.name not in folder.owned and one.name != MANIFEST
