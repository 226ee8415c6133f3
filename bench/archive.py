"""What an archive of 100,000 articles costs: adding a copy against one of 1,000, and judging all of it again.

The archives are kept in `.cache` for the next run (SQLite); PostgreSQL gets the same rows. What is added for measuring
is rolled back.
"""

from __future__ import annotations

import logging
import os
import random
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import blake2b
from html import escape
from pathlib import Path
from statistics import median

import feedparser
import structlog
from sqlalchemy import Connection, Engine, Table, create_engine, select, text
from sqlalchemy.exc import OperationalError

from aggregator import ingest
from aggregator.dedupe.index import probes
from aggregator.dedupe.signature import sign
from aggregator.model import Config
from aggregator.poll.adopt import adopt
from aggregator.poll.mint import Mint, merged
from aggregator.poll.steering import round_of, steering
from aggregator.sources import boilerplate
from aggregator.store import Store
from aggregator.store.engine import address
from aggregator.store.schema import articles, copies, metadata, verdicts
from bench._archive import FEW, NOW, YEARS, Work, config_of, entry_of, filled, host_of, owners_of

SMALL, LARGE = 1_000, 100_000
SAMPLES = 60
SERVER = os.environ.get("AGGREGATOR_TEST_POSTGRESQL") or "postgresql://postgres@127.0.0.1:5432/postgres"


def main() -> None:
    """Fill two archives if they are not there yet; measure each on every engine that is there."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    print(f"   feedparser reads one such entry in {median(_yardstick() for _ in range(5)):.2f} ms CPU")
    large = max(int(os.environ.get("BENCH_ARCHIVE") or LARGE), 2 * SMALL)
    files = {size: filled(size) for size in (SMALL, large)}
    _measured("SQLite", {size: f"sqlite:///{path}" for size, path in files.items()})
    admin = create_engine(address(SERVER), isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        admin.connect().close()
    except OperationalError:
        print("   no PostgreSQL server: not measured")
        return
    urls = {size: database(admin, path) for size, path in files.items()}
    try:
        _measured("PostgreSQL", urls)
    finally:
        with admin.connect() as connection:
            for url in urls.values():
                connection.execute(text(f"DROP DATABASE IF EXISTS {address(url).database} WITH (FORCE)"))
        admin.dispose()


def database(admin: Engine, path: Path) -> str:
    """A PostgreSQL database with the rows of the SQLite file at ``path``."""
    name = f"aggregator_bench_{os.getpid()}_{secrets.token_hex(4)}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
    url = admin.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    Store.upgrade(url)
    source, target = create_engine(f"sqlite:///{path}"), create_engine(address(url))
    with source.connect() as old, target.begin() as new:
        for table in reversed(metadata.sorted_tables):
            new.execute(table.delete())
        for table in metadata.sorted_tables:
            _copy(old, new, table)
        new.execute(text("DELETE FROM state WHERE name = 'search'"))
    Store.upgrade(url)  # the full text is no table of the metadata: made anew
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as new:
        new.execute(text("VACUUM ANALYZE"))
    source.dispose()
    target.dispose()
    return url


def _copy(old: Connection, new: Connection, table: Table) -> None:
    written = [column.type.dialect_impl(new.dialect).bind_processor(new.dialect) for column in table.columns]
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    rows = old.execution_options(yield_per=500).execute(select(table))
    with new.connection.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as target:
        for row in rows:
            target.write_row([write(value) if write else value for write, value in zip(written, row, strict=True)])


# ── measuring ───────────────────────────────────────────────────────────────────────────────────────────────────────


class _Back(Exception):
    """Ends a transaction without keeping anything."""


def _yardstick() -> float:
    """CPU milliseconds in which feedparser reads one such entry: what the figures are to be compared with."""
    works = [entry_of(Work("yardstick", number), FEW, "a.example", "site") for number in range(20)]
    items = "".join(
        f"<entry><id>{one.guid}</id><title>{one.title}</title>"
        f"<content type='html'>{escape(one.content_html)}</content></entry>"
        for one in works
    )
    started = time.process_time()
    found = feedparser.parse(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>bench</title>{items}</feed>')
    assert len(found.entries) == len(works)
    return 1000 * (time.process_time() - started) / len(works)


def meter(url: str, store: Store) -> Callable[[], float]:
    """Seconds of CPU so far: of this process, and of the server's processes that work for ``store``."""
    if url.startswith("sqlite"):
        return time.process_time
    store.revision()  # connected now
    watching = create_engine(address(url))
    with watching.connect() as connection:
        asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        found = [Path(f"/proc/{pid}/schedstat") for pid in connection.scalars(text(asked))]
    watching.dispose()
    if not all(path.is_file() for path in found):
        print("     the server is elsewhere: its share of the CPU is not in these figures")
        return time.process_time
    return lambda: time.process_time() + sum(int(path.read_text().split()[0]) for path in found) / 1e9


def _state(url: str) -> str:
    """A digest of which copy is in which article, what the articles are, and every verdict."""
    kept = (
        select(copies.c.id, copies.c.article).order_by(copies.c.id),
        select(articles).order_by(articles.c.ulid),
        select(verdicts).order_by(verdicts.c.a, verdicts.c.b),
    )
    engine, digest = create_engine(address(url)), blake2b()
    with engine.connect() as connection:
        for statement in kept:
            for row in connection.execution_options(yield_per=500).execute(statement):
                digest.update(repr(tuple(row)).encode())
    engine.dispose()
    return digest.hexdigest()


def _measured(engine: str, urls: Mapping[int, str]) -> None:
    """Print what adding costs in each archive, side by side, and what judging the larger one again does."""
    small, large = urls
    print(f"   {engine}: a copy is added, CPU ms (median of {SAMPLES}): with {small:,} articles, with {large:,}, ratio")
    opened = {size: (config_of(size, url), Store.open(url)) for size, url in urls.items()}
    meters = {size: meter(urls[size], store) for size, (_, store) in opened.items()}
    for owner, told in (("o0", "an owner of 100 articles"), ("many", "the owner of half of all")):
        for kind, what in (("new", "a new article"), ("dev", "a copy"), ("stub", "an excerpt"), ("bare", "a title")):
            # in turns, so that a busy machine is busy for both
            spent: dict[int, list[float]] = {size: [] for size in opened}
            for turn in range(-5, SAMPLES):
                for size, (config, store) in opened.items():
                    took = _added(config, store, meters[size], owner, size, kind, turn)
                    if turn >= 0:
                        spent[size].append(took)
            a, b = (median(found) for found in spent.values())
            print(f"     {told:26} {what:14} {a:6.2f} {b:6.2f}   x{b / a:.2f}")
    config, store = opened[large]
    store.note("steering", "unknown")  # as after a change of the config
    before = _state(urls[large])
    cpu, wall = meters[large](), time.perf_counter()
    adopt(config, store, NOW)
    cpu, wall = meters[large]() - cpu, time.perf_counter() - wall
    same = "nothing changed" if _state(urls[large]) == before else "SOMETHING CHANGED"
    print(f"     all of it judged again: {cpu:.0f} s CPU, {wall:.0f} s in all; {same}")
    for _, found in opened.values():
        found.close()


def _added(
    config: Config, store: Store, spent: Callable[[], float], owner: str, size: int, kind: str, turn: int
) -> float:
    """CPU milliseconds from the entry on: its signature, its candidates, the decision and the rows."""
    of = owners_of(size)[owner]
    chance = random.Random(f"{owner} {kind} {turn}")
    work = Work(owner, of + turn + 5 if kind == "new" else 10 * chance.randrange(of // 10) + 7)
    source = next(one for one in config.sources if one.key == f"{owner}/dev")
    entry = entry_of(work, of, host_of(source), "dev" if kind == "new" else kind)
    if kind == "new":
        entry = replace(entry, published=NOW - YEARS * chance.random())
    round_ = round_of(steering(config), NOW)
    started = spent()
    drafts = ingest.draft(sign([entry], boilerplate()), source, round_, Mint())
    try:
        with store.merging("bench") as unit:
            known = unit.candidates(source.key, probes(drafts))
            unit.apply(merged(unit, known, drafts, round_), None, None, NOW)
            took = spent() - started
            raise _Back
    except _Back:
        return 1000 * took
