"""What an archive of 100,000 articles costs: adding a copy against one of 1,000, and judging all of it again.

Articles of about 800 words from a generator with a fixed seed: half of them in places of 100 articles, half of them one
owner's, over twenty years. They go the product's own way into the store (read, matched, written) and are kept in
`.cache` for the next run, for SQLite; PostgreSQL gets the same rows. What is added for measuring is rolled back.
"""

from __future__ import annotations

import json
import logging
import os
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from itertools import accumulate, islice
from pathlib import Path
from statistics import median
from typing import TypeVar

import structlog
from sqlalchemy import Engine, create_engine, insert, select, text
from sqlalchemy.exc import OperationalError

from aggregator import ingest
from aggregator.config import load
from aggregator.dedupe.index import probes
from aggregator.dedupe.signature import sign
from aggregator.model import Config, Entry, Source
from aggregator.poll.adopt import adopt
from aggregator.poll.mint import Mint, merged
from aggregator.poll.steering import round_of, steering
from aggregator.sources import boilerplate, keys_of
from aggregator.store import Store
from aggregator.store.engine import address
from aggregator.store.schema import articles, copies, metadata, verdicts
from aggregator.text.tables import words

SMALL, LARGE = 1_000, 100_000
FEW = 100  # articles of an owner of the many
DOCUMENT = 50  # entries that come in one document
WINDOW = 40  # documents that are read ahead
FILLING = 1  # to be raised when other things are filled in
SAMPLES = 60
NOW = datetime(2026, 6, 1, tzinfo=UTC)
YEARS = timedelta(days=20 * 365)
ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".cache/bench"
SERVER = os.environ.get("AGGREGATOR_TEST_POSTGRESQL") or "postgresql://postgres@127.0.0.1:5432/postgres"

T = TypeVar("T")

FOOTER = "I build distributed systems and write about what breaks; get the next post by mail. " * 3


def main() -> None:
    """Fill two archives if they are not there yet; measure each on every engine that is there."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    large = int(os.environ.get("BENCH_ARCHIVE") or LARGE)
    files = {size: _filled(size) for size in (SMALL, large)}
    _measured("SQLite", {size: f"sqlite:///{path}" for size, path in files.items()})
    admin = create_engine(address(SERVER), isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        admin.connect().close()
    except OperationalError:
        print("   no PostgreSQL server: not measured")
        return
    urls = {size: _database(admin, path) for size, path in files.items()}
    try:
        _measured("PostgreSQL", urls)
    finally:
        with admin.connect() as connection:
            for url in urls.values():
                connection.execute(text(f"DROP DATABASE IF EXISTS {address(url).database} WITH (FORCE)"))
        admin.dispose()


# ── texts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _vocabulary() -> tuple[Sequence[str], Sequence[float]]:
    """Words and how often they stand in a text, added up: few are most of it (Zipf)."""
    chance = random.Random("words")
    syllables = sorted(words("ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za bra cle dri flo ster"))
    found = dict.fromkeys("".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(30_000))
    return list(found), list(accumulate(1 / (place + 5) for place in range(len(found))))


def _words(chance: random.Random, count: int) -> list[str]:
    vocabulary, weights = _vocabulary()
    return chance.choices(vocabulary, cum_weights=weights, k=count)


@dataclass(frozen=True, slots=True)
class Work:
    """One article of one owner, as it stands on the owner's site."""

    owner: str
    number: int

    def title(self) -> str:
        """Four to nine words; every fiftieth is the issue of a series."""
        chance = random.Random(f"title {self.owner} {self.number}")
        if self.number % 50 == 0:
            return f"Notes of the harbour, issue {self.number // 50}"
        return " ".join(_words(chance, chance.randint(4, 9))).capitalize()

    def published(self, of: int) -> datetime:
        """The ``of`` works of an owner are spread over the years."""
        return NOW - YEARS * ((self.number + 1) / (of + 1))

    def text(self) -> list[str]:
        """Between 600 and 1,000 words."""
        chance = random.Random(f"text {self.owner} {self.number}")
        return _words(chance, chance.randint(600, 1000))


def _entry(work: Work, of: int, host: str, kind: str) -> Entry:
    """The work as it is read from a ``site`` (whole), or ``dev`` (lightly edited, with a call), as a ``stub`` (an
    excerpt) or ``bare`` (a title); not signed yet."""
    said, title = work.text(), work.title()
    url = f"https://{host}/posts/{work.number}-{'-'.join(title.lower().split()[:6])}"
    if kind == "dev":
        said = [word for place, word in enumerate(said) if place % 40] + ["follow", "me", "for", "more"]
    whole = kind in ("site", "dev")
    content = "".join(f"<p>{' '.join(part)}.</p>\n" for part in _parts(said, 70)) + f"<p>{FOOTER}</p>"
    return Entry(
        guid=url,
        url=url,
        title=title,
        summary="" if kind == "bare" else " ".join(said[:45]) + "…",
        content_html=content if whole else "",
        published=work.published(of) + timedelta(hours=kind != "site"),
        date_precision="second",
        keys=keys_of(url),
        word_count=len(said) if whole else 0,
    )


# ── filling ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _owners(size: int) -> dict[str, int]:
    """Owner -> number of works: one has half of all, the others have a hundred each."""
    return {"many": size // 2} | {f"o{number}": FEW for number in range(size // 2 // FEW)}


def _config(size: int, url: str) -> Config:
    """The owners, each with a site and an account; every tenth work stands in both, some only as excerpt or title."""
    owners = [
        {
            "id": owner,
            "name": owner,
            "home_page_url": f"https://{owner}.example",
            "sources": [
                {"feed": f"https://{owner}.example/feed.xml", "id": "site"},
                {"feed": f"https://dev.example/feed/{owner}", "id": "dev"},
            ],
        }
        for owner in _owners(size)
    ]
    said = {"site": {"title": "bench", "base_url": "https://b.example"}, "database_url": url, "owners": owners}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "aggregator.yaml"
        path.write_text(json.dumps(said), encoding="utf-8")
        return load(path, {})


def _documents(size: int) -> Iterator[tuple[str, str, Sequence[tuple[int, str]]]]:
    """(owner, source id, [(number of a work, how it stands there)]) for every document that is read."""
    for owner, works in _owners(size).items():
        for numbers in _parts(range(works), DOCUMENT):
            kinds = ["stub" if number % 17 == 3 else "bare" if number % 17 == 5 else "site" for number in numbers]
            yield owner, "site", list(zip(numbers, kinds, strict=True))
            again = [number for number in numbers if number % 10 == 3]
            yield owner, "dev", [(number, "stub" if number % 3 == 0 else "dev") for number in again]


def _read(job: tuple[Source, int, Sequence[tuple[int, str]]]) -> tuple[Source, tuple[Entry, ...]]:
    source, of, items = job
    entries = [_entry(Work(source.owner, number), of, _host(source), kind) for number, kind in items]
    return source, sign(entries, boilerplate())


def _host(source: Source) -> str:
    return f"{source.owner}.example" if source.id == "site" else f"dev.example/{source.owner}"


def _filled(size: int) -> Path:
    """The archive of that size, made if it is not there; another program than the one that made it is no hindrance."""
    path = KEPT / f"archive-{size}-{_made_by()}.db"
    if path.is_file():
        return path
    KEPT.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(f".{os.getpid()}.db")
    url = f"sqlite:///{making}"
    Store.upgrade(url)
    config, store, mint = _config(size, url), Store.open(url), Mint()
    store.sync(config, NOW)
    round_ = round_of(steering(config), NOW, founding=True)
    places = {source.key: source for source in config.sources}
    jobs = ((places[f"{owner}/{id_}"], _owners(size)[owner], items) for owner, id_, items in _documents(size))
    started, copies, cpu = time.perf_counter(), 0, time.process_time()
    with ProcessPoolExecutor(2) as readers:
        read = (found for window in _parts(jobs, WINDOW) for found in readers.map(_read, window, chunksize=4))
        for source, entries in read:
            drafts = ingest.draft(entries, source, round_, mint)
            with store.merging("bench") as unit:
                known = unit.candidates(source.key, probes(drafts))
                unit.apply(merged(unit, known, drafts, round_), None, None, NOW)
            copies += len(drafts)
            if sys.stderr.isatty():
                print(f"\r   filling: {copies:,} copies of {size:,} articles", end="", file=sys.stderr)
    store.close()
    print(
        f"   filled with {size:,} articles, {copies:,} copies: {time.perf_counter() - started:.0f} s, "
        f"{1000 * (time.process_time() - cpu) / copies:.2f} ms CPU per copy to match and write"
    )
    making.rename(path)
    return path


def _parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(items)
    while part := list(islice(left, size)):
        yield part


def _made_by() -> str:
    """Of all that shapes what is stored; another archive is made when any of it changes."""
    made = blake2b(str(FILLING).encode(), digest_size=6)
    for name in (
        "dedupe/signature",
        "dedupe/index",
        "dedupe/titles",
        "dedupe/slugs",
        "text/fingerprints",
        "store/schema",
    ):
        made.update((ROOT / f"aggregator/{name}.py").read_bytes())
    return made.hexdigest()


def _database(admin: Engine, path: Path) -> str:
    """A PostgreSQL database with the rows of the SQLite file at ``path``."""
    name = f"aggregator_bench_{os.getpid()}_{secrets.token_hex(4)}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
    url = admin.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    Store.upgrade(url)
    source, target = create_engine(f"sqlite:///{path}"), create_engine(address(url))
    with source.connect() as old, target.begin() as new:
        for table in metadata.sorted_tables:
            new.execute(table.delete())
            rows = old.execution_options(yield_per=500).execute(select(table)).mappings()
            for part in _parts(rows, 500):
                new.execute(insert(table), [dict(row) for row in part])
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as new:
        new.execute(text("VACUUM ANALYZE"))
    source.dispose()
    target.dispose()
    return url


# ── measuring ───────────────────────────────────────────────────────────────────────────────────────────────────────


class _Back(Exception):
    """Ends a transaction without keeping anything."""


def _meter(url: str, store: Store) -> Callable[[], float]:
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


def _state(url: str) -> tuple[object, ...]:
    """Which copy is in which article, and what the articles are: the same before and after, or something changed."""
    engine = create_engine(address(url))
    with engine.connect() as connection:
        rows = [
            connection.execute(select(copies.c.id, copies.c.article).order_by(copies.c.id)).all(),
            connection.execute(select(articles).order_by(articles.c.ulid)).all(),
            connection.execute(select(verdicts).order_by(verdicts.c.a, verdicts.c.b)).all(),
        ]
    engine.dispose()
    return tuple(blake2b(repr(found).encode()).hexdigest() for found in rows)


def _measured(engine: str, urls: Mapping[int, str]) -> None:
    """Print what adding costs in each archive, side by side, and what judging the larger one again does."""
    small, large = urls
    print(f"   {engine}: a copy is added, CPU ms (median of {SAMPLES}): with {small:,} articles, with {large:,}, ratio")
    opened = {size: (_config(size, url), Store.open(url)) for size, url in urls.items()}
    meters = {size: _meter(urls[size], store) for size, (_, store) in opened.items()}
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
    of = _owners(size)[owner]
    chance = random.Random(f"{owner} {kind} {turn}")
    work = Work(owner, of + turn + 5 if kind == "new" else 10 * chance.randrange(of // 10) + 7)
    source = next(one for one in config.sources if one.key == f"{owner}/dev")
    entry = _entry(work, of, _host(source), "dev" if kind == "new" else kind)
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
