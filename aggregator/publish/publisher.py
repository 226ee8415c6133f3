"""Keeps every document that was asked for ready, and makes it anew only when the store says that something changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import structlog

from aggregator import traces
from aggregator.model import Config, View
from aggregator.publish import address
from aggregator.publish.address import BadRequestError, UnknownViewError
from aggregator.publish.document import BROTLI_QUALITY, Document, ready
from aggregator.publish.request import Asked, read
from aggregator.publish.shelf import Key, Shelf
from aggregator.publish.steered import Steered, steered
from aggregator.publish.views import build
from aggregator.publish.watch import Watch
from aggregator.render import Format, formats, links
from aggregator.store import Store

log = structlog.get_logger(__name__)

KEPT_BYTES = 64 * 1024 * 1024  # of ready documents, all encodings
KNOWN_ADDRESSES = 1024  # spellings of addresses whose meaning is remembered
MAKERS = 4  # documents made side by side
TRIES = 3  # to make a document of one state of the store, while somebody writes


@dataclass(frozen=True, slots=True)
class Place:
    """A document's address, taken apart."""

    segments: tuple[str, ...]
    document: str
    redirect: str | None = None  # a scope without its slash: where it is, relative to where it was looked for


@dataclass(frozen=True, slots=True)
class Wanted:
    """One document of one view; spellings of the same have the same ``key``."""

    form: Format
    asked: Asked
    key: Key

    @property
    def path(self) -> str:
        """What it is called in the log."""
        return f"{self.asked.path}/{self.form.document}"


class Publisher:
    """Documents by address. Safe to use from several threads; everything but ``making`` and ``document`` is instant."""

    def __init__(
        self,
        config: Config,
        store: Store,
        kept_bytes: int = KEPT_BYTES,
        timed: Callable[[str, float], None] = lambda document, seconds: None,
    ) -> None:
        """``timed`` is told of every document that is made, and of the seconds that it took."""
        self.rendered = 0  # documents made since the start
        self._config = config
        self._store = store
        self._timed = timed
        self._shelf = Shelf(kept_bytes)
        self._watch = Watch(store.revision)
        self._known: dict[tuple[bytes, bytes], Wanted] = {}
        self._lock = threading.Lock()
        self._makers = ThreadPoolExecutor(MAKERS, "documents")
        self._making: dict[tuple[Key, int], Future[Document]] = {}
        self._steering = threading.Lock()
        self._steered: tuple[int, Steered] | None = None

    def take(self, config: Config) -> None:
        """Make documents by another config from now on; the store must have agreed to it before.

        Documents by the old one are sent only where no new one can be made.
        """
        with self._steering:
            self._config = config
            self._steered = None
        self._known.clear()
        self._shelf.outdate()
        self.noticed()

    def close(self) -> None:
        """Finish what is being made. The store must still be open."""
        self._makers.shutdown()
        self._watch.close()

    @property
    def config(self) -> Config:
        """What the documents are made with."""
        return self._config

    @property
    def kept_bytes(self) -> int:
        """Size of the documents that are ready."""
        return self._shelf.bytes

    # ── addresses ───────────────────────────────────────────────────────────────────────────────────────────────────

    def place(self, raw_path: bytes) -> Place | None:
        """Where a path leads, None if it is no document's address.

        Raises:
            BadRequestError: the path cannot be read.
        """
        *scope, last = address.segments(raw_path)
        if last in formats():
            return None if "" in scope else Place(tuple(scope), last)
        if "" in scope or not self._is_scope((*scope, last)):
            return None
        return Place((*scope, last), "", redirect=f".{address.path((last,))}/")

    def _is_scope(self, segments: tuple[str, ...]) -> bool:
        try:
            read(self._config, segments, ())
        except UnknownViewError:
            return False
        return True

    def wanted(self, place: Place, query: Iterable[tuple[str, str]] = (), form: Format | None = None) -> Wanted:
        """What the document at a place with these parameters is; ``form``: in a form that has no address there.

        Raises:
            BadRequestError, UnknownViewError: as in ``request.read``.
        """
        asked = read(self._config, place.segments, query)
        form = form or formats()[place.document]
        return Wanted(form, asked, (asked.path, form.document, asked.query))

    def remember(self, raw_path: bytes, query: bytes, wanted: Wanted) -> None:
        """Keep in mind what an address means, as it was spelled."""
        if len(self._known) >= KNOWN_ADDRESSES:
            self._known.clear()
        self._known[raw_path, query] = wanted

    # ── documents ───────────────────────────────────────────────────────────────────────────────────────────────────

    def known(self, raw_path: bytes, query: bytes) -> Document | None:
        """``at_hand`` for an address whose meaning is remembered."""
        wanted = self._known.get((raw_path, query))
        return None if wanted is None else self.at_hand(wanted)

    def at_hand(self, wanted: Wanted) -> Document | None:
        """The ready document if nothing published changed since it was made, or nobody can tell; no I/O."""
        document = self._shelf.get(wanted.key)
        if document is None:
            return None
        if self._watch.sure():
            return document if document.revision == self._watch.revision else None
        return document if self._watch.in_trouble() else None

    def outdated(self, wanted: Wanted) -> Document | None:
        """The ready document, however old."""
        return self._shelf.get(wanted.key)

    def noticed(self) -> None:
        """Somebody wrote: look at the store before the next answer."""
        self._watch.written()

    def making(self, wanted: Wanted) -> Future[Document]:
        """The current document, being made: once, however many ask meanwhile.

        Its result raises:
            BadRequestError, UnknownViewError: the store does not know what the config does not know either.
            StoreError: the database cannot be read and no document is at hand.
        """
        running = (wanted.key, self._watch.writes)
        with self._lock:
            future = self._making.get(running)
            if future is not None:
                return future
            future = self._makers.submit(copy_context().run, self._current, wanted)
            self._making[running] = future
        future.add_done_callback(partial(self._made, running))
        return future

    def document(self, place: Place, query: Iterable[tuple[str, str]] = ()) -> Document:
        """The current document; waits until it is made.

        Raises:
            BadRequestError, UnknownViewError: as in ``request.read``.
            StoreError: the database cannot be read and no document is at hand.
        """
        return self.made(self.wanted(place, query))

    def made(self, wanted: Wanted) -> Document:
        """``document`` for what was worked out already."""
        return self.at_hand(wanted) or self.making(wanted).result()

    def view(self, wanted: Wanted) -> View:
        """What stands in a document, as the store has it now.

        Raises:
            BadRequestError, UnknownViewError, StoreError: as in ``making``.
        """
        self._watch.refresh()
        self._clear_doubts(wanted.asked)
        return self._view(wanted)[0]

    def hidden(self) -> frozenset[str]:
        """Ulids of the articles that the config hides, as the store has them now. Raises StoreError."""
        return self._steered_at(self._watch.look()).hidden

    # ── making ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _made(self, running: tuple[Key, int], _: Future[Document]) -> None:
        with self._lock:
            self._making.pop(running, None)

    def _current(self, wanted: Wanted) -> Document:
        kept, config = self._shelf.get(wanted.key), self._config
        try:
            self._watch.refresh()
            if kept is not None and kept.revision == self._watch.revision:
                return kept
            with traces.step("render", {"aggregator.document": wanted.path}):
                made = self._make(wanted)
        except (BadRequestError, UnknownViewError):
            raise
        except Exception as error:  # whatever it is, the last good document is better than none (traps.md 5.6)
            if kept is None:
                raise
            log.error(
                "document.kept",
                path=wanted.asked.path,
                document=wanted.form.document,
                error=str(error),
                kind=type(error).__name__,
            )
            return kept
        self._shelf.put(wanted.key, made if config is self._config else made.outdated())
        return made

    def _make(self, wanted: Wanted) -> Document:
        form, began = wanted.form, perf_counter()
        self._clear_doubts(wanted.asked)
        view, revision = self._view(wanted)
        with self._lock:
            self.rendered += 1
        document = ready(
            form.render(view),
            form.media_type,
            view.updated_at,
            _links(view, form),
            revision,
            form.policy,
            form.headers,
            quality=form.quality or BROTLI_QUALITY,
        )
        self._timed(form.document, perf_counter() - began)
        return document

    def _view(self, wanted: Wanted) -> tuple[View, int]:
        """The view, and the revision of the store that it is of."""
        for _ in range(TRIES):
            revision = self._watch.look()
            view = build(self._config, self._store, wanted.asked, wanted.form, self._steered_at(revision))
            if self._watch.look() == revision:
                break  # else the parts may be of two states; the older revision has it made again soon
        return view, revision

    def _clear_doubts(self, asked: Asked) -> None:
        if not asked.doubts:
            return
        standing = self._store.standing({term for doubt in asked.doubts for term in doubt.terms})
        for doubt in asked.doubts:
            if standing.isdisjoint(doubt.terms):
                raise (UnknownViewError if doubt.in_path else BadRequestError)(doubt.message)

    def _steered_at(self, revision: int) -> Steered:
        with self._steering:
            if self._steered is None or self._steered[0] != revision:
                self._steered = (revision, steered(self._config, self._store))
            return self._steered[1]


def _links(view: View, form: Format) -> tuple[str, ...]:
    """Values of the Link header (RFC 8288): self, other pages, hubs; none for a form without an address of its own."""
    if formats().get(form.document) is not form:
        return ()
    found = [f'<{links.this(view, form.document)}>; rel="self"']
    found.extend(f'<{url}>; rel="{relation}"' for relation, url in links.pages(view, form.document))
    found.extend(f'<{hub}>; rel="hub"' for hub in view.hubs)
    return tuple(found)
