"""The archive that `bench.archive` measures: articles of about 800 words, made up from a fixed seed.

Half of them stand with owners of 100 articles, half with one owner, over twenty years; every tenth stands on two
places, some are excerpts or titles only. Their entries are made here as `normalize` makes them; they go the product's
own way from there: signed, matched, written.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from itertools import accumulate, islice
from pathlib import Path
from typing import TypeVar

from aggregator import ingest
from aggregator.config import load
from aggregator.dedupe.index import probes
from aggregator.dedupe.signature import sign
from aggregator.model import Config, Entry, Source
from aggregator.poll.mint import Mint, merged
from aggregator.poll.steering import round_of, steering
from aggregator.sources import boilerplate, keys_of
from aggregator.store import Store
from aggregator.text.tables import words

FEW = 100  # articles of an owner of the many
DOCUMENT = 50  # entries that come in one document
WINDOW = 40  # documents that are read ahead
FILLING = 1  # to be raised when other things are filled in
NOW = datetime(2026, 6, 1, tzinfo=UTC)
YEARS = timedelta(days=20 * 365)
ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".cache/bench"
FOOTER = "I build distributed systems and write about what breaks; get the next post by mail. " * 3

T = TypeVar("T")


# ── texts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _vocabulary() -> tuple[Sequence[str], Sequence[float]]:
    """Words and how often they stand in a text, added up: few are most of it (Zipf)."""
    chance = random.Random("words")
    syllables = sorted(words("ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za bra cle dri flo ster"))
    found = dict.fromkeys("".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(30_000))
    return list(found), list(accumulate(1 / (place + 5) for place in range(len(found))))


def chosen(chance: random.Random, count: int) -> list[str]:
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
        return " ".join(chosen(chance, chance.randint(4, 9))).capitalize()

    def published(self, of: int) -> datetime:
        """The ``of`` works of an owner are spread over the years."""
        return NOW - YEARS * ((self.number + 1) / (of + 1))

    def text(self) -> list[str]:
        """Between 600 and 1,000 words."""
        chance = random.Random(f"text {self.owner} {self.number}")
        return chosen(chance, chance.randint(600, 1000))


def entry_of(work: Work, of: int, host: str, kind: str) -> Entry:
    """The work as it is read from a ``site`` (whole), or ``dev`` (lightly edited, with a call), as a ``stub`` (an
    excerpt) or ``bare`` (a title); not signed yet."""
    said, title = work.text(), work.title()
    url = f"https://{host}/posts/{work.number}-{'-'.join(title.lower().split()[:6])}"
    if kind == "dev":
        said = [word for place, word in enumerate(said) if place % 40] + ["follow", "me", "for", "more"]
    whole = kind in ("site", "dev")
    content = "".join(f"<p>{' '.join(part)}.</p>\n" for part in parts(said, 70)) + f"<p>{FOOTER}</p>"
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


def owners_of(size: int) -> dict[str, int]:
    """Owner -> number of works: one has half of all, the others have a hundred each."""
    return {"many": size // 2} | {f"o{number}": FEW for number in range(size // 2 // FEW)}


def config_of(size: int, url: str) -> Config:
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
        for owner in owners_of(size)
    ]
    said = {"site": {"title": "bench", "base_url": "https://b.example"}, "database_url": url, "owners": owners}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "aggregator.yaml"
        path.write_text(json.dumps(said), encoding="utf-8")
        return load(path, {})


def _documents(size: int) -> Iterator[tuple[str, str, Sequence[tuple[int, str]]]]:
    """(owner, source id, [(number of a work, how it stands there)]) for every document that is read."""
    for owner, works in owners_of(size).items():
        for numbers in parts(range(works), DOCUMENT):
            kinds = ["stub" if number % 17 == 3 else "bare" if number % 17 == 5 else "site" for number in numbers]
            yield owner, "site", list(zip(numbers, kinds, strict=True))
            again = [number for number in numbers if number % 10 == 3]
            yield owner, "dev", [(number, "stub" if number % 3 == 0 else "dev") for number in again]


def _read(job: tuple[Source, int, Sequence[tuple[int, str]]]) -> tuple[Source, tuple[Entry, ...]]:
    source, of, items = job
    entries = [entry_of(Work(source.owner, number), of, host_of(source), kind) for number, kind in items]
    return source, sign(entries, boilerplate())


def host_of(source: Source) -> str:
    return f"{source.owner}.example" if source.id == "site" else f"dev.example/{source.owner}"


def filled(size: int) -> Path:
    """The archive of that size, made if it is not there; another program than the one that made it is no hindrance."""
    path = KEPT / f"archive-{size}-{_made_by()}.db"
    if path.is_file():
        return path
    KEPT.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(f".{os.getpid()}.db")
    url = f"sqlite:///{making}"
    Store.upgrade(url)
    config, store, mint = config_of(size, url), Store.open(url), Mint()
    store.sync(config, NOW)
    round_ = round_of(steering(config), NOW, founding=True)
    places = {source.key: source for source in config.sources}
    jobs = ((places[f"{owner}/{id_}"], owners_of(size)[owner], items) for owner, id_, items in _documents(size))
    started, copies, cpu = time.perf_counter(), 0, time.process_time()
    with ProcessPoolExecutor(2) as readers:
        read = (found for window in parts(jobs, WINDOW) for found in readers.map(_read, window, chunksize=4))
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


def parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
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
