"""Ready documents take no more room than they may, and what is asked for stays."""

from __future__ import annotations

from datetime import UTC, datetime

from aggregator.publish.document import Document, ready
from aggregator.publish.shelf import OVERHEAD, Key, Shelf

AT = datetime(2026, 5, 19, tzinfo=UTC)
SIZE = 100  # too short to be compressed
ROOM = 10 * (SIZE + OVERHEAD)


def document(number: int = 0, size: int = SIZE) -> Document:
    return ready(b"%0*d" % (size, number), "text/plain", AT, (), 1)


def key(number: int) -> Key:
    return ("", "rss.xml", f"limit={number}")


def test_what_is_laid_down_is_found() -> None:
    shelf = Shelf(ROOM)
    one, other = document(1), document(2)
    shelf.put(key(1), one)
    assert shelf.get(key(1)) is one
    assert shelf.get(key(2)) is None
    shelf.put(key(1), other)
    assert shelf.get(key(1)) is other
    assert (len(shelf), shelf.bytes) == (1, SIZE + OVERHEAD)


def test_a_thousand_documents_take_no_more_room_than_there_is() -> None:
    shelf = Shelf(ROOM)
    for number in range(1000):
        shelf.put(key(number), document(number))
        assert shelf.bytes <= ROOM
    assert len(shelf) == 10
    assert shelf.bytes == 10 * (SIZE + OVERHEAD)
    assert shelf.get(key(999)) is not None
    assert shelf.get(key(0)) is None


def test_what_is_asked_for_stays() -> None:
    shelf = Shelf(ROOM)
    shelf.put(key(-1), document())
    for number in range(1000):
        shelf.put(key(number), document(number))
        assert shelf.get(key(-1)) is not None


def test_one_document_always_has_room() -> None:
    shelf = Shelf(ROOM)
    for number in range(5):
        shelf.put(key(number), document(number))
    shelf.put(key(9), document(9, 2 * ROOM))
    assert shelf.get(key(9)) is not None
    assert len(shelf) == 1
    shelf.put(key(1), document())
    assert shelf.bytes <= ROOM


def test_everything_asked_for_at_once_is_no_endless_search() -> None:
    shelf = Shelf(ROOM)
    for number in range(100):
        shelf.put(key(number), document(number))
        for before in range(number):
            shelf.get(key(before))
    assert shelf.bytes <= ROOM


def test_what_is_outdated_stays_as_it_is_and_is_of_no_revision() -> None:
    shelf = Shelf(ROOM)
    shelf.put(key(1), document(1))
    shelf.outdate()
    found = shelf.get(key(1))
    assert found is not None
    assert (found.body, found.revision) == (document(1).body, -1)
