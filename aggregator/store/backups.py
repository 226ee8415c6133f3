"""Backups that either engine can take back: one SQLite file with everything in it."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from aggregator.errors import StoreError
from aggregator.store import files, moving, versions


def backup(url: URL, path: Path, noticed: moving.Noticed = lambda done, total: None) -> None:
    """Write the whole database into a new SQLite file while it is in use, complete or not at all.

    Raises StoreError: a ``path`` that exists, a full disk, a database at another revision.
    """
    if path.exists():
        raise StoreError(f"{path} exists: name a new file")
    if versions.current(url) is None:
        raise StoreError(f"{url.render_as_string(hide_password=True)} holds nothing yet: there is nothing to back up")
    with files.appearing(path) as partial:
        if url.get_backend_name() == "sqlite":
            files.copy(files.path_of(url), partial)
            return
        moving.copy(url, files.address(partial), noticed)
        files.settle(partial)


def restore(url: URL, path: Path, now: datetime, noticed: moving.Noticed = lambda done, total: None) -> Path | None:
    """Let the database be what the backup ``path`` holds; where the file that was there is kept (None: none was).

    The backup is read through first. SQLite: it takes the place of the file. PostgreSQL: its rows go into an empty
    database.

    Raises:
        StoreError: the backup is damaged, of a newer program, or no backup; a service works with the database; the
            PostgreSQL database is not empty. Nothing was changed.
    """
    if not path.is_file():
        raise StoreError(f"{path}: there is no such file; name one that `aggregator db backup` wrote")
    if url.get_backend_name() == "sqlite":
        return _put_in_place(files.path_of(url), path, now)
    moving.refuse_running(url)
    with TemporaryDirectory(prefix="aggregator-restore-") as folder:
        upgraded = Path(folder) / path.name
        _copy_checked(path, upgraded)
        versions.upgrade(files.address(upgraded))
        moving.copy(files.address(upgraded), url, noticed)
    return None


def _put_in_place(place: Path, path: Path, now: datetime) -> Path | None:
    if place.exists() and place.samefile(path):
        raise StoreError(f"{path} is the database itself: name a backup of it")
    with files.appearing(place) as partial:
        _copy_checked(path, partial)
        return _set_aside(place, now) if place.exists() else None


def _copy_checked(path: Path, copied: Path) -> None:
    files.check(path, str(path))
    files.copy(path, copied)
    found = versions.current(files.address(copied))
    if found is None:
        raise StoreError(f"{path} holds no tables of this program: name a file that `aggregator db backup` wrote")
    versions.refuse_newer(str(path), found)


def _set_aside(place: Path, now: datetime) -> Path:
    """Keep the file under another name, too; a damaged one with its log. The place is taken a moment later."""
    kept = place.with_name(f"{place.name}.before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}")
    sides = {Path(f"{kept}{end}"): side for end in files.SIDES if (side := Path(f"{place}{end}")).exists()}
    for copied, side in sides.items():  # first: of a damaged file SQLite throws the log away when it is opened
        shutil.copyfile(side, copied)
    if files.settle(place):
        for copied in sides:
            copied.unlink()
    try:
        os.link(place, kept)
    except OSError:  # a file system without links
        place.rename(kept)
    for side in sides.values():
        side.unlink(missing_ok=True)
    return kept
