"""What pages, facets and searches cost in a store of 100,000 articles against one of 10,000, on each engine.

The stores are kept in `.cache` for the next run (SQLite); PostgreSQL gets the same rows.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from aggregator.model import ArticleState, Changes, Copy, Cursor, Entry, Selection
from aggregator.store import Store
from aggregator.store.engine import address
from bench._archive import KEPT, NOW, ROOT, Work, config_of, owners_of, parts
from bench.archive import SERVER, database, meter

SMALL, LARGE = 10_000, 100_000
ASKED = int(os.environ.get("BENCH_ASKED") or 300)  # of each kind
TAGS = 400
WORDS = 250  # of a text
BATCH = 500
FACETS = ("tag", "source", "year", "lang")
ARTICLES = ("kind:article",)

Ask = Callable[[random.Random], Selection]


def main() -> None:
    """Fill two stores if they are not there yet; measure each on every engine that is there."""
    large = max(int(os.environ.get("BENCH_ARCHIVE") or LARGE), 2 * SMALL)
    files = {size: _filled(size) for size in (SMALL, large)}
    _measured("SQLite", {size: f"sqlite:///{path}" for size, path in files.items()})
    admin = create_engine(address(SERVER), isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        admin.connect().close()
    except OperationalError:
        print("   no PostgreSQL server: not measured")
        return
    urls: dict[int, str] = {}
    try:
        for size, path in files.items():
            started = time.perf_counter()
            urls[size] = database(admin, path)
            print(f"   PostgreSQL: {size:,} articles copied, full text filled: {time.perf_counter() - started:.0f} s")
        _measured("PostgreSQL", urls)
    finally:
        with admin.connect() as connection:
            for url in urls.values():
                connection.execute(text(f"DROP DATABASE IF EXISTS {address(url).database} WITH (FORCE)"))
        admin.dispose()


# ── filling ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _filled(size: int) -> Path:
    made_by = blake2b((ROOT / "aggregator/store/schema.py").read_bytes(), digest_size=6)
    for name in ("aggregator/store/prepared.py", "aggregator/text/search.py", "bench/selection.py"):
        made_by.update((ROOT / name).read_bytes())
    path = KEPT / f"selection-{size}-{made_by.hexdigest()}.db"
    if path.is_file():
        return path
    KEPT.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(f".{os.getpid()}.db")
    url = f"sqlite:///{making}"
    Store.upgrade(url)
    store, started, written = Store.open(url), time.perf_counter(), 0
    store.sync(config_of(size, url), NOW)
    works = (Work(owner, number) for owner, of in owners_of(size).items() for number in range(of))
    for batch in parts(enumerate(works, 1), BATCH):
        rows = [_rows(id_, work, owners_of(size)[work.owner]) for id_, work in batch]
        with store.merging("bench") as unit:
            unit.apply(Changes(copies=tuple(c for c, _ in rows), articles=tuple(a for _, a in rows)), None, None, NOW)
        written += len(rows)
        if sys.stderr.isatty():
            print(f"\r   filling: {written:,} of {size:,} articles", end="", file=sys.stderr)
    store.close()
    took, bytes_ = time.perf_counter() - started, making.stat().st_size / size
    print(f"   filled with {size:,} articles: {took:.0f} s, {size / took:.0f} a second; {bytes_:,.0f} bytes each")
    making.rename(path)
    return path


def _rows(id_: int, work: Work, of: int) -> tuple[Copy, ArticleState]:
    chance = random.Random(f"tags {work.owner} {work.number}")
    said, at, ulid = work.text()[:WORDS], work.published(of), f"{id_:026}"
    url = f"https://{work.owner}.example/{work.number}"
    entry = Entry(guid=url, url=url, title=work.title())
    copy = Copy(id_, f"{work.owner}/site", work.owner, entry, at, "second", at, ulid, ulid, source_id="site")
    state = ArticleState(
        ulid=ulid,
        id=f"tag:b.example,2026:article/{ulid}",
        owners=(work.owner,),
        canonical=id_,
        text=id_,
        url=url,
        title=work.title(),
        summary=" ".join(said[:40]),
        content_html=f"<p>{' '.join(said)}</p>",
        published_at=at,
        date_precision="second",
        first_seen_at=at,
        announced_at=at,
        updated_at=None,
        tags=tuple(sorted({_tag(chance) for _ in range(3)})),
        language="en" if chance.random() < 0.9 else "de",
        kind="article" if chance.random() < 0.95 else "talk",
    )
    return copy, state


def _tag(chance: random.Random) -> str:
    """Few tags are under most articles: the first under one in ten, the last under one in five hundred."""
    return f"t{int(TAGS * chance.random() ** 2)}"


# ── measuring ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _asks(size: int) -> Mapping[str, Ask]:
    front = Selection(any_of=(ARTICLES,))
    owners = list(owners_of(size))
    works = owners_of(size)

    def work(chance: random.Random) -> Work:
        owner = chance.choice(owners)
        return Work(owner, chance.randrange(works[owner]))

    def title(chance: random.Random) -> list[str]:
        return work(chance).title().split()

    def tag(chance: random.Random) -> Selection:
        return replace(front, any_of=((f"tag:{_tag(chance)}",), ARTICLES))

    def further(chance: random.Random) -> Selection:
        at = work(chance).published(max(works.values()))
        return replace(front, after=Cursor(at, at, 0, "0"))

    return {
        "front page": lambda chance: front,
        "feed": lambda chance: replace(front, order="announced", with_content=True),
        "a page further on": further,
        "an owner of 100": lambda chance: replace(front, owner=chance.choice(owners[1:])),
        "the owner of half": lambda chance: replace(front, owner="many"),
        "a tag": tag,
        "a tag of the owner of half": lambda chance: replace(tag(chance), owner="many"),
        "two tags": lambda chance: replace(front, any_of=(*tag(chance).any_of, *tag(chance).any_of[:1])),
        "without a tag": lambda chance: replace(front, none_of=(f"tag:{_tag(chance)}",)),
        "a year": lambda chance: replace(front, any_of=((f"year:{chance.randint(2007, 2025)}",), ARTICLES)),
        "q: a word of a title": lambda chance: _search(front, chance.choice(title(chance))),
        "q: two words of a title": lambda chance: _search(front, " ".join(title(chance)[:2])),
        "q: a word of a text": lambda chance: _search(front, chance.choice(sorted(set(work(chance).text()[:WORDS])))),
        "q: a phrase": lambda chance: _search(front, f'"{" ".join(work(chance).text()[10:12])}"'),
        "q: a beginning": lambda chance: _search(front, max(title(chance), key=len)[:4]),
        "q: a typo": lambda chance: _search(front, "x" + max(title(chance), key=len)),
        "q: within the owner of half": lambda chance: replace(
            _search(front, chance.choice(title(chance))), owner="many"
        ),
    }


def _search(front: Selection, q: str) -> Selection:
    return replace(front, q=q, order="relevance")


def _measured(engine: str, urls: Mapping[int, str]) -> None:
    """Print what each store needs, side by side: milliseconds of CPU, and the 99th of a hundred waits."""
    opened = {size: Store.open(url) for size, url in urls.items()}
    meters = {size: meter(urls[size], store) for size, store in opened.items()}
    small, large = opened
    print(f"   {engine}, median CPU ms and p99 ms of {ASKED}: {small:,} articles, {large:,}, ratio of the medians")
    for what in _asks(small):
        for part, does in (("page", _page), ("facets", _facets)):
            found = {size: _times(store, meters[size], _asks(size)[what], does) for size, store in opened.items()}
            (a, a99), (b, b99) = found.values()
            print(f"     {what:28} {part:7} {a:8.2f} {a99:8.2f}   {b:8.2f} {b99:8.2f}   x{b / a:.2f}")
    for store in opened.values():
        store.close()


def _times(
    store: Store, cpu: Callable[[], float], ask: Ask, does: Callable[[Store, Selection], object]
) -> tuple[float, float]:
    chance, spent, waited = random.Random("asked"), [], []
    for turn in range(-20, ASKED):
        wanted = ask(chance)
        started, began = cpu(), time.perf_counter()
        does(store, wanted)
        if turn >= 0:
            waited.append(1000 * (time.perf_counter() - began))
            spent.append(1000 * (cpu() - started))
    return median(spent), quantiles(waited, n=100)[98]


def _page(store: Store, wanted: Selection) -> object:
    return store.select(wanted)


def _facets(store: Store, wanted: Selection) -> object:
    order = "announced" if wanted.order == "announced" else "published"
    every_page = replace(wanted, after=None, limit=0, order=order, with_content=False)
    return store.facet_counts(every_page, FACETS)
