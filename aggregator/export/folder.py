"""The folder that is exported to: what is ours in it, and how it goes from one state to the next without a broken one.

New files are written in full beside the old ones, in ``PRIVATE``; only when all of them are there are they renamed into
place. What a kill leaves in the middle of that is told by a list that was written before, and put right the next time.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from aggregator.errors import AggregatorError, ConfigError
from aggregator.export.manifest import Manifest, read
from aggregator.export.names import MANIFEST, PRIVATE

_NEXT = "next.json"  # in PRIVATE: the manifest that is about to be true
_FEW = 100  # files that are made durable one by one; more of them together
_NOBODYS = {".git", ".gitignore", ".gitattributes", "CNAME", ".nojekyll", "lost+found", PRIVATE}


class ExportError(AggregatorError):
    """The export could not be written; what was in the folder before is there as it was."""


class Folder:
    """A folder of exported files, held by this process alone."""

    def __init__(self, root: Path, manifest: Manifest, pending: frozenset[str]) -> None:
        self.root = root
        self.manifest = manifest
        self.owned = pending | manifest.files.keys()
        self._inside: set[str] = set()

    @property
    def workshop(self) -> Path:
        """Where files are made ready."""
        return self.root / PRIVATE

    # ── what is there ───────────────────────────────────────────────────────────────────────────────────────────────

    def intact(self) -> bool:
        """Whether every file of the manifest is there as it was written, by its size and its time; nothing is read.

        The time is that of the last change to the file itself, which a tool that keeps dates (``cp -p``) cannot set.
        """
        try:
            written_ns = (self.root / MANIFEST).stat().st_ctime_ns
            for name, one in self.manifest.files.items():
                found = os.lstat(f"{self.root}/{name}")
                if found.st_size != one.bytes or found.st_ctime_ns > written_ns:
                    return False
        except OSError:
            return False
        return True

    # ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def move_to(self, manifest: Manifest, staged: Mapping[str, Path]) -> tuple[str, ...]:
        """Let the folder be what ``manifest`` says: put what is ``staged`` in place, remove what we wrote and is gone.

        Gives the names that were removed. Raises ExportError.
        """
        gone = sorted(self.owned - manifest.files.keys())
        with _said(self.root):
            for name in staged:  # all that can find no room comes first
                self._check_inside((self.root / name).parent, make=True)
            self._announce(manifest, staged.values())
            for name in sorted(staged):
                staged[name].replace(self.root / name)
            removed = tuple(name for name in gone if self._remove(name))
            (self.workshop / _NEXT).replace(self.root / MANIFEST)
        return removed

    def record(self, manifest: Manifest) -> None:
        """Write the manifest alone."""
        self._announce(manifest, ())
        (self.workshop / _NEXT).replace(self.root / MANIFEST)

    def _announce(self, manifest: Manifest, staged: Collection[Path]) -> None:
        made = self.workshop / MANIFEST
        made.write_bytes(manifest.written())
        _durable([made, *staged])
        made.replace(self.workshop / _NEXT)

    def verified(self) -> None:
        """Say that every file is what the manifest says, whatever its time."""
        with contextlib.suppress(OSError):
            os.utime(self.root / MANIFEST)

    def clear(self) -> None:
        """Remove what was made ready and is not wanted."""
        shutil.rmtree(self.workshop, ignore_errors=True)

    def _remove(self, name: str) -> bool:
        """Remove a file of ours, and the folders that held nothing else."""
        target = self.root / name
        try:
            self._check_inside(target.parent, make=False)
            target.unlink()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
            return False
        with contextlib.suppress(OSError):
            for parent in target.relative_to(self.root).parents[:-1]:
                (self.root / parent).rmdir()
        return True

    def _check_inside(self, parent: Path, *, make: bool) -> None:
        """A link that leads out of the folder is not followed, to write or to remove."""
        if str(parent) in self._inside:
            return
        if make:
            parent.mkdir(parents=True, exist_ok=True)
            self._inside.add(str(parent))
        real = parent.resolve()
        if real != self.root and self.root not in real.parents:
            raise ExportError(f"{parent} is a link that leads out of {self.root}; remove it, or export elsewhere.")


def content(root: Path, name: str) -> bytes | None:
    """What is in a file below ``root``; None: it is not there. Raises ExportError: something else has its name."""
    try:
        return (root / name).read_bytes()
    except FileNotFoundError:
        return None
    except (NotADirectoryError, IsADirectoryError) as error:
        raise ExportError(f"{error.filename} is in the way of a file of the export: move it away.") from error
    except OSError as error:
        raise ExportError(f"{error.filename} cannot be read: {error.strerror}.") from error


@contextmanager
def opened(path: Path, *, force: bool) -> Iterator[Folder]:
    """The folder, made if it is not there; nobody else can export to it meanwhile.

    Raises:
        ConfigError: it holds something that no export wrote, and nobody said ``force``.
        ExportError: it cannot be used, or another export is at work in it.
    """
    with _said(path):
        path.mkdir(parents=True, exist_ok=True)
        root = path.resolve(strict=True)
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ExportError(f"Another export to {path} is at work; wait until it is done.") from error
        folder = _found(root, force=force)
        try:
            yield folder
        finally:
            if not (folder.workshop / _NEXT).exists():  # else a later export has to know what this one began
                folder.clear()
    finally:
        os.close(handle)


def _found(root: Path, *, force: bool) -> Folder:
    with _said(root):
        manifest = read(_bytes(root / MANIFEST))
        others = sorted(one.name for one in root.iterdir() if one.name not in _NOBODYS)
        if manifest is None and others and not force:
            named = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")
            raise ConfigError(
                [
                    f"{root} is not empty and no export wrote it (there is {named}). Name an empty folder; or say "
                    f"--force to export into this one: files of the same names are written over, no others are touched."
                ]
            )
        manifest = manifest or Manifest()
        begun = read(_bytes(root / PRIVATE / _NEXT))
        pending = frozenset(begun.files) if begun else frozenset()
        folder = Folder(root, manifest, pending)
        if pending - manifest.files.keys():  # before the list of what was begun goes
            known = {**begun.files, **manifest.files} if begun else manifest.files
            folder.manifest = replace(manifest, files=known, state="")
            folder.record(folder.manifest)
        folder.clear()
        folder.workshop.mkdir()
    return folder


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _durable(paths: Collection[Path]) -> None:
    """Let the bytes of these files be on the disk before anything refers to them."""
    if len(paths) > _FEW:
        os.sync()
        return
    for path in paths:
        with path.open("rb") as file:
            os.fsync(file.fileno())


@contextmanager
def _said(root: Path) -> Iterator[None]:
    """What the system refuses, in the owner's words."""
    try:
        yield
    except OSError as error:
        raise refused(root, error) from error


def refused(root: Path, error: OSError) -> ExportError:
    """What the system refused, in the owner's words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ExportError(f"There is no room to write to {root} ({error.strerror}); make some and export again.")
    what = error.filename2 or error.filename or root
    return ExportError(f"{what}: {error.strerror or error}. Nothing is lost; mend it and export again.")
