"""The processes that render an export side by side, and end when it ends, whatever ends it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Protocol

from aggregator.export.rendering import Articles, Batch, Renderer
from aggregator.export.scopes import Scope
from aggregator.model import Config
from aggregator.store import Store

_WORTH_IT = 150  # views; fewer are rendered before a second process has started
_MOST = 8  # processes
_TOGETHER = 40  # articles whose reasons are one job

Job = tuple[str, Scope | Sequence[str]]


class Crew(Protocol):
    """Does jobs in any order."""

    def run(self, jobs: Sequence[Job]) -> Iterator[Batch]:
        """What came of each."""


def views(scopes: Sequence[Scope]) -> list[Job]:
    """A job for each view."""
    return [("view", scope) for scope in scopes]


def reasons(ulids: Sequence[str]) -> list[Job]:
    """Jobs for the files that tell of these articles."""
    return [("reasons", ulids[first : first + _TOGETHER]) for first in range(0, len(ulids), _TOGETHER)]


@contextmanager
def crew(config: Config, store: Store, root: Path, articles: Articles, size: int) -> Iterator[Crew]:
    """As many processes as are worth it for ``size`` views; one is this one."""
    count = min(_cores(), _MOST) if size >= _WORTH_IT else 1
    if count == 1:
        yield _Alone(Renderer(config, store, root, articles, lambda: False))
        return
    context = multiprocessing.get_context("spawn")  # this process has threads, and a database open
    stop = context.Event()
    pool = ProcessPoolExecutor(count, context, _begin, (config, root, articles, stop))
    try:
        yield _Several(pool)
    except BaseException:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class _Alone:
    renderer: Renderer

    def run(self, jobs: Sequence[Job]) -> Iterator[Batch]:
        return (_done(self.renderer, job) for job in jobs)


@dataclass(frozen=True, slots=True)
class _Several:
    pool: ProcessPoolExecutor

    def run(self, jobs: Sequence[Job]) -> Iterator[Batch]:
        with _uninterrupted():  # here processes are started
            futures: list[Future[Batch]] = [self.pool.submit(_work, job) for job in jobs]
        return (future.result() for future in as_completed(futures))


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let a Ctrl-C wait here, and for good in every process that is started meanwhile: it would complain."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _done(renderer: Renderer, job: Job) -> Batch:
    _, what = job
    return renderer.view(what) if isinstance(what, Scope) else renderer.reasons(what)


# ── inside of a process ─────────────────────────────────────────────────────────────────────────────────────────────

_renderers: list[Renderer] = []


def _begin(config: Config, root: Path, articles: Articles, stop: Event) -> None:
    """Ctrl-C goes to every process of a terminal: the one that was started decides what becomes of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_outlive_nobody, daemon=True).start()
    store = Store.open(config.database_url)
    _renderers.append(Renderer(config, store, root, articles, stop.is_set))


def _outlive_nobody() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(job: Job) -> Batch:
    return _done(_renderers[0], job)
