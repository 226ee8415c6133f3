"""What one format of export files knows about itself; a new format is one new file in ``exports`` and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from aggregator.model import Circumstances, Piece, RawEntry, Skipped

Read = Callable[[str], bytes]  # a file of the export by its name; nothing of one that cannot be read


@dataclass(frozen=True, slots=True)
class Export:
    """One format.

    ``pieces(names, read)`` gives the items of an export among whose files are ``names``; none: it is not of this
    format. It looks at no more than it must: what strangers wrote is read by ``entry``, in a process that can be
    killed. ``entry(piece, circumstances)`` gives what stands in one item, or why it is left out; raises ValueError for
    one that cannot be read.
    """

    name: str
    label: str  # as people call such a file
    kind: str  # of the sources whose copies these are
    pieces: Callable[[Sequence[str], Read], Iterator[Piece]]
    entry: Callable[[Piece, Circumstances], RawEntry | Skipped]
    title: str | None = None  # of a source for it
    generator: str | None = None  # of the feeds of the platform: what its kind takes off, it takes off here
    home: Callable[[Piece], str | None] = lambda piece: None  # the site that it was exported from
    needs_address: bool = False  # its items do not say where they are published


def last(name: str) -> str:
    """The last segment of a file's name."""
    return name.rpartition("/")[2]
