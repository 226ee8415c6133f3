"""A disk that is full or fails, a file that somebody else holds or that is damaged: told, survived, nothing lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.errors import StoreError
from aggregator.store import Store, engine
from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.program import Program, environment, run, running
from tests.shell.acceptance.stage import Service, config_text, visited
from tests.shell.command import ROOT

FETCH = """\
fetch:
  allow_private: [127.0.0.0/8]
  min_interval: 2s
  per_host: {concurrency: 64, interval: 0s}
"""
LOCKED_S = float(os.environ.get("LOCKED_S") or 5)  # beyond `engine.BUSY_S` in the long form
DOCUMENTS = ("/rss.xml", "/asha/index.json", "/asha/")


@dataclass(slots=True)
class Standing:
    """A service that polls one site every two seconds."""

    web: Web
    program: Program
    service: Service
    posts: int = 0
    ids: dict[str, str] = field(default_factory=dict)  # title -> id, as it was first seen

    def publish(self) -> None:
        """One more post on the site, which shows the last eight."""
        self.posts += 1
        _show(self.web, self.posts)

    async def shows_everything(self) -> None:
        """Wait until every post is there, and hold each against what was seen of it before: once, with its id."""
        async with asyncio.timeout(60):
            while True:
                items = (await self.service.get("/asha/index.json?limit=200")).json()["items"]
                if len(items) >= self.posts:
                    break
                assert self.program.process.returncode is None, self.program.lines[-20:]
                await asyncio.sleep(0.2)
        assert sorted(item["title"] for item in items) == sorted(f"Post {n}" for n in range(self.posts))
        for item in items:
            assert self.ids.setdefault(item["title"], item["id"]) == item["id"]

    async def still_answers(self) -> None:
        """What was published before is served, whatever became of the disk."""
        for path in DOCUMENTS:
            assert (await self.service.get(path)).status == 200
        shown = (await self.service.get("/asha/index.json?limit=200")).json()["items"]
        assert self.ids.items() <= {item["title"]: item["id"] for item in shown}.items()


def _show(web: Web, posts: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    items = [
        Item(f"Post {n}", f"https://asha.example/{n}", prose(f"fault {n}", 2000), published=at + timedelta(days=n))
        for n in range(max(0, posts - 8), posts)
    ]
    web.page("/feed.xml", rss("Asha", "https://asha.example/", items))


def _configured(folder: Path, data: Path, web: Web) -> Path:
    path = folder / "aggregator.yaml"
    source = f"{{feed: '{web.url('/feed.xml')}', id: blog, interval: 2s}}"
    owners = f"  - id: asha\n    name: Asha\n    sources:\n      - {source}\n"
    path.write_text(config_text(f"sqlite:///{data}/aggregator.db", owners, FETCH), encoding="utf-8")
    return path


@asynccontextmanager
async def standing(folder: Path, data: Path) -> AsyncIterator[Standing]:
    async with Web() as web:
        _show(web, 0)
        words = ("serve", "--port", "0", "--config", str(_configured(folder, data, web)))
        async with running(*words, cwd=folder) as program, visited(await program.address()) as service:
            it = Standing(web, program, service)
            it.publish()
            await it.shows_everything()
            yield it
            it.publish()  # the fault is over
            await it.shows_everything()
            assert await program.end(signal.SIGTERM) == 0
            assert not [line for line in program.lines if "Traceback" in line]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine does not let a small disk be mounted")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


async def test_a_full_disk_is_told_and_polling_goes_on_when_there_is_room(small_disk: Path, tmp_path: Path) -> None:
    async with standing(tmp_path, small_disk) as it:
        filler = small_disk / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as full:
            while True:
                full.write(bytes(4096))
        for _ in range(4):  # more than fits into what the log of the database has taken already
            it.publish()
            await asyncio.sleep(2)
        await it.program.says("the disk is full; nothing was lost, free some space")
        await it.still_answers()
        filler.unlink()
        await it.shows_everything()


async def test_writes_that_fail_are_told_and_tried_again(tmp_path: Path) -> None:
    async with standing(tmp_path, tmp_path) as it:
        pid = it.program.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
        it.publish()
        await it.program.says("cannot be read or written: the disk reports an error")
        await it.still_answers()
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        await it.shows_everything()


async def test_a_file_that_somebody_writes_to_for_long_is_waited_for(tmp_path: Path) -> None:
    async with standing(tmp_path, tmp_path) as it:
        with contextlib.closing(sqlite3.connect(tmp_path / "aggregator.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            it.publish()
            await asyncio.sleep(LOCKED_S)
            await it.still_answers()
            if LOCKED_S > engine.BUSY_S:
                await it.program.says("another process for very long", "a second service")
            other.execute("ROLLBACK")
        await it.shows_everything()


def test_a_file_that_is_held_for_too_long_is_told(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/aggregator.db"
    Store.upgrade(url)
    hasty = Store(engine.connect(engine.address(url), busy_s=0))
    with contextlib.closing(sqlite3.connect(tmp_path / "aggregator.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match=r"another process for very long: .* a second service"):
            hasty.note("word", "one")
        assert hasty.noted("word") is None
        other.execute("ROLLBACK")
    assert hasty.note("word", "one")
    hasty.close()


# ── a disk on which nothing can be made sure of ─────────────────────────────────────────────────────────────────────

UNSURE = """
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int sync_(void) { if (access(getenv("UNSURE"), F_OK) == 0) { errno = EIO; return -1; } return 0; }
int fsync(int file) { return sync_(); }
int fdatasync(int file) { return sync_(); }
"""
WRITES = """
import os, sys
from aggregator.errors import StoreError
from aggregator.store import Store
Store.upgrade(sys.argv[1])
store, flag = Store.open(sys.argv[1]), os.environ["UNSURE"]
store.note("first", "kept")
open(flag, "w").close()
try:
    store.note("second", "lost")
except StoreError as error:
    print(error)
os.unlink(flag)
print(store.noted("first"), store.noted("second"), store.note("third", "kept"), store.noted("third"))
"""


def test_what_the_disk_does_not_make_sure_of_did_not_happen(tmp_path: Path) -> None:
    compiler, library = shutil.which("cc"), tmp_path / "unsure.so"
    if compiler is None or sys.platform != "linux":
        pytest.skip("a disk that fails to sync is made with a C compiler, on Linux")
    (tmp_path / "unsure.c").write_text(UNSURE, encoding="utf-8")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(tmp_path / "unsure.c")], check=True)
    extra = {"LD_PRELOAD": str(library), "UNSURE": str(tmp_path / "unsure")}
    said = subprocess.run(
        [sys.executable, "-c", WRITES, f"sqlite:///{tmp_path}/aggregator.db"],
        cwd=ROOT,
        env=environment(extra),
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    told, state = said.stdout.splitlines()
    assert "the disk reports an error" in told
    assert state == "kept None True kept"


# ── damage ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _flip(path: Path, start: int, count: int) -> None:
    """Let so many bytes of a file be other ones."""
    with path.open("r+b") as file:
        file.seek(start)
        found = file.read(count)
        file.seek(start)
        file.write(bytes(byte ^ 0xFF for byte in found))


@pytest.mark.parametrize("where", ["header", "middle", "end"])
async def test_a_damaged_file_is_refused_with_what_to_do_and_a_backup_takes_its_place(
    where: str, tmp_path: Path
) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup.db"
    async with Web() as web:
        _show(web, 8)
        config = ("--config", str(_configured(tmp_path, data, web)))
        assert (await run("poll", *config, cwd=tmp_path)).code == 0
        assert (await run("db", "backup", str(backup), *config, cwd=tmp_path)).code == 0
        file = data / "aggregator.db"
        size = file.stat().st_size
        start, count = {"header": (0, 64), "middle": (size // 2, 9000), "end": (size - 9000, 8000)}[where]
        _flip(file, start, count)
        before = file.read_bytes()
        refused = await run("serve", "--port", "0", *config, cwd=tmp_path)
        assert refused.code == 3, refused.err
        assert str(file) in refused.err
        assert "damaged" in refused.err
        assert "aggregator db restore" in refused.err
        assert "Traceback" not in refused.err
        assert file.read_bytes() == before, "nobody writes into a damaged file"
        assert (await run("db", "restore", str(backup), *config, cwd=tmp_path)).code == 0
        status = json.loads((await run("status", "--json", *config, cwd=tmp_path)).out)
        assert [one["entries"] for one in status] == [8]
