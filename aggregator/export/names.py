"""Which file a document of an address is, and which addresses cannot be files."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

INDEX = "index.html"  # what hosts of files serve for an address that ends in a slash
PRIVATE = ".aggregator-export"  # our workshop inside of the folder
MANIFEST = "manifest.json"

_LONGEST_NAME = 255  # bytes; of ext4, APFS, NTFS and the archives that hosts are sent
_LONGEST_PATH = 900  # bytes; macOS takes 1024 with the folder's own


def file_of(segments: Sequence[str], document: str) -> str:
    """The file, relative to the folder, "/" between its parts. Hosts decode an address before they look for it."""
    return "/".join((*segments, document or INDEX))


def why_not(name: str) -> str | None:
    """Why a file cannot be called that; None: it can.

    Nothing that leaves the folder, and nothing that some file system or archive would cut or refuse.
    """
    parts = name.split("/")
    if name.startswith("/") or any(part in ("", ".", "..") for part in parts):
        return "its name leads elsewhere"
    if any(ord(one) < 32 or one in "\\\x7f" or "\ud800" <= one <= "\udfff" for one in name):
        return "its name has a character that file systems refuse"
    if any(len(part.encode()) > _LONGEST_NAME for part in parts):
        return f"a part of its name is longer than {_LONGEST_NAME} bytes"
    if len(name.encode()) > _LONGEST_PATH:
        return f"its name is longer than {_LONGEST_PATH} bytes"
    return None


def folded(name: str) -> str:
    """Names that are one file where case, or the way in which accents are written, makes no difference."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
