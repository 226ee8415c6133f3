"""The list of what an export wrote: what it may change and remove the next time, and what of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson

import aggregator
from aggregator.export.names import why_not

GENERATOR = "article-aggregator"
VERSION = 1  # of this file's form; another one is written anew


@dataclass(frozen=True, slots=True)
class File:
    """One file as it was written."""

    sha256: str
    bytes: int
    type: str  # Content-Type, as the API sends it


@dataclass(frozen=True, slots=True)
class Manifest:
    """Every file of an export, by name. ``state``: digest of what they were made from; "" if that is not one state."""

    files: Mapping[str, File] = field(default_factory=lambda: MappingProxyType({}))
    base_url: str = ""
    state: str = ""

    def written(self) -> bytes:
        """One line for each file, in the order of their names: the same files give the same bytes."""
        head = {
            "generator": f"{GENERATOR} {aggregator.__version__}",
            "version": VERSION,
            "base_url": self.base_url,
            "state": self.state,
        }
        lines = [
            f"{_json(name)}: {_json({'sha256': one.sha256, 'bytes': one.bytes, 'type': one.type})}"
            for name, one in sorted(self.files.items())
        ]
        opening = "".join(f"{_json(name)}: {_json(value)},\n" for name, value in head.items())
        return ("{\n" + opening + '"files": {\n' + ",\n".join(lines) + "\n}}\n").encode()


def read(data: bytes) -> Manifest | None:
    """The manifest in these bytes; None if they are none of ours.

    Names that lead out of the folder are left out: whoever can write this file could else have ours removed.
    """
    try:
        said = orjson.loads(data)
        if not str(said["generator"]).startswith(f"{GENERATOR} "):
            return None
        files = {name: _file(one) for name, one in said["files"].items() if why_not(name) is None}
        current = said["version"] == VERSION
        return Manifest(files, str(said["base_url"]) if current else "", str(said["state"]) if current else "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _file(said: Any) -> File:
    return File(str(said["sha256"]), int(said["bytes"]), str(said["type"]))


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
