"""Every XML document of the demo holds every row of outputs.md section 1; dirt in one source damages nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from aggregator.config import load
from aggregator.demo import EXPECTED, DemoWeb, config_text
from aggregator.errors import ConfigError
from aggregator.poll.adopt import with_written
from tests.loopback import Web
from tests.rules import atom_breaches, json_breaches, opml_breaches, rss_breaches
from tests.rules.wording import ILLEGAL, links, read
from tests.shell.acceptance.feeds import Item, atom, json_feed, prose, rss
from tests.shell.acceptance.stage import BASE_URL, Clock, Living, configured, living

SCOPES = ("", "/mira", "/layla", "/aoi")
NARROWED = (
    "/mira/tag/distributed-systems",
    "/mira/category/data",
    "/mira/source/medium",
    "/kind/talk",
    "/kind/story",
    "/mira/tag/nothing-has-it",
)
QUERIES = (
    "",
    "?limit=3",
    "?content=summary",
    "?content=title",
    "?kind=all",
    "?q=queue&since=2026-01-01T00:00:00Z",
    "?lang=ar",
)


NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # a few days after the newest post of the demo


def breaches(path: str, body: bytes, now: datetime = NOW) -> list[str]:
    # No two changes of what is published carry the same second: after a burst of them the last one is ahead of time.
    rules = rss_breaches if "/rss.xml" in path else atom_breaches
    return rules(body, BASE_URL + path, now, ahead=timedelta(seconds=30))


@pytest.fixture
async def demo(database_url: str, tmp_path: Path) -> AsyncIterator[Living]:
    async with DemoWeb() as web:
        path = tmp_path / "demo.yaml"
        path.write_text(config_text(web, BASE_URL, database_url), encoding="utf-8")
        async with living(with_written(load(path, {})), Clock(NOW)) as home:
            results = await home.poll()
            assert {key for key, one in results.items() if one.what != "changed"} == set(EXPECTED.failing)
            yield home


async def test_every_document_holds_every_row(demo: Living) -> None:
    found: dict[str, list[str]] = {}
    entries = 0
    for name in ("rss.xml", "atom.xml"):
        for path in (
            *(f"{scope}/{name}{query}" for scope in SCOPES for query in QUERIES),
            *(f"{n}/{name}" for n in NARROWED),
        ):
            reply = await demo.service.get(path)
            assert reply.status == 200, path
            # The service spells what was asked for in one way: `self` says how.
            own = reply.headers["Link"].partition(">")[0].removeprefix(f"<{BASE_URL}")
            assert sorted(own.partition("?")[2].split("&")) == sorted(path.partition("?")[2].split("&"))
            entries += reply.body.count(b"<item>") + reply.body.count(b"<entry")
            if said := breaches(own, reply.body):
                found[path] = said
    assert found == {}
    assert entries > 200
    for scope in SCOPES:
        root = read((await demo.service.get(f"{scope}/atom.xml")).body)
        found_sources = root.findall(".//{http://www.w3.org/2005/Atom}source")
        assert found_sources
        assert all(len(links(source, "self")) == 1 for source in found_sources)


async def test_every_list_of_feeds_and_every_index_holds_every_row(demo: Living) -> None:
    found: dict[str, list[str]] = {}
    owners = [
        one["value"] for one in (await demo.service.get("/index.json")).json()["_aggregator"]["facets"]["sources"]
    ]
    scopes = ("", *sorted({f"/{value.partition('/')[0]}" for value in owners}), *NARROWED)
    for scope in scopes:
        for name in ("feeds.opml", "sources.opml"):
            reply = await demo.service.get(f"{scope}/{name}")
            found[f"{scope}/{name}"] = opml_breaches(reply.body, NOW, timedelta(seconds=30))
        for name in ("index.json", "feed.json", "index.json?kind=all&limit=200", "feed.json?content=summary&limit=2"):
            reply = await demo.service.get(f"{scope}/{name}")
            own = reply.json()["feed_url"]
            assert own.split("?")[0] == f"{BASE_URL}{scope}/{name}".split("?")[0]
            found[own] = json_breaches(reply.body, own, NOW)
    assert len(scopes) > 12
    assert {path: said for path, said in found.items() if said} == {}


async def test_the_pages_of_a_feed_are_linked_to_the_last_and_say_everything_once(demo: Living) -> None:
    for name, tag in (("rss.xml", "item"), ("atom.xml", "{http://www.w3.org/2005/Atom}entry")):
        path, ids = f"/mira/{name}?limit=4&kind=all", []
        while path:
            reply = await demo.service.get(path)
            root = read(reply.body)
            ids += [item[0].text if name == "atom.xml" else item.findtext("guid") for item in root.iter(tag)]
            channel = root if name == "atom.xml" else root[0]
            (own,) = links(channel, "self")
            assert breaches(own.removeprefix(BASE_URL), reply.body) == []
            following = links(channel, "next")
            path = following[0].removeprefix(BASE_URL) if following else ""
            assert ('rel="next"' in reply.headers["Link"]) is bool(following)
        assert len(ids) == len(set(ids)) == EXPECTED.articles["mira"]


async def test_they_are_served_as_section_1_6_says(demo: Living) -> None:
    for name, media_type in (("rss.xml", "application/rss+xml"), ("atom.xml", "application/atom+xml")):
        reply = await demo.service.get(f"/mira/{name}")
        assert reply.headers["Content-Type"].startswith(media_type)
        assert all(header in reply.headers for header in ("ETag", "Last-Modified", "Vary", "Link"))
        assert "max-age=900" in reply.headers["Cache-Control"]
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert f'<{BASE_URL}/mira/{name}>; rel="self"' in reply.headers["Link"]
        only_dates = await demo.service.get(f"/mira/{name}", If_Modified_Since=reply.headers["Last-Modified"])
        only_tags = await demo.service.get(f"/mira/{name}", If_None_Match=reply.headers["ETag"])
        assert (only_tags.status, only_tags.body) == (304, b"")
        if parsedate_to_datetime(reply.headers["Last-Modified"]) < datetime.now(UTC) - timedelta(seconds=1):
            assert (only_dates.status, only_dates.body) == (304, b"")
        async with demo.service.session.head(f"{demo.service.url}/mira/{name}") as head:
            assert (head.status, head.headers["ETag"]) == (200, reply.headers["ETag"])


# ── dirt ────────────────────────────────────────────────────────────────────────────────────────────────────────────

CLEAN = Item(
    "A clean title & <no> markup", "https://clean.example/a", prose("clean"), published="Tue, 19 May 2026 09:34:58 GMT"
)


def _xml(kind: str, dirt: str) -> bytes:
    """RSS with the dirt in every text that a title, a person, a tag, an id or an address may be."""
    item = Item(
        "Dirt Xin the title", "https://dirty.example/aX", f"<p>inX side</p>{prose(kind)}", "a sumXmary", tags=("taXg",)
    )
    text = rss("The channXel", "https://dirty.example/", [item])
    return text.replace("Asha Rao", "AshXa Rao").replace("X", dirt).encode("utf-8", "surrogatepass")


def _json(kind: str, dirt: str) -> bytes:
    item = Item(
        "Dirt Xin the title", "https://dirty.example/aX", f"<p>inX side</p>{prose(kind)}", "a sumXmary", guid="idX"
    )
    return json_feed("The channXel", "https://dirty.example/", [item]).replace("X", dirt).encode()


def _utf16() -> bytes:
    """A lone surrogate as only UTF-16 can carry it."""
    item = Item("Dirt Xin the title", "https://dirty.example/a", prose("utf-16"))
    text = atom("The channXel", "https://dirty.example/", [item]).replace('encoding="utf-8"', 'encoding="utf-16"')
    return b"\xff\xfe" + text.replace("X", "\ud800").encode("utf-16-le", "surrogatepass")


DIRT: dict[str, tuple[bytes, str]] = {
    "nul": (_xml("nul", "\x00"), "application/rss+xml"),
    "nul-named": (_xml("nul-named", "&#0;"), "application/rss+xml"),
    "escape": (_xml("escape", "\x1b[0m\x0b\x7f"), "application/rss+xml"),
    "nonplane": (_xml("nonplane", "\ufffe\uffff"), "application/rss+xml"),
    "surrogate": (_xml("surrogate", "\ud800"), "application/rss+xml"),
    "surrogate-named": (_xml("surrogate-named", "&#xD800;&#55296;"), "application/rss+xml"),
    "surrogate-utf16": (_utf16(), "application/atom+xml"),
    "json-nul": (_json("json-nul", "\\u0000"), "application/feed+json"),
    "json-surrogate": (_json("json-surrogate", "\\ud800"), "application/feed+json"),
    "json-halves": (_json("json-halves", "\\udfff\\ud83d"), "application/feed+json"),
}


async def test_dirt_in_one_source_damages_nothing(database_url: str, tmp_path: Path) -> None:
    async with Web() as web:
        web.page("/clean.xml", rss("Clean", "https://clean.example/", [CLEAN]))
        lines = [f"      - {{feed: '{web.url('/clean.xml')}', id: clean}}\n"]
        for place, (name, (body, content_type)) in enumerate(DIRT.items()):
            distinct = body.replace(b"dirty.example", f"d{place}.example".encode())
            if name == "surrogate-utf16":
                distinct = body.replace("dirty".encode("utf-16-le"), f"d{place:04}".encode("utf-16-le"))
            web.page(f"/{name}", distinct.replace(b"Dirt ", f"Dirt {name} ".encode()), content_type=content_type)
            lines.append(f"      - {{feed: '{web.url(f'/{name}')}', id: {name}}}\n")
        owners = f"  - id: asha\n    name: Asha Rao\n    sources:\n{''.join(lines)}"
        async with living(configured(tmp_path, database_url, owners), Clock(NOW)) as home:
            await home.poll()
            items = await home.service.index()
            health = {one["id"]: one for one in (await home.service.get("/api/sources")).json()}
            for name in ("rss.xml", "atom.xml"):
                for path in (f"/{name}", f"/asha/{name}", f"/asha/source/nul/{name}", f"/asha/{name}?content=title"):
                    assert breaches(path, (await home.service.get(path)).body) == []
            documents = await home.service.documents(("/", "/feed.json", "/index.json", "/asha/", "/api/sources"))
            ids = [item["id"].rpartition("/")[2] for item in items]
            articles = await home.service.documents([f"/api/articles/{ulid}" for ulid in ids])
    assert {name: one["error"] for name, one in health.items() if one["entries"] != 1} == {}
    titles = {item["_aggregator"]["source"]["id"]: item["title"] for item in items}
    assert titles["clean"] == "A clean title & <no> markup"
    for name in DIRT:
        assert titles[name].startswith("Dirt"), name
        assert titles[name].endswith("in the title"), name
    for body in (*documents.values(), *articles.values()):
        text = body.decode("utf-8", "strict")
        assert not ILLEGAL.search(text)
        assert "\\u0000" not in text
        assert "\\ud8" not in text.lower()


def test_dirt_in_the_config_is_named(tmp_path: Path) -> None:
    """YAML can write what no feed can carry, and PostgreSQL cannot keep: the owner hears of it before anything runs."""
    owners = (
        '  - id: asha\n    name: "Asha\\x1b Rao"\n    sources:\n'
        "      - {feed: 'https://clean.example/feed', id: clean, title: \"Cl\\x00ean\"}\n"
        '    entries:\n      - {kind: talk, title: "A t\\uFFFEalk", tags: ["t\\x01ag"]}\n'
    )
    with pytest.raises(ConfigError) as error:
        configured(tmp_path, "sqlite:///unused.db", owners)
    lines = (tmp_path / "aggregator.yaml").read_text().splitlines()
    found = [problem.partition("aggregator.yaml:")[2].split(":", 2) for problem in error.value.problems]
    assert [said.partition("(")[2][:6] for _, _, said in found] == ["U+001B", "U+0000", "U+FFFE", "U+0001"]
    for number, place, _ in found:
        assert place.rpartition(".")[2].partition("[")[0].strip() in lines[int(number) - 1]
