"""Finds out what an export file is, and reads its items; one that is broken costs itself and no other."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from types import MappingProxyType

from aggregator import ingest
from aggregator.errors import ParseError
from aggregator.model import Circumstances, ParsedFeed, Piece, RawEntry, Skipped, Source, Unpacked
from aggregator.past import exports as formats
from aggregator.past.export import Export, Read

_LAST = "markdown"  # READMEs lie in every folder: it is asked when nobody else knows the file


@cache
def exports() -> Mapping[str, Export]:
    """Every format there is, by name, in the order in which a file is tried."""
    found: dict[str, Export] = {}
    for module in sorted(pkgutil.iter_modules(formats.__path__), key=lambda one: (one.name == _LAST, one.name)):
        export = importlib.import_module(f"{formats.__name__}.{module.name}").EXPORT
        if not isinstance(export, Export) or export.name != module.name:
            raise TypeError(f"past/exports/{module.name}.py must export EXPORT with the name of the file")
        found[export.name] = export
    return MappingProxyType(found)


def recognise(names: Sequence[str], read: Read) -> tuple[Export, Iterator[Piece]] | None:
    """The format of these files, told by what stands in them, with the items; None: it is none that is known."""
    for export in exports().values():
        pieces = export.pieces(names, read)
        first = next(pieces, None)
        if first is not None:
            return export, chain((first,), pieces)
    return None


def unpack(name: str, pieces: tuple[Piece, ...], source: Source, circumstances: Circumstances) -> Unpacked:
    """Items of an export of this format as entries of ``source``; may run in another process."""
    export = exports()[name]
    raws: list[RawEntry] = []
    skipped: list[Skipped] = []
    broken: list[Skipped] = []
    for piece in pieces:
        try:
            found = export.entry(piece, circumstances)
        except (ValueError, ParseError) as error:
            broken.append(Skipped(piece.name, str(error) or "it cannot be read"))
        else:
            if isinstance(found, Skipped):
                skipped.append(found)
            else:
                raws.append(found)
    feed = ParsedFeed(f"{name}-export", circumstances.address, generator=export.generator, entries=tuple(raws))
    reading = ingest.take(feed, source, circumstances.now)
    return Unpacked(reading.entries, (*skipped, *reading.skipped), tuple(broken))
