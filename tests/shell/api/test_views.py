"""Every document shows what its address says: each scope, each narrowing, each parameter of the contract."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from aggregator.model import Owner, Track
from aggregator.render import formats
from aggregator.store import Store
from tests.shell.api.library import BASE, CONFIG, WORKS, stock
from tests.shell.api.running import Service, serving

FEEDS = [form.document for form in formats().values() if form.feed and not form.weekly]
LISTS = [form.document for form in formats().values() if form.articles and not form.feed]

ALL = [12, 1, 2, 8, 9, 10, 3, 4, 11]  # articles by date; 5 is hidden
ASHA = [12, 1, 2, 10, 3, 4, 11]

VIEWS: Sequence[tuple[str, list[int]]] = (
    # scopes and narrowings
    ("/{}", ALL),
    ("/asha/{}", ASHA),
    ("/bo/{}", [8, 9, 10]),
    ("/cleo/{}", []),
    ("/tag/kafka/{}", [1, 2, 10]),
    ("/asha/tag/sql/{}", [1, 10]),
    ("/asha/tag/c%2B%2B/{}", [4]),
    ("/asha/tag/C%2B%2B/{}", [4]),
    ("/asha/tag/distsys/{}", [3]),
    ("/tag/distsys/{}", [3]),
    ("/tag/nothing-yet/{}", []),
    ("/category/data/{}", [1, 2, 8, 9, 10]),
    ("/asha/category/data/{}", [1, 2, 10]),
    ("/bo/category/data/{}", [9]),
    ("/asha/category/distributed/{}", [3]),
    ("/asha/track/kafka-101/{}", [1, 2]),
    ("/track/kafka-101/{}", [1, 2]),
    ("/asha/source/dev/{}", [1, 10, 3]),
    ("/source/dev/{}", [1, 9, 10, 3]),
    ("/source/asha%2Fdev/{}", [1, 10, 3]),
    ("/asha/source/old/{}", [11]),
    ("/kind/talk/{}", [6]),
    ("/asha/kind/story/{}", [7]),
    ("/kind/all/{}", [12, 1, 2, 8, 9, 10, 3, 4, 6, 11, 7]),
    # parameters
    ("/{}?tag=sql,c%2B%2B", [1, 8, 10, 4]),
    ("/{}?tag=sql&tag=c%2B%2B", [1, 8, 10, 4]),
    ("/{}?tag_all=sql,kafka", [1, 10]),
    ("/{}?exclude_tag=sql,kafka", [12, 9, 3, 4, 11]),
    ("/asha/{}?source=dev", [1, 10, 3]),
    ("/{}?source=bo/dev,asha/old", [9, 11]),
    ("/asha/{}?exclude_source=dev", [12, 2, 4, 11]),
    ("/{}?author=Bo+Lind", [8, 9]),
    ("/{}?author=bo-lind,Asha+Rao&tag=sql", [1, 8, 10]),
    ("/{}?category=data&tag=sql", [1, 8, 10]),
    ("/asha/{}?category=distributed,data", [1, 2, 10, 3]),
    ("/{}?track=kafka-101", [1, 2]),
    ("/{}?kind=talk,story", [6, 7]),
    ("/{}?kind=all&tag=kafka", [1, 2, 10, 6]),
    ("/{}?section=field-notes", [2]),
    ("/{}?kind=all&section=Field+Notes,Stage", [2, 6]),
    ("/{}?section=archive", [11]),
    ("/{}?year=2025", [3, 4]),
    ("/{}?year=2024,2025", [3, 4, 11]),
    ("/{}?lang=de", [12, 3]),
    ("/{}?lang=de-CH,en&exclude_tag=kafka", [12, 8, 9, 3, 4, 11]),
    ("/{}?featured=true", [4]),
    ("/asha/{}?exclude_featured=1", [12, 1, 2, 10, 3, 11]),
    ("/{}?q=kafka", [1, 2, 10]),
    ("/{}?q=KAFKA+once", [2]),
    ("/{}?q=lind", [8, 9]),
    ("/{}?q=%25", []),
    ("/{}?since=2026-04-01", [12, 1, 2, 8]),
    ("/{}?since=2026-04-04T08:00:00Z", [12, 1, 2, 8]),
    ("/{}?since=2026-04-04T08:00:01Z", [12, 1, 2]),
    ("/{}?updated_since=2026-05-10", [12, 1, 4]),
    ("/asha/tag/kafka/{}?year=2026&q=once&limit=1", [2]),
    ("/asha/track/kafka-101/{}?tag=sql", [1]),
)


async def test_every_view(service: Service) -> None:
    indexes = {address: await service.get(address.format("index.json")) for address, _ in VIEWS}
    assert {address: index.numbers for address, index in indexes.items()} == dict(VIEWS)
    fed = {address: await service.numbers(address.format("rss.xml")) for address, _ in VIEWS}
    assert fed == {address: _announced(numbers) for address, numbers in VIEWS}

    for index in indexes.values():  # every spelling leads to the one that the document has for itself
        here = index.links["self"]
        assert here.startswith(f"{BASE}/")
        assert index.json()["feed_url"] == here
        again = await service.get(here)
        assert (again.body, again.links) == (index.body, index.links)
    assert service.publisher.rendered <= 2 * len(VIEWS)


async def test_every_document_of_a_view(plain: Service) -> None:
    for document, form in formats().items():
        if form.weekly:  # what stands in it is over: tests/shell/notify
            continue
        for address, numbers in VIEWS[:5]:
            wanted = _announced(numbers) if document in FEEDS else numbers
            wanted = wanted[: form.limit] if form.articles else []
            assert await plain.numbers(address.format(document)) == wanted, document


async def test_a_format_has_its_own_number_of_articles(plain: Service) -> None:
    assert await plain.numbers("/card.svg") == ALL[:5]
    assert await plain.numbers("/card.svg?limit=7") == ALL[:7]
    assert len(await plain.numbers("/card.svg?limit=200&kind=all")) == 10
    second = (await plain.get("/card.svg")).links["next"]
    assert await plain.numbers(second) == ALL[5:]


def _announced(numbers: list[int]) -> list[int]:
    """What was only back-filled is not in the feeds."""
    return [one for one in numbers if one != 9]


async def test_a_limit_counts_the_places_in_a_feed(service: Service) -> None:
    for document in LISTS:
        assert await service.numbers(f"/{document}?limit=3") == [12, 1, 2]
        assert await service.numbers(f"/asha/{document}?limit=3&exclude_source=dev") == [12, 2, 4]
    for document in FEEDS:  # number 5 was taken out of sight after it was announced: nothing slides into its place
        assert await service.numbers(f"/{document}?limit=3") == [12, 1]
        assert await service.numbers(f"/asha/{document}?limit=3&exclude_source=dev") == [12, 2]


async def test_orders(service: Service) -> None:
    assert await service.numbers("/index.json?sort=updated&limit=4") == [12, 4, 1, 2]
    assert await service.numbers("/index.json?sort=announced") == [one for one in ALL if one != 9]
    assert await service.numbers("/rss.xml?sort=published") == ALL


async def test_content(service: Service) -> None:
    bodies = {
        content: {name: (await service.get(f"/{name}?content={content}")).body for name in (*FEEDS, "index.json")}
        for content in ("full", "summary", "title")
    }
    for name in FEEDS:
        assert b"All of 1." in bodies["full"][name]
        assert b"All of 1." not in bodies["summary"][name]
        assert b"What number 1 is about." in bodies["summary"][name]
        assert b"What number 1 is about." not in bodies["title"][name]
    assert b"All of 1." not in bodies["full"]["index.json"]
    assert b"What number 1 is about." not in bodies["title"]["index.json"]


async def test_the_address_of_a_tag_in_any_script_is_a_uri(plain: Service) -> None:
    for document in formats():
        reply = await plain.get(f"/tag/%D9%82%D9%81/{document}?tag=%E4%BF%A1")
        assert reply.links["self"] == f"{BASE}/tag/%D9%82%D9%81/{document}?tag=%E4%BF%A1"


# ── what an owner puts into an order ────────────────────────────────────────────────────────────────────────────────

UPSIDE_DOWN = replace(
    CONFIG.owners[0],
    tracks=(
        *CONFIG.owners[0].tracks,
        Track("last-first", "Last first", tuple(WORKS[number].url for number in (4, 3, 2, 1))),
    ),
)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_reading_list_is_read_in_its_own_order(store: Store) -> None:
    config = replace(CONFIG, owners=(UPSIDE_DOWN, *CONFIG.owners[1:]))
    stock(store, config=config)
    async with serving(store, config) as service:
        path = "/asha/track/last-first/index.json"
        assert await service.numbers(f"{path}?limit=3") == [4, 3, 2]
        first = await service.get(f"{path}?limit=3")
        assert [item["_aggregator"]["track"]["id"] for item in first.json()["items"]] == ["last-first"] * 3, (
            "of the tracks that a part is in, the one that was asked for"
        )
        rest = first.json()["next_url"].removeprefix(BASE)
        assert await service.numbers(rest) == [1]
        assert "next_url" not in (await service.get(rest)).json()
        assert first.json()["_aggregator"]["total"] == 4
        assert await service.numbers("/index.json?track=last-first&tag=kafka") == [2, 1]
        assert await service.numbers(f"{path}?sort=published") == [1, 2, 3, 4]
        page = (await service.get("/track/last-first/")).body.decode()
        assert re.findall(r"</span>(\d)</p>", page) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_what_is_featured_leads_the_page_of_its_scope_however_old(store: Store) -> None:
    stock(store)
    async with serving(store) as service:
        for path, leads in (
            ("/", True),
            ("/asha/", True),
            ("/bo/", False),
            ("/?year=2026", False),
            ("/asha/tag/kafka/", False),
        ):
            page = (await service.get(path)).body.decode()
            assert ('id="featured"' in page) == leads, path
        page = (await service.get("/asha/")).body.decode()
        assert page.index("Templates &amp;") < page.index(WORKS[1].title)


# ── facets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def facets(service: Service, path: str) -> dict[str, dict[str, tuple[str, int]]]:
    found = (await service.get(path)).json()["_aggregator"]["facets"]
    return {name: {one["value"]: (one["label"], one["count"]) for one in values} for name, values in found.items()}


async def test_facets_of_everything(service: Service) -> None:
    found = await facets(service, "/index.json?limit=1")
    assert found["tags"] == {
        "kafka": ("Kafka", 3),
        "sql": ("SQL", 3),
        "c++": ("C++", 1),
        "distributed-systems": ("distributed systems", 1),
        "duckdb": ("DuckDB", 1),
    }
    assert found["kinds"] == {"article": ("Articles", 9), "story": ("Stories", 1), "talk": ("Talks", 1)}
    assert found["categories"] == {"data": ("Data & messaging", 5), "distributed": ("Distributed", 1)}
    assert found["tracks"] == {"kafka-101": ("Kafka from zero", 2)}
    assert found["years"] == {"2026": ("2026", 5), "2025": ("2025", 2), "2024": ("2024", 1)}
    assert list(found["years"]) == ["2026", "2025", "2024"]
    assert found["languages"] == {"en": ("en", 7), "de": ("de", 2)}
    assert found["sections"] == {"archive": ("archive", 1), "field-notes": ("Field Notes", 1)}
    assert found["sources"] == {
        "asha/site": ("Asha's site", 4),
        "asha/dev": ("dev", 3),
        "bo/blog": ("Bo's blog", 2),
        "asha/old": ("Asha Rao", 1),
        "bo/dev": ("dev", 1),
    }


async def test_facets_of_one_owner(service: Service) -> None:
    found = await facets(service, "/asha/index.json?tag=kafka")
    assert found["categories"] == {"data": ("Data & messaging", 3), "distributed": ("Distributed", 0)}
    assert found["kinds"] == {"article": ("Articles", 3), "talk": ("Talks", 1)}
    assert found["tracks"] == {"kafka-101": ("Kafka from zero", 2)}
    assert found["sources"] == {"site": ("Asha's site", 2), "dev": ("dev", 2)}
    assert (await facets(service, "/bo/index.json"))["categories"] == {"data": ("Databases", 1)}
    assert (await facets(service, "/bo/index.json"))["tags"]["sql"] == ("sql", 2), (
        "what Asha calls it is her own affair"
    )


async def test_a_label_is_the_owners_own(service: Service) -> None:
    assert (await facets(service, "/bo/index.json"))["tags"]["duckdb"] == ("DuckDB", 1)
    assert (await service.get("/bo/tag/duckdb/index.json")).json()["title"] == "Bo Lind: DuckDB"
    assert (await service.get("/asha/source/site/index.json")).json()["title"] == "Asha Rao: Asha's site"
    assert (await service.get("/kind/talk/index.json")).json()["title"] == "Feeds: Talks"
    assert (await service.get("/category/data/index.json")).json()["title"] == "Feeds: Data & messaging"
    assert (await service.get("/track/kafka-101/index.json")).json()["title"] == "Feeds: Kafka from zero"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_whose_it_is_can_be_told_apart(store: Store) -> None:
    named = {"Ann and Bo": "Ann and Bo", "Cleo": "Ann and Bo, and Cleo", "Di": "Ann and Bo, Cleo, and Di"}
    for count, said in enumerate(named.values(), 1):
        owners = tuple(Owner(name[:1].lower(), name) for name in [*named][:count])
        config = replace(CONFIG, owners=owners)
        stock(store, (), config)
        async with serving(store, config) as service:
            described = (await service.get("/index.json")).json()["description"]
            assert described.startswith(f"Everything {said} published, ")


async def test_every_facet_leads_to_as_many_articles_as_it_says(service: Service) -> None:
    for scope in ("/", "/asha/"):
        index = (await service.get(f"{scope}index.json")).json()
        for name, values in index["_aggregator"]["facets"].items():
            for one in values:
                page = await service.get(
                    one["url"].replace("/?", "/index.json?") if "?" in one["url"] else f"{one['url']}index.json"
                )
                assert page.json()["_aggregator"]["total"] == one["count"], (name, one)
