"""Takes an export in: its items become copies of a source, in the index, beside what is known already."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aggregator import ingest
from aggregator.dedupe.identity import recognise
from aggregator.dedupe.index import probes
from aggregator.dedupe.supplement import supplement
from aggregator.errors import ParseError
from aggregator.model import Changes, Circumstances, Copy, Entry, Known, Piece, Skipped, Source, Unpacked
from aggregator.past.export import Export
from aggregator.poll.habit import FOUNDING
from aggregator.poll.mint import Mint, merged
from aggregator.poll.steering import Steering, round_of
from aggregator.poll.wanted import wanted
from aggregator.poll.workers import Readers
from aggregator.store import Store
from aggregator.store.merging import Unit

WORKER = "import"
MEMORY_BYTES = 512 * 1024**2  # of a reader: a long post with its pictures inside is more than a feed may be
TIME_LIMIT_S = 60.0

_PORTION = 40  # items that are read and written together ...
_PORTION_BYTES = 4 * 1024**2  # ... unless they are larger than that
_NO_ADDRESS = "it is not known where it is published: say it with --base-url"


@dataclass(frozen=True, slots=True)
class Place:
    """Whose copies the items become."""

    source: Source
    configured: bool  # it stands in the config; else it is made for what is imported
    export: Export
    circumstances: Circumstances


@dataclass(frozen=True, slots=True)
class Line:
    """One item, as it is told to people."""

    title: str
    url: str | None
    date: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class Report:
    """What became of every item."""

    new: list[Line] = field(default_factory=list)
    merged: list[Line] = field(default_factory=list)  # new copies of articles that were here
    filled: list[Line] = field(default_factory=list)  # known copies that gained what they had not
    known: int = 0  # copies of which nothing changed
    skipped: list[Line] = field(default_factory=list)
    broken: list[Line] = field(default_factory=list)

    @property
    def items(self) -> int:
        """All of them."""
        lists = (self.new, self.merged, self.filled, self.skipped, self.broken)
        return self.known + sum(map(len, lists))


class _Undone(Exception):
    pass


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def unpacked(pieces: Iterable[Piece], place: Place, readers: Readers) -> AsyncIterator[Unpacked]:
    """The items, some at a time; of a portion that breaks its reader each item is tried alone."""
    for portion in _portions(pieces):
        try:
            yield await readers.unpack(place.export.name, portion, place.source, place.circumstances)
        except ParseError:
            for piece in portion:
                yield await _alone(piece, place, readers)


async def _alone(piece: Piece, place: Place, readers: Readers) -> Unpacked:
    try:
        return await readers.unpack(place.export.name, [piece], place.source, place.circumstances)
    except ParseError as error:
        return Unpacked(broken=(Skipped(piece.name, str(error)),))


def _portions(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    portion: list[Piece] = []
    size = 0
    for piece in pieces:
        if not piece.body:
            continue  # it could not be read, and that is told
        if portion and (len(portion) >= _PORTION or size + len(piece.body) > _PORTION_BYTES):
            yield portion
            portion, size = [], 0
        portion.append(piece)
        size += len(piece.body)
    if portion:
        yield portion


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Taking:
    """One import into one store."""

    def __init__(self, store: Store, steer: Steering, place: Place, now: datetime) -> None:
        self._store = store
        self._steer = steer
        self._place = place
        self._now = now
        self._mint = Mint()
        self.report = Report()

    def take(self, portions: Iterable[Unpacked]) -> None:
        """Write these items, each portion in one transaction. Raises StoreError."""
        for portion in portions:
            with self._store.merging(WORKER) as unit:
                self._write(unit, portion)

    def try_out(self, portions: Iterable[Unpacked]) -> None:
        """As ``take``, in one transaction of which nothing is kept. Raises StoreError."""
        try:
            with self._store.merging(WORKER) as unit:
                for portion in portions:
                    self._write(unit, portion)
                raise _Undone
        except _Undone:
            pass

    def _write(self, unit: Unit, portion: Unpacked) -> None:
        self.report.skipped += [Line(one.title, None, reason=one.reason) for one in portion.skipped]
        self.report.broken += [Line(one.title, None, reason=one.reason) for one in portion.broken]
        source = self._place.source
        if not self._place.configured:
            unit.hold(source, self._now, self._now - FOUNDING)
        founding = unit.founding(source.key, self._now - FOUNDING)
        # A new owner brings everything, each article at its own date; later what is old goes to the index only.
        round_ = round_of(self._steer, self._now, founding=founding, backfilled=not founding)
        drafts = ingest.draft(portion.entries, source, round_, self._mint)
        known = unit.candidates(source.key, probes(drafts, self._steer.told))
        kept = [copy for copy in known.copies if copy.source_key == source.key]
        recognised = recognise(drafts, kept)
        drafts = tuple(draft for draft in drafts if draft.id in recognised or self._has_place(draft))
        if not drafts:
            return
        drafts = supplement(drafts, known.copies)
        changes = merged(unit, known, drafts, round_)
        held = {copy.id for copy in known.copies}
        new = [copy for copy in changes.copies if copy.id not in held]
        unit.apply(changes, None, None, self._now, wanted=wanted(new, known.copies, self._steer))
        self._tell(drafts, recognised.keys(), known, changes)

    def _has_place(self, draft: Copy) -> bool:
        if draft.entry.url or not self._place.export.needs_address:
            return True
        self.report.skipped.append(Line(draft.entry.title, None, reason=_NO_ADDRESS))
        return False

    def _tell(self, drafts: Sequence[Copy], recognised: Iterable[int], known: Known, changes: Changes) -> None:
        written = {copy.id: copy for copy in changes.copies}
        held = {copy.id: copy for copy in known.copies}
        mates = Counter(
            copy.article for copy in (*held.values(), *(one for one in changes.copies if one.id not in held))
        )
        before = set(recognised)
        changed = {copy.entry.guid for copy in changes.copies if copy.id in held and copy.entry != held[copy.id].entry}
        for draft in drafts:
            line = _line(draft.entry)
            if draft.id not in before:
                copy = written.get(draft.id)
                joined = copy is not None and (copy.article in known.articles or mates[copy.article] > 1)
                (self.report.merged if joined else self.report.new).append(line)
            elif draft.entry.guid in changed:
                self.report.filled.append(line)
            else:
                self.report.known += 1


def _line(entry: Entry) -> Line:
    return Line(entry.title, entry.url, entry.published.date().isoformat() if entry.published else None)
