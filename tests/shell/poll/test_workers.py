"""Reader processes: what they bring home, and what they survive."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.errors import Malformed, NotAFeed, TooComplex
from aggregator.model import Fetched, Freshness, Source, Validators
from aggregator.poll.child import dumps, loads
from aggregator.poll.workers import Readers
from tests.loopback import KINDS
from tests.loopback.hostile import FEED

ROOT = Path(__file__).parents[3]
PLAY = "tests.shell.poll.targets:play"
SOURCE = Source("asha/notes", "asha", "notes", "feed", "http://asha.example/feed.xml")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def document(body: bytes) -> Fetched:
    return Fetched("http://asha.example/feed.xml", 200, body, "application/rss+xml", Validators(), Freshness())


async def facts(readers: Readers, body: bytes = b"") -> list[str]:
    """What the target tells: source key, process id, now, peak KiB, names of the environment."""
    return [skipped.title for skipped in (await readers.read(document(body), SOURCE, NOW)).skipped]


def alive(pid: int) -> bool:
    """Tell whether a process is there and is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    return True


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    async with Readers(2, target=PLAY, time_limit_s=3.0) as readers:
        yield readers


async def test_a_reading_comes_home(readers: Readers) -> None:
    told = await facts(readers)
    assert told[0] == "asha/notes"
    assert told[2] == NOW.isoformat()
    assert int(told[1]) != os.getpid()


async def test_nothing_runs_before_it_is_needed_and_one_is_used_again(readers: Readers) -> None:
    assert set(readers.pids) == set()
    first, second = await facts(readers), await facts(readers)
    assert first[1] == second[1]
    assert set(readers.pids) == {int(first[1])}


async def test_all_processes_are_used_and_no_more(readers: Readers) -> None:
    told = await asyncio.gather(*(facts(readers, b"sleep 0.1") for _ in range(6)))
    assert {int(fact[1]) for fact in told} == set(readers.pids)
    assert len(readers.pids) == 2


async def test_ten_megabytes_go_through_and_the_loop_goes_on(readers: Readers) -> None:
    await facts(readers)
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            started = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - started)

    watching = asyncio.create_task(watch())
    await facts(readers, b"- " + b"x" * 10_000_000)
    watching.cancel()
    assert longest < 1.0


async def test_a_parse_error_comes_as_it_was_raised(readers: Readers) -> None:
    with pytest.raises(NotAFeed, match="that is a shopping list"):
        await facts(readers, b"refuse")
    assert len(readers.pids) == 1


async def test_a_fault_of_ours_is_told_as_one(readers: Readers) -> None:
    with pytest.raises(Malformed, match=r"asha/notes .*fault in this program") as caught:
        await facts(readers, b"fault")
    assert "KeyError: 'no such thing'" in "".join(caught.value.__notes__)
    assert len(readers.pids) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"sleep 60", "within 3 seconds"),
        (b"spin", "within 3 seconds"),
        (b"grow", "memory"),
        (b"grow_small", "(memory|within)"),
        (b"crash", "SIGABRT"),
        (b"exit 3", "exit status 3"),
        (b"recurse", "nesting"),
        (b"huge", "broke the process"),
    ],
)
async def test_a_hostile_document_costs_its_process_and_nothing_else(body: bytes, words: str, readers: Readers) -> None:
    pid = int((await facts(readers))[1])
    with pytest.raises(TooComplex, match=words) as caught:
        await facts(readers, body)
    assert str(caught.value).startswith("asha/notes (http://asha.example/feed.xml) could not be read")
    assert pid not in readers.pids
    assert int((await facts(readers))[1]) != pid
    assert not alive(pid)


async def test_others_are_read_meanwhile(readers: Readers) -> None:
    await asyncio.gather(facts(readers, b"sleep 0.05"), facts(readers, b"sleep 0.05"))
    hostile = asyncio.create_task(facts(readers, b"spin"))
    await asyncio.sleep(0.01)
    for _ in range(20):
        await facts(readers)
    assert not hostile.done()
    with pytest.raises(TooComplex):
        await hostile


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces a limit of data")
async def test_memory_stays_below_256_mebibytes_with_everything_loaded() -> None:
    async with Readers(1, target="tests.shell.poll.targets:play_loaded") as readers:
        peak_kib = int((await facts(readers, b"grow_and_tell"))[3])
    assert 128 * 1024 < peak_kib <= 256 * 1024


async def test_what_is_printed_does_not_disturb(readers: Readers) -> None:
    assert await facts(readers, b"shout") != []
    assert len(readers.pids) == 1


async def test_no_secret_of_the_environment_is_handed_on(readers: Readers) -> None:
    names = set((await facts(readers))[4:])
    assert "PATH" in names
    assert not {name for name in names if name.startswith(("AGGREGATOR_", "PYTEST_"))}
    assert "PYTEST_CURRENT_TEST" in os.environ


async def test_cancelling_frees_the_place_at_once() -> None:
    async with Readers(1, target=PLAY) as readers:
        pid = int((await facts(readers))[1])
        job = asyncio.create_task(facts(readers, b"sleep 60"))
        await asyncio.sleep(0.05)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert int((await facts(readers))[1]) != pid
    assert not alive(pid)


async def test_a_process_that_dies_while_idle_is_nobodys_fault(readers: Readers) -> None:
    pid = int((await facts(readers))[1])
    os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(0.1)
    assert int((await facts(readers))[1]) != pid


async def test_ctrl_c_is_the_parents_to_handle(readers: Readers) -> None:
    pid = int((await facts(readers))[1])
    os.kill(pid, signal.SIGINT)
    assert int((await facts(readers, b"sleep 0.1"))[1]) == pid
    assert os.getpgid(pid) != os.getpgid(0)


async def test_closing_leaves_no_process() -> None:
    async with Readers(2, target=PLAY) as readers:
        await asyncio.gather(facts(readers, b"sleep 0.1"), facts(readers, b"sleep 0.1"))
        pids = readers.pids
        assert len(pids) == 2
    assert readers.pids == ()
    assert not any(map(alive, pids))


async def test_what_cannot_be_run_is_told() -> None:
    async with Readers(1, target="aggregator.ingest:no_such_function") as readers:
        with pytest.raises(RuntimeError, match="no_such_function"):
            await facts(readers)
        assert readers.pids == ()


async def test_a_reader_returns_readings_only() -> None:
    async with Readers(1, target="tests.shell.poll.targets:not_a_reading") as readers:
        with pytest.raises(Malformed):
            await facts(readers)


def test_only_values_of_the_house_come_back() -> None:
    assert loads(dumps(("value", document(b"x")))[8:]) == ("value", document(b"x"))
    for thing in (os.system, subprocess.Popen, eval, textwrap.dedent):
        with pytest.raises(pickle.UnpicklingError, match="no value of this house"):
            loads(pickle.dumps(("value", thing)))


@pytest.mark.parametrize("work", ["", "sleep 60"])
def test_processes_end_with_their_parent_however_it_ends(work: str) -> None:
    """The parent is killed while its child is idle, or in the middle of a document without an end."""
    program = f"""
        import asyncio, os
        from tests.shell.poll.test_workers import Readers, PLAY, facts
        async def main():
            async with Readers(1, target=PLAY, time_limit_s=0.2) as readers:
                pid = (await facts(readers))[1]
                job = asyncio.create_task(facts(readers, {work.encode()!r}))
                await asyncio.sleep(0.05)
                os.write(1, pid.encode())
                os.kill(os.getpid(), 9)
        asyncio.run(main())
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, stdout=subprocess.PIPE, check=False, timeout=30
    )
    pid = int(ended.stdout)
    deadline = time.monotonic() + 8
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(pid)


async def test_a_real_feed_is_read() -> None:
    async with Readers(1) as readers:
        reading = await readers.read(document(FEED), SOURCE, NOW)
        assert [entry.title for entry in reading.entries] == ["On hedges"]
        for kind in ("html", "empty", "deep_xml"):
            make = KINDS[kind].answer
            assert make is not None
            with pytest.raises((NotAFeed, TooComplex)):
                await readers.read(document(make("/").body), SOURCE, NOW)
