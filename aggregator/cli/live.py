"""Notices that a config file changed while the service runs, checks the edit, and applies it or says why not."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

import structlog
from watchfiles import awatch

from aggregator.config import files
from aggregator.errors import ConfigError, StoreError
from aggregator.model import Config
from aggregator.poll.edits import accept, refuse
from aggregator.poll.remarks import contradictions, unknown
from aggregator.publish.publisher import Publisher
from aggregator.store import Store

log = structlog.get_logger(__name__)

_STEP_MS = 200  # an editor writes a file in several steps; they count as one edit
RETRY_S = 10
_LOOK_MS = 1000  # so often the files are looked at themselves: not every file system tells of every change


class Rooms(Protocol):
    """What goes by a config: the whole house, or only its front."""

    @property
    def config(self) -> Config:
        """That of the start."""
        ...

    @property
    def store(self) -> Store:
        """Its database."""
        ...

    @property
    def publisher(self) -> Publisher:
        """Who knows the config that is live."""
        ...

    @property
    def clock(self) -> Callable[[], datetime]:
        """What time it is."""
        ...

    async def take(self, config: Config) -> None:
        """Go by another config. Raises StoreError."""
        ...


async def follow(path: Path, rooms: Rooms, load: Callable[[], Config]) -> None:
    """Apply every good edit of the config at ``path`` and of what it includes, until cancelled.

    A broken edit changes nothing: the last good config stays live, every mistake is logged and noted for who looks.
    """
    live = rooms.config
    while True:
        # Before it is read, again and again: an edit that comes while another is applied must not be lost.
        seen = _signature(await asyncio.to_thread(_watched, path))
        try:
            live = await _apply(rooms, live, load)
        except StoreError as error:
            log.error(f"the changed config could not be written down; tried again in {RETRY_S} s", error=str(error))
            await asyncio.sleep(RETRY_S)
            continue
        watched = await asyncio.to_thread(_watched, path)
        folders = {one.parent for one in watched}
        async for changes in awatch(
            *folders, step=_STEP_MS, recursive=False, rust_timeout=_LOOK_MS, yield_on_timeout=True
        ):
            if any(_concerns(Path(name), watched) for _, name in changes) or _signature(watched) != seen:
                break
        else:
            return


def _signature(watched: Iterable[Path]) -> Mapping[Path, tuple[int, ...]]:
    """What changes when one of these files is written, replaced, or there at last."""
    found = {}
    for one in watched:
        with contextlib.suppress(OSError):
            said = one.stat()
            found[one] = said.st_mtime_ns, said.st_size, said.st_ino
    return found


def _watched(path: Path) -> frozenset[Path]:
    """The files that the config consists of now, whether they can be read or not.

    Links, too: a ConfigMap is changed by turning one, and what it led to before may stay.
    """
    return frozenset((path.resolve(), path.absolute(), *files(path)))


def _concerns(changed: Path, watched: frozenset[Path]) -> bool:
    """Whether a change can be one of the config: ``include`` names files that are not there yet, too."""
    return changed.resolve() in watched or changed.suffix in (".yaml", ".yml")


async def _apply(rooms: Rooms, live: Config, load: Callable[[], Config]) -> Config:
    """The config that is live now. Raises StoreError: the database refused it."""
    try:
        config = await asyncio.to_thread(load)
    except ConfigError as error:
        for problem in error.problems:
            log.error(problem)
        log.error("the config was changed and is not right: nothing of the change is live")
        await asyncio.to_thread(refuse, rooms.store, error.problems, socket.gethostname(), rooms.clock())
        return live
    if config != live:
        await rooms.take(config)
    await asyncio.to_thread(accept, rooms.store)
    if config == live:
        return live
    if (config.fetch, config.database_url) != (live.fetch, live.database_url):
        log.warning("`fetch` and `database_url` take effect at the next start; everything else is live")
    log.info("the changed config is live", sources=len(config.sources))
    await asyncio.to_thread(remark, rooms)
    return config


def remark(rooms: Rooms) -> None:
    """Log what the live config says of single articles that cannot hold, or that names none. Raises StoreError."""
    for said in (*contradictions(rooms.publisher.config), *unknown(rooms.publisher.config, rooms.store)):
        log.warning(said)
