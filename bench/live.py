"""500 edits of a live config under load, valid and broken: no request may fail, and no poll may be lost."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from pathlib import Path
from time import perf_counter

import aiohttp
from aiohttp import web

from aggregator.cli.serve import run
from aggregator.config import load
from aggregator.poll.adopt import with_written
from aggregator.store import Store

EDITS = int(os.environ.get("BENCH_EDITS", "500"))
VISITORS, SOURCES = 4, 20
GAP_S = 0.15  # between two edits; every tenth is followed by a rest in which it must become live
ITEM = "<item><guid>{0}</guid><title>Post {0}</title><link>https://a.example/{0}</link></item>"
FEED = "<rss version='2.0'><channel><title>F</title>{}</channel></rss>"


def text(folder: Path, port: int, edit: int) -> str:
    """The config of one edit: another title, and one source more or less; every third is broken."""
    word = "titel" if edit % 3 == 2 else "title"
    sources = "\n".join(
        f"      - {{feed: 'http://127.0.0.1:{port}/{n}.xml', id: s{n}}}" for n in range(SOURCES - edit % 2)
    )
    return (
        f"site: {{{word}: Edit {edit}, base_url: 'http://127.0.0.1:1'}}\ndatabase_url: sqlite:///{folder / 'a.db'}\n"
        f"fetch: {{allow_private: ['127.0.0.1:{port}'], per_host: {{concurrency: 8, interval: 1ms}}}}\n"
        f"owners:\n  - id: asha\n    name: Asha\n    sources:\n{sources}\n"
    )


def save(path: Path, body: str, edit: int) -> None:
    """As editors do: in place, in two halves, or by putting another file in its place."""
    if edit % 4 == 0:
        fresh = path.with_suffix(".new")
        fresh.write_text(body, encoding="utf-8")
        fresh.replace(path)
    elif edit % 4 == 1:
        with path.open("w", encoding="utf-8") as file:
            file.write(body[: len(body) // 2])
            file.flush()
            file.write(body[len(body) // 2 :])
    else:
        path.write_text(body, encoding="utf-8")


async def visit(url: str, failed: list[str], done: list[int], ended: asyncio.Event) -> None:
    """Ask again and again; note what is no good answer."""
    async with aiohttp.ClientSession() as session:
        while not ended.is_set():
            for name in ("rss.xml", "index.json", "asha/atom.xml", "status"):
                async with session.get(url + name) as answer:
                    body = await answer.read()
                    done.append(answer.status)
                    if answer.status != 200 or not body:
                        failed.append(f"{name}: {answer.status}")


async def edit_all(url: str, path: Path, port: int, edits: int) -> list[float]:
    """All edits; how long those that were waited for took to be live."""
    waits = []
    async with aiohttp.ClientSession() as session:
        for edit in range(edits):
            save(path, text(path.parent, port, edit), edit)
            await asyncio.sleep(GAP_S)
            if edit % 10 == 0 and edit % 3 != 2:
                began = perf_counter()
                while perf_counter() - began < 30:
                    async with session.get(f"{url}index.json") as answer:
                        if f'"Edit {edit}"' in await answer.text():
                            break
                    await asyncio.sleep(0.05)
                waits.append(perf_counter() - began)
    return waits


async def torture(folder: Path, edits: int) -> tuple[list[str], list[int], list[float], int, int]:
    """Failed requests, all requests, waits, sources that were polled, sources that failed or were never asked."""
    asked: set[str] = set()

    async def feed(request: web.Request) -> web.Response:
        asked.add(request.path)
        await asyncio.sleep(0.5)  # so that edits come while polls are under way
        items = "".join(ITEM.format(f"{request.path}-{n}") for n in range(3))
        return web.Response(text=FEED.format(items), content_type="application/rss+xml")

    app = web.Application()
    app.router.add_get("/{path:.*}", feed)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    path = folder / "aggregator.yaml"
    path.write_text(text(folder, port, 0), encoding="utf-8")
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(run(with_written(load(path, {})), "127.0.0.1", 0, address.set_result, path, {}))
    url, ended = await address, asyncio.Event()
    failed: list[str] = []
    done: list[int] = []
    visitors = [asyncio.create_task(visit(url, failed, done, ended)) for _ in range(VISITORS)]
    waits = await edit_all(url, path, port, edits)
    save(path, text(folder, port, 0), 0)
    await asyncio.sleep(5)  # for the last edit to be live, and what it brought to be polled
    ended.set()
    await asyncio.gather(*visitors)
    signal.raise_signal(signal.SIGTERM)  # which the service takes as the wish to end
    await serving
    await runner.cleanup()
    store = Store.open(f"sqlite:///{folder / 'a.db'}")
    rows = store.sources_rows()
    store.close()
    lost = [row.key for row in rows if row.removed_at is None and (row.copies != 3 or row.state.state != "ok")]
    return failed, done, waits, len(asked), len(lost)


def main() -> None:
    """Do it, and say what was seen."""
    with tempfile.TemporaryDirectory() as folder:
        failed, done, waits, asked, lost = asyncio.run(torture(Path(folder), EDITS))
    print(f"   {EDITS} edits, {len(done)} requests: {len(failed)} failed {sorted(set(failed))[:5]}")
    print(f"   {asked} of {SOURCES} sources polled, {lost} lost; live after {max(waits, default=0):.1f} s at most")
    if failed or lost or asked != SOURCES:
        raise SystemExit("a request failed, or a poll was lost")
