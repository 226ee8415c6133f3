"""What is asked about the documents: articles with their reasons, sources, health, and the description of it all."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import aggregator
from aggregator.model import Changes, Verdict
from aggregator.publish.request import PARAMETERS
from aggregator.render import formats
from aggregator.store import Store
from tests.shell.api.library import CONFIG, NOW, WORKS, stock, ulid
from tests.shell.api.running import Service, serving
from tests.shell.store import made

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def change(store: Store, changes: Changes) -> None:
    with store.merging(made.WORKER) as unit:
        assert unit.apply(changes, None, None, NOW + timedelta(minutes=1))


async def test_an_article_with_every_copy(service: Service) -> None:
    verdict = Verdict(10, 11, "body", True, True, {"containment": 0.87}, NOW)
    change(service.store, Changes(verdicts=(verdict,), judged=frozenset((10, 11))))
    reply = await service.get(f"/api/articles/{ulid(1)}")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/json"
    found = reply.json()
    assert found["id"] == f"tag:feeds.example,2026:article/{ulid(1)}"
    assert [(copy["source"], copy["url"], copy["canonical"]) for copy in found["copies"]] == [
        ("asha/site", "https://site.example/asha/1", True),
        ("asha/dev", "https://dev.example/asha/1", False),
    ]
    (evidence,) = found["evidence"]
    assert (evidence["a"], evidence["b"]) == ("https://site.example/asha/1", "https://dev.example/asha/1")
    assert evidence["joined"] is True
    assert evidence["why"]
    assert evidence["evidence"] == {"containment": 0.87}


async def test_an_article_is_found_by_its_whole_id_too(plain: Service) -> None:
    plainly = (await plain.get(f"/api/articles/{ulid(1)}")).body
    for spelling in (
        ulid(1).lower(),
        f"tag%3Afeeds.example%2C2026%3Aarticle%2F{ulid(1)}",
        f"tag:feeds.example,2026:article/{ulid(1)}",
    ):
        assert (await plain.get(f"/api/articles/{spelling}")).body == plainly


async def test_an_article_that_became_part_of_another(service: Service) -> None:
    store = service.store
    joined = made.copy(20, ulid(1), "asha/site", at=WORKS[2].at, born=ulid(2))
    state = store.article(ulid(1))
    assert state is not None
    change(store, Changes(copies=(joined,), articles=(state[0],), retired={ulid(2): ulid(1)}))
    for method in ("GET", "HEAD"):
        reply = await service.ask(method, f"/api/articles/{ulid(2)}")
        assert (reply.status, reply.headers["Location"], reply.body) == (308, f"./{ulid(1)}", b"")
    assert len((await service.get(f"/api/articles/{ulid(1)}")).json()["copies"]) == 3


async def test_an_article_that_its_owner_took_back(service: Service) -> None:
    change(service.store, Changes(removed=frozenset((20, 90)), gone=frozenset((ulid(2), ulid(9)))))
    reply = await service.get(f"/api/articles/{ulid(2)}")
    assert (reply.status, "taken back" in reply.problem) == (410, True)
    assert (await service.get(f"/api/articles/{ulid(9)}")).status == 404, "was never announced: nobody can miss it"
    assert 2 not in await service.numbers("/index.json")


async def test_no_such_article(plain: Service) -> None:
    for name in (ulid(999), "x", "01JZ8Q5T", "%C3%A9", "..", "a/b/c", "%20"):
        reply = await plain.get(f"/api/articles/{name}")
        assert reply.status == 404, name
        assert "There is no article" in reply.problem
    assert (await plain.get("/api/articles/")).status == 404
    assert (await plain.get("/api/articles")).status == 404


async def test_sources(service: Service) -> None:
    reply = await service.get("/api/sources")
    assert [one["key"] for one in reply.json()] == ["asha/dev", "asha/site", "bo/blog", "bo/dev"]
    site = next(one for one in reply.json() if one["key"] == "asha/site")
    assert (site["title"], site["state"], site["removed"], site["entries"], site["articles"]) == (
        "Asha's site",
        "new",
        False,
        7,
        7,
    )
    service.store.sync(replace(CONFIG, owners=CONFIG.owners[:1]), NOW + timedelta(days=1))
    gone = [one["key"] for one in (await service.get("/api/sources")).json() if one["removed"]]
    assert gone == ["bo/blog", "bo/dev"]
    assert reply.headers["Cache-Control"] == "no-cache"


async def test_health(plain: Service) -> None:
    for path in ("/healthz", "/readyz"):
        reply = await plain.get(path)
        assert (reply.status, reply.json()) == (200, {"status": "ok"})


# ── the description ─────────────────────────────────────────────────────────────────────────────────────────────────


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


async def test_openapi_tells_of_everything(plain: Service) -> None:
    reply = await plain.get("/openapi.json")
    schema = reply.json()
    assert schema["openapi"].startswith("3.1")
    assert schema["info"] == {
        "title": "Feeds",
        "summary": "One article, once, for ever, with its best address.",
        "version": aggregator.__version__,
    }
    for scope in ("", "/{owner}"):
        assert {f"{scope}/{document}" for document in formats()} <= schema["paths"].keys()
        assert f"{scope}/tag/{{tag}}/{{document}}" in schema["paths"]
    assert {"/healthz", "/readyz", "/api/sources", "/api/articles/{id}"} <= schema["paths"].keys()
    assert schema["components"]["parameters"].keys() == set(PARAMETERS)


async def test_openapi_is_sound(plain: Service) -> None:
    schema = (await plain.get("/openapi.json")).json()
    operations = [(path, method, said) for path, methods in schema["paths"].items() for method, said in methods.items()]
    assert {method for _, method, _ in operations} == {"get"}
    ids = [said["operationId"] for _, _, said in operations]
    assert len(ids) == len(set(ids))
    for path, _, said in operations:
        placed = {one["name"] for one in said.get("parameters", ()) if one.get("in") == "path"}
        assert placed == set(re.findall(r"{(\w+)}", path)), path
        assert all(answer["description"] for answer in said["responses"].values()), path
        assert said["summary"]
        assert said["tags"][0] in ("documents", "compat", "facts", "health")
    for reference in references(schema):
        node = schema
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
    for parameter in schema["components"]["parameters"].values():
        assert parameter["description"]
        assert parameter["in"] == "query"
        assert "type" in parameter["schema"]


async def test_what_openapi_says_of_parameters_is_so(plain: Service) -> None:
    schema = (await plain.get("/openapi.json")).json()
    for name, parameter in schema["components"]["parameters"].items():
        said = parameter["schema"]
        values = said.get("enum") or ([said["default"]] if "default" in said else [])
        for value in (*values, said.get("minimum"), said.get("maximum")):
            if value is not None:
                assert (await plain.get(f"/rss.xml?{name}={str(value).lower()}")).status == 200, (name, value)
    assert (await plain.get("/rss.xml?limit=201")).status == 400


async def test_docs_can_be_read_by_people(plain: Service) -> None:
    reply = await plain.get("/docs")
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    page = reply.body.decode()
    assert "<script" not in page
    for name in PARAMETERS:
        assert f"<dt><code>{name}</code></dt>" in page
    for address in re.findall(r'href="(/[^"]*)"', page):
        assert (await plain.get(address)).status == 200, address


# ── hardly anything there ───────────────────────────────────────────────────────────────────────────────────────────


@on_sqlite
async def test_a_site_without_articles(store: Store) -> None:
    stock(store, ())
    async with serving(store) as service:
        for scope in ("/", "/asha/", "/cleo/", "/tag/x/", "/asha/track/kafka-101/", "/category/data/"):
            for document in formats():
                reply = await service.get(f"{scope}{document}")
                assert (reply.status, "next" in reply.links) == (200, False)
                assert (await service.get(f"{scope}{document}", If_None_Match=reply.headers["ETag"])).status == 304
                never = await service.get(f"{scope}{document}", If_Modified_Since="Sat, 01 Jan 2000 00:00:00 GMT")
                assert never.status == 200
        facets = (await service.get("/index.json")).json()["_aggregator"]["facets"]
        assert [one["count"] for one in facets["categories"]] == [0, 0]
        assert facets["tags"] == []


@on_sqlite
async def test_a_store_that_was_never_published_to(store: Store) -> None:
    async with serving(store, replace(CONFIG, owners=())) as service:
        for document in formats():
            reply = await service.get(f"/{document}")
            assert reply.status == 200
            never = await service.get(f"/{document}", If_Modified_Since="Sat, 01 Jan 2000 00:00:00 GMT")
            assert never.status == 200, "whoever holds nothing is sent something"
        assert (await service.get("/asha/rss.xml")).problem.startswith('there is no owner "asha" here')
