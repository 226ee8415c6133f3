"""Changes a config file the way a careful person would: one line more or less, checked before it counts.

What is asked for becomes an `Edit` first: the text as it would be, read and validated with everything around it.
Nothing is on the disk before `Edit.write`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from aggregator import sources
from aggregator.config import load
from aggregator.config.document import Reader
from aggregator.config.problems import Report, suggestion
from aggregator.config.rewrite import Said, added, listed, removed
from aggregator.config.switch import switched
from aggregator.errors import ConfigError
from aggregator.model import Config

__all__ = ["Edit", "Line", "add_group", "add_source", "add_sources", "names", "remove_group", "set_enabled"]

SAID: tuple[Said, Said] = ("same", "different")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that an edit puts in, or takes out."""

    number: int  # from 1; of a line that goes: where it was
    text: str  # without its line break
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """A file of a config as it is and as it will be; the whole config with it is valid."""

    file: Path
    before: str
    after: str
    config: Config

    @property
    def lines(self) -> tuple[Line, ...]:
        """What differs, in the order of the file; empty: nothing has to be changed."""
        old, new = self.before.splitlines(), self.after.splitlines()
        found: list[Line] = []
        for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                found += (Line(number, old[number - 1], gone=True) for number in range(a + 1, b + 1))
                found += (Line(number, new[number - 1]) for number in range(c + 1, d + 1))
        return tuple(found)

    def write(self) -> None:
        """Put the new text in the place of the old one: at once, on the disk, with the same permissions.

        Raises:
            ConfigError: the file cannot be replaced, or was changed by somebody else meanwhile; it is as it was.
        """
        if self.after == self.before:
            return
        # What a link leads to is replaced, not the link.
        target = self.file.resolve()
        # No *.yaml: an `include` with a pattern must not find it.
        fresh = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}.new")
        try:
            if _read(target) != self.before:
                raise ConfigError([f"{self.file} was changed by somebody else meanwhile; look at it and try again"])
            _write(fresh, self.after.encode(), target.stat())
            fresh.replace(target)
            _settle(target.parent)
        except OSError as error:
            lines = "; ".join(line.text.strip() for line in self.lines if not line.gone)
            raise ConfigError(
                [f"{self.file} cannot be changed: {error.strerror or error}. Write it yourself: {lines}"]
            ) from error
        finally:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)


def add_source(path: Path, owner_id: str, item: Mapping[str, str], environ: Mapping[str, str]) -> Edit:
    """One more source of an owner; ``item`` as it stands in a config: ``{"dev": "asharao"}``, in order.

    ``path`` is the main file; the owner may stand in an included one.

    Raises:
        ConfigError: there is no such owner, or the config would not be valid with it (as `load` says it).
    """
    return add_sources(path, owner_id, [item], environ)


def add_sources(path: Path, owner_id: str, items: Sequence[Mapping[str, str]], environ: Mapping[str, str]) -> Edit:
    """Several more sources of an owner, all of them or none.

    Raises:
        ConfigError: as `add_source`.
    """

    def change(text: str, place: int) -> str:
        for item in items:
            text = added(text, place, "sources", item)
        return text

    return _edited(path, owner_id, environ, change)


def add_group(path: Path, owner_id: str, key: Said, addresses: Sequence[str], environ: Mapping[str, str]) -> Edit:
    """The owner's word that these addresses are one article (``same``) or are not (``different``).

    What said the opposite of the same addresses goes; what says it already stays as it is.

    Raises:
        ConfigError: as `add_source`; or a longer list says the opposite, which only a person can take apart.
    """
    opposite: Said = "different" if key == "same" else "same"

    def change(text: str, place: int) -> str:
        text = _without(text, place, opposite, addresses)
        said = any(names(group, addresses) for group in listed(text, place, key))
        return text if said else added(text, place, key, addresses)

    return _edited(path, owner_id, environ, change)


def remove_group(
    path: Path, owner_id: str, addresses: Sequence[str], environ: Mapping[str, str], keys: Sequence[Said] = SAID
) -> Edit:
    """Take back what the owner said of exactly these addresses; where nothing was said nothing changes.

    Raises:
        ConfigError: as `add_group`.
    """

    def change(text: str, place: int) -> str:
        for key in keys:
            text = _without(text, place, key, addresses)
        return text

    return _edited(path, owner_id, environ, change)


def set_enabled(path: Path, key: str, enabled: bool, environ: Mapping[str, str]) -> Edit:
    """Let a source, by its key, be polled or not; everything else stays as it is written.

    Raises:
        ConfigError: there is no such source, or it is written in a way that only a person can change.
    """
    config = load(path, environ)
    owner = next((one for one in config.owners if any(source.key == key for source in one.sources)), None)
    if owner is None:
        raise ConfigError([f'there is no source "{key}" in {path}'])
    index = [source.key for source in owner.sources].index(key)
    edit = _edited(path, owner.id, environ, lambda text, place: switched(text, place, index, enabled))
    wanted = [replace(one, enabled=enabled) if one.key == key else one for one in config.sources]
    if list(edit.config.sources) != wanted:
        raise ConfigError([f'"{key}" in {edit.file} can only be changed by hand: write "enabled:" below it'])
    return edit


def names(group: Sequence[str], addresses: Sequence[str]) -> bool:
    """Whether a list of the config names each of these addresses, however they are spelled (http, www, tracking)."""
    return all(any(_alike(one, address) for one in group) for address in addresses)


def _alike(a: str, b: str) -> bool:
    return a == b or not set(sources.keys_of(a)).isdisjoint(sources.keys_of(b))


def _without(text: str, place: int, key: Said, addresses: Sequence[str]) -> str:
    for group in listed(text, place, key):
        if names(group, addresses) and len(group) > len(addresses):
            raise ConfigError(
                [f'"{key}: [{", ".join(group)}]" names more than these {len(addresses)} addresses; change it by hand']
            )
    return removed(text, place, key, lambda group: names(group, addresses))


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _edited(path: Path, owner_id: str, environ: Mapping[str, str], change: Callable[[str, int], str]) -> Edit:
    file, place = _find(path, owner_id, environ)
    before = _read(file)
    after = change(before, place)
    return Edit(file, before, after, load(path, environ, {file.resolve(): after.encode()}))


def _find(path: Path, owner_id: str, environ: Mapping[str, str]) -> tuple[Path, int]:
    """The file in which an owner stands, and at which place of its `owners:`."""
    reader = Reader(environ, Report())
    reader.read(path)
    known: list[str] = []
    for part in reader.parts:
        owners = part.value.get("owners")
        for place, owner in enumerate(owners if isinstance(owners, list) else []):
            name = owner.get("id") if isinstance(owner, dict) else None
            if name == owner_id:
                return Path(part.file), place
            known += [name] if isinstance(name, str) else []
    near = suggestion(owner_id, known) or f"; there are {', '.join(known) or 'none'}"
    raise ConfigError([f'there is no owner "{owner_id}" in {path}{near}'])


def _read(path: Path) -> str:
    """The text of a file, line breaks and byte order mark as they are."""
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise ConfigError([f"{path}:1: cannot be read: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}:1: is not UTF-8 text"]) from error


def _write(path: Path, body: bytes, like: os.stat_result) -> None:
    """A new file with the permissions, and where that may be set the owner, of another one; on the disk."""
    path.touch(0o600, exist_ok=False)
    with path.open("wb") as file:
        with contextlib.suppress(PermissionError):
            os.fchown(file.fileno(), like.st_uid, like.st_gid)
        os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode))
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Let the new name of a file be on the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
