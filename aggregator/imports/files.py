"""Opens an export, a zip, a folder or a single file, and lets nothing in it reach beyond what an export may be."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from aggregator.errors import ConfigError

MOST_FILES = 50_000
MOST_BYTES = 64 * 1024**2  # of one file: a WXR of that size holds ten thousand posts
MOST_TOTAL = 1024**3
_PIECE = 1024**2


class _Shelf(Protocol):
    def read(self, name: str, most: int) -> bytes:
        """At most so many bytes of a file. Raises OSError and ValueError."""


@dataclass(slots=True)
class Files:
    """The files of an export by their names, read one at a time."""

    names: tuple[str, ...]
    shelf: _Shelf
    passed_over: list[tuple[str, str]] = field(default_factory=list)  # names of what is no plain file, and why
    broken: list[tuple[str, str]] = field(default_factory=list)  # of what could not be read
    _read: int = 0

    def read(self, name: str) -> bytes:
        """One file; nothing of one that is damaged or more than an export may be: that is noted under ``broken``."""
        try:
            body = self.shelf.read(name, MOST_BYTES + 1)
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            return self._none(name, f"it cannot be read ({str(error) or type(error).__name__})")
        if len(body) > MOST_BYTES:
            return self._none(name, f"it is larger than {MOST_BYTES // 1024**2} MiB")
        self._read += len(body)
        if self._read > MOST_TOTAL:
            return self._none(name, f"all files together are larger than {MOST_TOTAL // 1024**2} MiB")
        return body

    def _none(self, name: str, why: str) -> bytes:
        if (name, why) not in self.broken:
            self.broken.append((name, why))
        return b""


@contextmanager
def opened(path: Path) -> Iterator[Files]:
    """The export at ``path``, told by what it is and not by its name.

    Raises:
        ConfigError: it cannot be opened, or is more than an export may be.
    """
    try:
        if path.is_dir():
            yield _folder(path)
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield _zip(archive, path)
        else:
            yield _single(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise ConfigError([f"{path}: cannot be opened ({error})"]) from error


@dataclass(frozen=True, slots=True)
class _Single:
    path: Path

    def read(self, name: str, most: int) -> bytes:
        with self.path.open("rb") as file:
            return file.read(most)


def _single(path: Path) -> Files:
    with path.open("rb") as file:
        begins = file.read(4)
    if not begins:
        raise ConfigError([f"{path}: is empty"])
    if begins.startswith(b"PK"):
        raise ConfigError([f"{path}: is a zip without its end: it was cut off or damaged on its way; get it once more"])
    return Files((path.name,), _Single(path))


# ── a folder ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Folder:
    path: Path

    def read(self, name: str, most: int) -> bytes:
        # O_NOFOLLOW: it may have become a link since it was listed
        descriptor = os.open(self.path / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("it is no file")
            return file.read(most)


def _folder(path: Path) -> Files:
    """Regular files below a folder; links are not followed, whatever they lead to."""
    names: list[str] = []
    passed: list[tuple[str, str]] = []
    for root, folders, files in os.walk(path, followlinks=False):
        here = Path(root)
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one != "node_modules")
        linked = [one for one in folders if (here / one).is_symlink()]
        folders[:] = [one for one in folders if one not in linked]
        for name in sorted(files):
            place = (here / name).relative_to(path).as_posix()
            if (here / name).is_symlink():
                passed.append((place, "a link"))
            elif not name.startswith("."):
                names.append(place)
        passed += [((here / one).relative_to(path).as_posix(), "a link") for one in linked]
        _bounded(len(names), path)
    return Files(tuple(names), _Folder(path), passed)


# ── a zip ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Zip:
    archive: zipfile.ZipFile
    members: dict[str, zipfile.ZipInfo]

    def read(self, name: str, most: int) -> bytes:
        """Unpacked in portions: what a member says of its size is not believed."""
        body = bytearray()
        with self.archive.open(self.members[name]) as file:
            while len(body) < most and (piece := file.read(min(_PIECE, most - len(body)))):
                body += piece
        return bytes(body)


def _zip(archive: zipfile.ZipFile, path: Path) -> Files:
    """Members with plain names; nothing is ever unpacked to the disk."""
    members: dict[str, zipfile.ZipInfo] = {}
    passed: list[tuple[str, str]] = []
    listed = archive.infolist()
    _bounded(len(listed), path)
    for member in listed:
        name = member.filename
        if member.is_dir() or name.startswith("__MACOSX/"):
            continue
        why = _refused(member)
        if why:
            passed.append((name, why))
        else:
            members.setdefault(name, member)
    return Files(tuple(sorted(members)), _Zip(archive, members), passed)


def _refused(member: zipfile.ZipInfo) -> str:
    parts = PurePosixPath(member.filename.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or ":" in parts.parts[0]:
        return "its name leads out of the archive"
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "a link" if stat.S_ISLNK(kind) else "no file"
    if member.flag_bits & 0x1:
        return "encrypted"
    if member.file_size > MOST_BYTES:
        return f"larger than {MOST_BYTES // 1024**2} MiB"
    return ""


def _bounded(count: int, path: Path) -> None:
    if count > MOST_FILES:
        raise ConfigError([f"{path}: has more than {MOST_FILES:,} files; give the folder with the articles"])
