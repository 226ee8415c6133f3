"""How long a move takes: SQLite to PostgreSQL by `aggregator db copy`, a backup and its way back; and whether it shows.

The documents are asked for over HTTP: of `aggregator serve` on SQLite before, of `aggregator api` on PostgreSQL after.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
import psycopg

from bench._machines import Cluster, cluster, start, until
from bench._shelf import OWNERS, filled

SIZE = int(os.environ.get("BENCH_MOVING") or 10_000)  # articles
DOCUMENTS = ("rss.xml", "atom.xml", "feed.json", "index.json", "index.json?kind=all&limit=200", "feeds.opml", "")
SCOPES = ("", "o3/", "tag/subject-3/")


def main() -> None:
    """Move a store there, back it up, and bring it back, on a PostgreSQL server of one's own."""
    with cluster() as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = filled(SIZE, folder).database_url
        database = Path(url.removeprefix("sqlite:///"))
        _write(folder, url)
        before = asyncio.run(_documents(folder, "serve"))
        mb = database.stat().st_size / 1024**2
        there = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        print(f"   {SIZE:,} articles, {mb:.0f} MB of SQLite; {there}", flush=True)
        _timed(server, folder, mb, "SQLite to PostgreSQL", "db", "copy", "--to", server.url)
        _write(folder, server.url)
        after = asyncio.run(_documents(folder, "api"))
        unlike = [one for one in before if before[one] != after[one]]
        said = f"UNLIKE {unlike}" if unlike else "the same bytes"
        print(f"   {len(before)} documents over HTTP, before and after: {said}")
        _timed(server, folder, mb, "backup of PostgreSQL", "db", "backup", str(folder / "monday.db"))
        _write(folder, f"sqlite:///{folder / 'back.db'}")
        _timed(server, folder, mb, "restore into SQLite", "db", "restore", str(folder / "monday.db"))
        _timed(server, folder, mb, "backup of SQLite", "db", "backup", str(folder / "tuesday.db"))
        again = asyncio.run(_documents(folder, "serve"))
        print(f"   and back: {'the same bytes' if again == before else 'UNLIKE'}")
        _of_postgresql(server, folder)


def _write(folder: Path, url: str) -> None:
    owners = "".join(
        f"  - {{id: o{number}, name: Owner {number}, home_page_url: 'https://o{number}.example', sources: "
        f"[{{feed: 'https://o{number}.example/feed.xml', id: site, enabled: false}}]}}\n"
        for number in range(OWNERS)
    )
    text = f"site: {{title: bench, base_url: https://b.example}}\ndatabase_url: {url}\nowners:\n{owners}"
    (folder / "aggregator.yaml").write_text(text, encoding="utf-8")


async def _documents(folder: Path, command: str) -> dict[str, bytes]:
    """What a service answers, and its ETags."""
    process = start(folder, command, "--port", "0")
    await until(lambda: process.says("serving http"), 120)
    address = re.findall(r"serving (http\S+)", process.log.read_text())[0]
    found: dict[str, bytes] = {}
    async with aiohttp.ClientSession() as session:
        for path in [f"{scope}{document}" for scope in SCOPES for document in DOCUMENTS]:
            async with session.get(f"{address}{path}") as response:
                found[path] = f"{response.status} {response.headers.get('ETag')} ".encode() + await response.read()
    process.end()
    return found


def _timed(server: Cluster, folder: Path, mb: float, what: str, *words: str) -> None:
    began, used, of_server = time.perf_counter(), _children_s(), server.processor_s()
    command = [sys.executable, "-m", "aggregator", *words, "--config", str(folder / "aggregator.yaml")]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    took = time.perf_counter() - began
    rows = re.search(r"(\d+) rows", said)
    rate = f", {int(rows[1]):,} rows" if rows else ""
    used, of_server = _children_s() - used, server.processor_s() - of_server
    print(f"   {what:22} {took:6.1f} s{rate}; processor {used:.1f} s, and {of_server:.1f} s in PostgreSQL", flush=True)


def _children_s() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _of_postgresql(server: Cluster, folder: Path) -> None:
    """What its own tools take for the same."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE again")
    dump = str(folder / "dump")
    tools = (
        ("pg_dump", "pg_dump", "--format=custom", "--file", dump, server.url),
        ("pg_restore", "pg_restore", "--dbname", f"{server.url.removesuffix('/postgres')}/again", dump),
    )
    for what, *words in tools:
        began, of_server = time.perf_counter(), server.processor_s()
        subprocess.run(words, check=True, capture_output=True)
        took, of_server = time.perf_counter() - began, server.processor_s() - of_server
        print(f"   {what:22} {took:6.1f} s; processor {of_server:.1f} s in PostgreSQL", flush=True)
