"""Where ready documents lie: up to a number of bytes, what nobody asked for lately makes room first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from aggregator.publish.document import Document

Key = tuple[str, str, str]  # path, name and query of a document, in their one spelling

OVERHEAD = 4096  # bytes; headers, keys and objects of one document, generously


@dataclass(slots=True)
class _Slot:
    document: Document
    size: int
    used: bool = False  # since it was last passed over


class Shelf:
    """Documents by key. Safe to use from several threads; ``get`` takes no lock (second chance instead of LRU)."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._slots: OrderedDict[Key, _Slot] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0  # of everything here, overhead included

    def __len__(self) -> int:
        return len(self._slots)

    def get(self, key: Key) -> Document | None:
        """The document under this key, however old."""
        slot = self._slots.get(key)
        if slot is None:
            return None
        slot.used = True
        return slot.document

    def put(self, key: Key, document: Document) -> None:
        """Lay a document down, in the place of an older one; whatever size it has."""
        new = _Slot(document, document.size + OVERHEAD)
        with self._lock:
            old = self._slots.pop(key, None)
            self.bytes += new.size - (old.size if old else 0)
            self._slots[key] = new
            while self.bytes > self._most_bytes and len(self._slots) > 1:
                self._make_room(new)

    def outdate(self) -> None:
        """Let no document here be the current one any more."""
        with self._lock:
            for slot in self._slots.values():
                slot.document = slot.document.outdated()

    def _make_room(self, new: _Slot) -> None:
        key, slot = self._slots.popitem(last=False)
        if slot.used or slot is new:
            slot.used = False
            self._slots[key] = slot
        else:
            self.bytes -= slot.size
