"""Keeps every document that was asked for ready, and makes it anew only when the store says that something changed."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from aggregator.errors import AggregatorError
from aggregator.model import Config, View
from aggregator.publish.document import Document, ready
from aggregator.publish.request import UnknownViewError, read
from aggregator.publish.views import Steered, build, steered
from aggregator.render import Format, formats, links
from aggregator.store import Store

log = structlog.get_logger(__name__)

Query = tuple[tuple[str, str], ...]
KEPT_BYTES = 64 * 1024 * 1024  # of ready documents, all encodings
ASK_EVERY_S = 1.0  # how old a look at the store's revision may be


@dataclass(frozen=True, slots=True)
class Place:
    """A document's address, taken apart."""

    segments: tuple[str, ...]
    document: str
    redirect: str | None = None  # the address of a scope without its slash


class Publisher:
    """Documents by address. Safe to use from several threads."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._store = store
        self._kept: OrderedDict[tuple[Place, Query], Document] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._making: dict[tuple[Place, Query], threading.Lock] = {}
        self._revision = -1
        self._looked_at = 0.0
        self._steered: tuple[int, Steered] | None = None

    def place(self, path: str) -> Place | None:
        """Where a path leads, None if it is no document's address."""
        if not path.startswith("/"):
            return None
        *segments, document = path[1:].split("/")
        if document not in formats():
            scope = (*segments, document)
            is_scope = any(one.id == document for one in self._config.owners) if not segments else len(scope) in (2, 3)
            if is_scope and self._is_scope(scope):
                return Place(scope, "", redirect=f"{path}/")
            return None
        if "" in segments:
            return None
        return Place(tuple(segments), document)

    def _is_scope(self, segments: tuple[str, ...]) -> bool:
        try:
            read(self._config, segments, ())
        except UnknownViewError:
            return False
        return True

    def at_hand(self, place: Place, query: Query) -> Document | None:
        """The ready document if nothing published changed since it was made; no I/O."""
        document = self._kept.get((place, query))
        if document is None or document.revision != self._revision or self._stale():
            return None
        return document

    def _stale(self) -> bool:
        return time.monotonic() - self._looked_at > ASK_EVERY_S

    def noticed(self) -> None:
        """Somebody wrote: look at the store before the next answer."""
        self._looked_at = 0.0

    def document(self, place: Place, query: Query) -> Document:
        """The document, made if need be: once, however many ask at the same time.

        Raises:
            BadRequestError, UnknownViewError: as in ``request.read``.
            StoreError: the database cannot be read and no document is at hand.
        """
        if self._stale():
            self._revision = self._store.revision()
            self._looked_at = time.monotonic()
        key = (place, query)
        with self._alone(key):
            found = self._kept.get(key)
            if found is not None and found.revision == self._revision:
                return found
            try:
                made = self._make(place, query)
            except AggregatorError:
                if found is None:
                    raise
                log.exception("document.kept", document=place.document, path="/".join(place.segments))
                return found
            self._keep(key, made)
            return made

    @contextmanager
    def _alone(self, key: tuple[Place, Query]) -> Iterator[None]:
        with self._lock:
            gate = self._making.setdefault(key, threading.Lock())
        try:
            with gate:
                yield
        finally:
            with self._lock:
                self._making.pop(key, None)

    def _make(self, place: Place, query: Query) -> Document:
        revision = self._store.revision()
        form = formats()[place.document]
        asked = read(self._config, place.segments, query)
        if self._steered is None or self._steered[0] != revision:
            self._steered = (revision, steered(self._config, self._store))
        view = build(self._config, self._store, asked, form, self._steered[1])
        return ready(form.render(view), form.media_type, view.updated_at, _links(view, form), revision, form.policy)

    def _keep(self, key: tuple[Place, Query], document: Document) -> None:
        with self._lock:
            old = self._kept.pop(key, None)
            self._bytes += _size(document) - (_size(old) if old else 0)
            self._kept[key] = document
            while self._bytes > KEPT_BYTES and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= _size(dropped)


def _size(document: Document) -> int:
    return len(document.body) + len(document.gzip or b"") + len(document.brotli or b"")


def _links(view: View, form: Format) -> tuple[str, ...]:
    """Values of the Link header (RFC 8288): self, next page, hubs."""
    found = [f'<{links.this(view, form.document)}>; rel="self"']
    following = links.following(view, form.document)
    if following:
        found.append(f'<{following}>; rel="next"')
    found.extend(f'<{hub}>; rel="hub"' for hub in view.hubs)
    return tuple(found)
