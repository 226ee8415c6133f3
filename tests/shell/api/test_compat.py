"""Portfolio templates draw from the compatible endpoints, which answer from the store and reach nothing else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from aggregator.model import Config, Image, Person
from aggregator.store import Store
from tests.shell.api import templates
from tests.shell.api.library import BASE, CONFIG, NOW, WORKS, stock
from tests.shell.api.running import Reply, Service, serving
from tests.shell.store import made

ASHA = CONFIG.owners[0]
MEDIUM = made.source(
    "asha/site",
    kind="medium",
    feed_url="https://medium.com/feed/@asharao",
    home_page_url="https://medium.com/@asharao",
)
DEV = made.source(
    "asha/dev", kind="dev", feed_url="https://dev.to/feed/asharao", home_page_url="https://dev.to/asharao"
)
COMPAT: Config = replace(
    CONFIG,
    owners=(replace(ASHA, sources=(MEDIUM, DEV)), *CONFIG.owners[1:]),
)

RSS2JSON = {"status", "feed", "items"}
RSS2JSON_FEED = {"url", "title", "link", "author", "description", "image"}
RSS2JSON_ITEM = {
    "title", "pubDate", "link", "guid", "author", "thumbnail", "description", "content", "enclosure", "categories",
}  # fmt: skip
DEVTO = {
    "id", "title", "description", "cover_image", "social_image", "published_at", "readable_publish_date", "tag_list",
    "url", "canonical_url", "reading_time_minutes", "public_reactions_count", "comments_count", "user",
}  # fmt: skip
DEVTO_USER = {
    "name", "username", "twitter_username", "github_username", "website_url", "profile_image", "profile_image_90",
}  # fmt: skip

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
async def service(store: Store) -> AsyncIterator[Service]:
    """The library, and one article with a picture and words that are dangerous in HTML."""
    stock(store, config=COMPAT)
    pictured = made.article(
        "01JZ8Q5T000000000000000099",
        990,
        at=datetime(2026, 5, 19, 9, 0, 1, tzinfo=UTC),
        owners=("asha",),
        url="https://dev.asha.example/99",
        title="Pictures & <words>",
        summary="What <b>stands</b> & falls.",
        content_html="",
        date_precision="day",
        first_seen_at=NOW,
        announced_at=None,
        authors=(Person("Asha Rao", "https://asha.example/", "https://asha.example/me.png"),),
        image=Image("https://asha.example/99.png"),
        tags=("c++",),
        reading_time_minutes=4,
    )
    made.fill(store, [pictured], [made.copy(990, pictured.ulid, "asha/dev", at=pictured.published_at)])
    async with serving(store, COMPAT) as running:
        yield running


async def rss2json(service: Service, rss_url: str, more: str = "") -> Reply:
    return await service.get(f"/compat/rss2json?rss_url={quote(rss_url, safe='')}{more}")


def titles(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.body
    found = reply.json()
    return [one["title"] for one in (found if isinstance(found, list) else found["items"])]


def named(*numbers: int) -> list[str]:
    return [WORKS[number].title if number != 99 else "Pictures & <words>" for number in numbers]


# ── shapes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_shape_of_rss2json(service: Service) -> None:
    reply = await rss2json(service, "https://medium.com/feed/@asharao")
    assert reply.headers["Content-Type"] == "application/json"
    found = reply.json()
    assert found.keys() == RSS2JSON
    assert found["status"] == "ok"
    assert found["feed"].keys() == RSS2JSON_FEED
    assert found["feed"]["url"] == f"{BASE}/asha/source/site/rss.xml"
    assert found["feed"]["author"] == "Asha Rao"
    assert all(item.keys() == RSS2JSON_ITEM for item in found["items"])
    first = next(item for item in found["items"] if item["title"] == WORKS[1].title)
    assert first["pubDate"] == "2026-05-10 08:00:00"
    assert first["link"] == first["guid"] == WORKS[1].url
    assert first["content"] == first["description"]
    assert "<p>All of 1.</p>" in first["content"]
    assert (first["thumbnail"], first["enclosure"], first["categories"]) == ("", {}, ["kafka", "sql"])


async def test_the_shape_of_dev(service: Service) -> None:
    reply = await service.get("/compat/devto/articles?username=asha")
    assert reply.headers["Content-Type"] == "application/json"
    found = reply.json()
    assert all(item.keys() == DEVTO and item["user"].keys() == DEVTO_USER for item in found)
    pictured = found[0]
    assert len({item["id"] for item in found}) == len(found)
    assert 0 < pictured.pop("id") < 2**53
    assert pictured == {
        "title": "Pictures & <words>",
        "description": "What <b>stands</b> & falls.",
        "cover_image": "https://asha.example/99.png",
        "social_image": "https://asha.example/99.png",
        "published_at": "2026-05-19T09:00:01Z",
        "readable_publish_date": "May 19 '26",
        "tag_list": ["c++"],
        "url": "https://dev.asha.example/99",
        "canonical_url": "https://dev.asha.example/99",
        "reading_time_minutes": 4,
        "public_reactions_count": 0,
        "comments_count": 0,
        "user": {
            "name": "Asha Rao",
            "username": "asha",
            "twitter_username": None,
            "github_username": None,
            "website_url": "https://site.example/asha",
            "profile_image": "https://asha.example/me.png",
            "profile_image_90": "https://asha.example/me.png",
        },
    }
    assert next(item for item in found if item["title"] == WORKS[12].title)["readable_publish_date"] == ""


async def test_a_summary_becomes_markup_only_where_there_is_markup(service: Service) -> None:
    item = next(i for i in (await rss2json(service, f"{BASE}/asha/index.json")).json()["items"] if "Pict" in i["title"])
    assert item["content"] == "<p>What &lt;b&gt;stands&lt;/b&gt; &amp; falls.</p>"
    assert item["enclosure"] == {"link": item["thumbnail"]} == {"link": "https://asha.example/99.png"}


# ── templates ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_gitprofile_draws_from_both(service: Service) -> None:
    medium = templates.gitprofile_medium((await rss2json(service, "https://medium.com/feed/@asharao")).json())
    assert [card.title for card in medium] == named(12, 1, 2, 4)
    assert medium[1].link == WORKS[1].url
    assert medium[1].text.startswith("All of 1.")
    assert medium[1].text.endswith("...")
    assert medium[1].tags == ("#kafka", "#sql")
    dev = templates.gitprofile_dev((await service.get("/compat/devto/articles?per_page=10&username=asharao")).json())
    assert [card.title for card in dev] == named(99, 1, 10, 3)
    assert dev[0].image == "https://asha.example/99.png"
    assert dev[1].at == WORKS[1].at
    assert dev[1].text == "What number 1 is about."


async def test_developerfolio_draws_from_rss2json(service: Service) -> None:
    cards = templates.developerfolio((await rss2json(service, "https://medium.com/feed/@asharao")).json())
    assert [card.title for card in cards] == named(12, 1, 2, 4)
    assert cards[1].link == WORKS[1].url
    assert "All of 1." in cards[1].text
    assert "<" not in cards[1].text


async def test_said7388_draws_from_dev(service: Service) -> None:
    (card,) = templates.said7388((await service.get("/compat/devto/articles?username=asha")).json())
    assert card == templates.Card(
        title="Pictures & <words>",
        link="https://dev.asha.example/99",
        text="What <b>stands</b> & falls.",
        image="https://asha.example/99.png",
        at=datetime(2026, 5, 19, 9, 0, 1, tzinfo=UTC),
        minutes=4,
    )


# ── what can be asked for ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rss_url", "numbers"),
    [
        (f"{BASE}/asha/rss.xml", [12, 1, 2, 10, 3, 4, 11]),  # as announced: 99 was only back-filled
        (f"{BASE}/asha/rss.xml?sort=published", [99, 12, 1, 2, 10, 3, 4, 11]),
        (f"{BASE}/asha/index.json", [99, 12, 1, 2, 10, 3, 4, 11]),
        (f"{BASE}/asha/", [99, 12, 1, 2, 10, 3, 4, 11]),
        (f"{BASE}/asha", [99, 12, 1, 2, 10, 3, 4, 11]),
        ("HTTP://Feeds.Example:80/asha/tag/kafka/atom.xml?year=2026&limit=1", [1, 2, 10]),
        (f"{BASE}/kind/talk/feed.json", [6]),
        ("https://medium.com/feed/@asharao", [12, 1, 2, 4]),
        ("https://www.medium.com/@asharao/", [12, 1, 2, 4]),
        ("http://medium.com/@asharao", [12, 1, 2, 4]),
        ("https://dev.to/feed/asharao", [99, 1, 10, 3]),
        ("https://dev.to/asharao", [99, 1, 10, 3]),
        ("https://blog.example/bo.xml", [8, 10]),
        ("http://www.site.example/asha/", [99, 12, 1, 2, 10, 3, 4, 11]),  # her own site, which is no source
    ],
)
async def test_our_documents_and_the_sources_of_the_config(service: Service, rss_url: str, numbers: list[int]) -> None:
    assert titles(await rss2json(service, rss_url)) == named(*numbers)


@pytest.mark.parametrize(
    "rss_url",
    [
        "https://elsewhere.example/feed.xml",
        "https://medium.com/feed/@somebody",
        f"{BASE}/nobody/rss.xml",
        f"{BASE}/asha/feeds.opml",
        f"{BASE}/api/sources",
        f"{BASE}.evil.example/asha/rss.xml",
        "https://evil.example/?https://feeds.example/asha/rss.xml",
        "http://127.0.0.1:8000/rss.xml",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "no address",
        f"{BASE}/rss.xml?tga=x",
        f"{BASE}/%ff/rss.xml",
        "https://feeds.example/" + "a" * 1500,
        "\x00",
    ],
)
async def test_everything_else_is_an_error_that_templates_and_clients_read(service: Service, rss_url: str) -> None:
    reply = await rss2json(service, rss_url)
    assert reply.status == 404
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    found = reply.json()
    assert found["status"] == "error"
    assert found["message"] == found["detail"] != ""
    assert found["type"].endswith("/feed")


async def test_without_an_address_it_says_what_rss2json_says(service: Service) -> None:
    for path in ("/compat/rss2json", "/compat/rss2json?rss_url="):
        reply = await service.get(path)
        assert reply.status == 422
        assert reply.json()["status"] == "error"
        assert reply.json()["message"] == "`rss_url` parameter is required."


async def test_there_may_be_more_than_ten(service: Service) -> None:
    address = f"{BASE}/kind/all/index.json"
    assert len(titles(await rss2json(service, address))) == 12
    assert len(titles(await rss2json(service, address, "&count=2"))) == 2
    assert len(titles(await rss2json(service, address, "&count=9999&api_key=abc&_=1"))) == 12
    for count in ("0", "-1", "many"):
        assert (await rss2json(service, address, f"&count={count}")).status == 400


@pytest.mark.parametrize(
    ("username", "numbers"),
    [
        ("asha", [99, 12, 1, 2, 10, 3, 4, 11]),
        ("ASHA", [99, 12, 1, 2, 10, 3, 4, 11]),
        ("asharao", [99, 1, 10, 3]),
        ("@AshaRao", [99, 1, 10, 3]),
        ("bo", [8, 9, 10]),
        ("cleo", []),
        ("", [99, 12, 1, 2, 8, 9, 10, 3, 4, 11]),
    ],
)
async def test_an_owner_or_an_account_on_dev(service: Service, username: str, numbers: list[int]) -> None:
    assert titles(await service.get(f"/compat/devto/articles?username={quote(username)}")) == named(*numbers)


async def test_nobody_is_a_problem(service: Service) -> None:
    for username in ("nobody", "site", "feed", "%2e%2e", "a/b", "%00"):
        reply = await service.get(f"/compat/devto/articles?username={username}")
        assert reply.status == 404
        assert "username" in reply.problem or "called" in reply.problem


async def test_pages_of_dev(service: Service) -> None:
    whole = titles(await service.get("/compat/devto/articles?username=asha"))
    for per_page in (1, 3, 5, 8):
        found: list[str] = []
        for page in range(1, 10):
            found += titles(await service.get(f"/compat/devto/articles?username=asha&per_page={per_page}&page={page}"))
        assert found == whole
    assert titles(await service.get("/compat/devto/articles?username=asha&per_page=1000&page=2")) == []
    assert titles(await service.get("/compat/devto/articles?username=asha&per_page=1000&page=9999")) == []
    for query in ("page=0", "page=x", "per_page=0", "page=10001"):
        assert (await service.get(f"/compat/devto/articles?{query}")).status == 400


# ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_they_are_answered_like_documents(service: Service) -> None:
    for path in ("/compat/devto/articles?username=asha", f"/compat/rss2json?rss_url={quote(BASE)}/asha/rss.xml"):
        reply = await service.get(path, Accept_Encoding="br")
        assert reply.status == 200
        assert reply.headers["Content-Encoding"] == "br"
        assert reply.headers.getall("Access-Control-Allow-Origin") == ["*"]
        assert "max-age=" in reply.headers["Cache-Control"]
        assert "Link" not in reply.headers, "no address of its own among the documents"
        again = await service.get(path, Accept_Encoding="br", If_None_Match=reply.headers["ETag"])
        assert (again.status, again.body) == (304, b"")
        head = await service.head(path, Accept_Encoding="br")
        assert (head.status, head.body, head.headers["ETag"]) == (200, b"", reply.headers["ETag"])
        assert (await service.ask("POST", path)).status == 405


async def test_what_was_made_once_is_not_made_again(service: Service) -> None:
    path = "/compat/devto/articles?username=asha&per_page=3&page=2"
    first = await service.get(path)
    made_so_far = service.publisher.rendered
    assert (await service.get(path)).body == first.body
    assert service.publisher.rendered == made_so_far


async def test_they_are_described(service: Service) -> None:
    described = json.loads((await service.get("/openapi.json")).body)["paths"]
    assert {"/compat/rss2json", "/compat/devto/articles"} <= described.keys()
    assert "/compat/rss2json" in (await service.get("/docs")).body.decode()


async def test_they_are_no_documents_of_a_scope(service: Service) -> None:
    for path in ("/asha/compat%2Frss2json", "/asha/compat/rss2json", "/asha/compat%2Fdevto%2Farticles"):
        assert (await service.get(path)).status == 404
