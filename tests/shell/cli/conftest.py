"""The sample web, open for as long as the tests of a file run, and a house that has read it once."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aggregator.bootstrap import house
from aggregator.config import load
from aggregator.demo import DemoWeb, config_text
from aggregator.poll.adopt import with_written
from tests.loopback.web import Web
from tests.shell.cli.terminal import Shown, script, terminal
from tests.shell.command import Ended
from tests.shell.nursery import readers


@dataclass(frozen=True, slots=True)
class Town:
    """The sample web, and a folder with a config and a database of one's own."""

    web: DemoWeb
    folder: Path

    @property
    def config(self) -> Path:
        """The file that commands are given."""
        return self.folder / "aggregator.yaml"

    @property
    def database_url(self) -> str:
        """Where its articles are."""
        return f"sqlite:///{self.folder / 'aggregator.db'}"

    def write(self, text: str) -> str:
        """Put a config there; the demo's database is its database."""
        self.config.write_text(text, encoding="utf-8")
        return text

    def text(self) -> str:
        """The demo's config, as it would be written here."""
        return config_text(self.web, "http://127.0.0.1:8000", self.database_url)

    def run(self, *words: str) -> Ended:
        """A command without a terminal."""
        return script(*words, "--config", str(self.config), cwd=self.folder)

    def type(self, *words: str, types: list[tuple[str, str]] | None = None) -> Shown:
        """A command on a terminal."""
        return terminal(*words, "--config", str(self.config), cwd=self.folder, types=types or [])


@pytest.fixture(scope="module")
def web() -> Iterator[DemoWeb]:
    """The sample sites, in a thread of their own."""
    loop, opened = asyncio.new_event_loop(), DemoWeb()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(opened.__aenter__(), loop).result(30)
    yield opened
    asyncio.run_coroutine_threadsafe(opened.__aexit__(None, None, None), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture(scope="module")
def webs() -> Iterator[Callable[[], Web]]:
    """Opens sites on loopback, in a thread of their own."""
    loop, opened = asyncio.new_event_loop(), list[Web]()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def wait(future: Future[Any]) -> None:
        future.result(30)

    def open_() -> Web:
        web = Web()
        wait(asyncio.run_coroutine_threadsafe(web.__aenter__(), loop))
        opened.append(web)
        return web

    yield open_
    for web in opened:
        wait(asyncio.run_coroutine_threadsafe(web.__aexit__(None, None, None), loop))
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


async def _read_once(path: Path) -> None:
    async with house(with_written(load(path, {})), readers=readers()) as rooms:
        keys = [source.key for source in rooms.config.sources if source.enabled]
        # in this order, so that ids come in the same order every time
        for key in keys:
            async for _ in rooms.claims.round([key], True):
                pass


def without_dev(text: str) -> str:
    """The demo's config without Mira's place on DEV."""
    head, _, rest = text.partition("      - dev: mirasolheim\n")
    return head + "".join(rest.splitlines(keepends=True)[2:])


def _read(web: DemoWeb, folder: Path, *, dev: bool) -> Path:
    town = Town(web, folder)
    town.write(town.text() if dev else without_dev(town.text()))
    asyncio.run(_read_once(town.config))
    return folder / "aggregator.db"


@pytest.fixture(scope="module")
def _all_read(web: DemoWeb, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _read(web, tmp_path_factory.mktemp("all"), dev=True)


@pytest.fixture(scope="module")
def _read_but_dev(web: DemoWeb, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _read(web, tmp_path_factory.mktemp("but-dev"), dev=False)


@pytest.fixture
def town(web: DemoWeb, _all_read: Path, tmp_path: Path) -> Town:
    """The demo's config and a database that has read all of it."""
    made = Town(web, tmp_path)
    shutil.copyfile(_all_read, tmp_path / "aggregator.db")
    made.write(made.text())
    return made


@pytest.fixture
def town_but_dev(web: DemoWeb, _read_but_dev: Path, tmp_path: Path) -> Town:
    """The same without Mira's place on DEV: neither read nor in the config."""
    made = Town(web, tmp_path)
    shutil.copyfile(_read_but_dev, tmp_path / "aggregator.db")
    made.write(without_dev(made.text()))
    return made
