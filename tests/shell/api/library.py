"""A small library of articles that differ in everything a view can be narrowed by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from aggregator import sources
from aggregator.model import Category, Config, Entry, FetchPolicy, Metric, Owner, Person, Precision, Site, Track
from aggregator.store import Store
from tests.shell.store import made

BASE = "https://feeds.example"
NOW = datetime(2026, 5, 19, 9, 34, 58, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Work:
    """One article. ``places``: the sources that carry it, the canonical one first."""

    number: int
    title: str
    at: datetime
    places: tuple[str, ...] = ("asha/site",)
    tags: Mapping[str, str] = field(default_factory=dict)  # slug -> label
    kind: str = "article"
    language: str | None = "en"
    section: str | None = None
    author: str = "Asha Rao"
    announced: bool = True
    precision: Precision = "second"
    updated_at: datetime | None = None

    @property
    def ulid(self) -> str:
        """Its ulid."""
        return ulid(self.number)

    @property
    def url(self) -> str:
        """The address of its canonical copy."""
        return self.address(self.places[0])

    def address(self, place: str) -> str:
        """The address of one of its copies."""
        owner, _, source = place.partition("/")
        return f"https://{source}.example/{owner}/{self.number}"


def ulid(number: int) -> str:
    """A ulid that is easy to read."""
    return f"01JZ8Q5T{number:018}"


def _day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T08:00:00+00:00")


_TAGS = {"kafka": "Kafka", "sql": "sql", "c++": "C++", "duckdb": "DuckDB", "distributed-systems": "distributed systems"}


def _tags(*slugs: str) -> dict[str, str]:
    return {slug: _TAGS.get(slug, slug) for slug in slugs}


WORKS: Mapping[int, Work] = MappingProxyType(
    {
        work.number: work
        for work in (
            Work(1, "Kafka from zero", _day("2026-05-10"), ("asha/site", "asha/dev"), _tags("kafka", "sql")),
            Work(2, "Kafka, once more", _day("2026-05-01"), tags=_tags("kafka"), section="Field Notes"),
            Work(
                3, "Verteilte Systeme", _day("2025-11-02"), ("asha/dev",), _tags("distributed-systems"), language="de"
            ),
            Work(4, "Templates & <traits>", _day("2025-03-04"), tags=_tags("c++"), updated_at=_day("2026-05-12")),
            Work(5, "Hidden", _day("2026-05-15"), tags=_tags("redis")),
            Work(6, "Ring buffers on stage", _day("2024-09-09"), tags=_tags("kafka"), kind="talk", section="Stage"),
            Work(7, "Moved the traffic", _day("2023-12-01"), kind="story", precision="month", language=None),
            Work(8, "Joins", _day("2026-04-04"), ("bo/blog",), _tags("sql"), author="Bo Lind"),
            Work(9, "Ducks", _day("2026-03-03"), ("bo/dev",), _tags("duckdb"), author="Bo Lind", announced=False),
            Work(10, "Together", _day("2026-02-02"), ("asha/dev", "bo/blog"), _tags("sql", "kafka")),
            Work(11, "From a source that is gone", _day("2024-01-01"), ("asha/old",), section="Archive"),
            Work(12, "An undated note", _day("2026-05-18"), precision="unknown", language="de-AT"),
        )
    }
)

CONFIG = Config(
    Site("Feeds", BASE),
    "",
    FetchPolicy(),
    (
        Owner(
            "asha",
            "Asha Rao",
            home_page_url="https://site.example/asha",
            sources=(made.source("asha/site", title="Asha's site", section="Field Notes"), made.source("asha/dev")),
            tag_labels={"sql": "SQL"},
            tag_aliases={"distsys": "distributed-systems"},
            categories=(
                Category("data", "Data & messaging", ("kafka", "sql"), "Queues and tables."),
                Category("distributed", "Distributed", ("distsys",)),
            ),
            tracks=(
                Track("kafka-101", "Kafka from zero", (WORKS[1].url, "https://site.example/asha/none", WORKS[2].url)),
            ),
            featured=(WORKS[4].url,),
            hide=(WORKS[5].url,),
        ),
        Owner(
            "bo",
            "Bo Lind",
            sources=(made.source("bo/blog", title="Bo's blog"), made.source("bo/dev")),
            categories=(Category("data", "Databases", ("duckdb",)),),
        ),
        Owner("cleo", "Cleo Ekman"),
    ),
)


def stock(store: Store, works: Iterable[Work] = WORKS.values(), config: Config = CONFIG, now: datetime = NOW) -> None:
    """Make the store say what the config says and hold these works, as if they had been polled at ``now``."""
    store.sync(config, now)
    store.published_config("library", now)
    put(store, works)


def put(store: Store, works: Iterable[Work]) -> None:
    """Write works in one transaction."""
    works = tuple(works)
    copies = [
        made.copy(
            work.number * 10 + place,
            work.ulid,
            key,
            at=work.at,
            date_precision=work.precision,
            first_seen_at=max(NOW, work.at),
            entry=Entry(guid=f"{key}-{work.number}", url=work.address(key), title=work.title),
        )
        for work in works
        for place, key in enumerate(work.places)
    ]
    index = [made.rows(copy.id, sources.keys_of(copy.entry.url or "")) for copy in copies]
    states = [
        made.article(
            work.ulid,
            work.number * 10,
            at=work.at,
            owners=tuple(sorted({key.partition("/")[0] for key in work.places})),
            url=work.url if work.kind != "story" else None,
            title=work.title,
            summary=f"What number {work.number} is about.",
            content_html=f"<p>All of {work.number}.</p>" + "<p>Words upon words.</p>" * 40,
            date_precision=work.precision,
            first_seen_at=max(NOW, work.at),
            announced_at=work.at if work.announced else None,
            updated_at=work.updated_at,
            authors=(Person(work.author),),
            tags=tuple(work.tags),
            tag_labels=work.tags,
            language=work.language,
            kind=work.kind,
            section=work.section,
            metrics=(Metric("Latency", "-250 ms"),) if work.kind == "story" else (),
        )
        for work in works
    ]
    made.fill(store, states, copies, index=index)
