"""A feed as DEV really sends it comes out whole in every document: nothing lost, bent or invented."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest

from aggregator.text.html import plain
from tests.loopback import Web
from tests.shell.acceptance.stage import Living, configured, living

SEEDS = Path(__file__).parents[3].parent / "shared" / "seeds"
PUBLISHED = "2026-05-19T09:34:58Z"


@pytest.fixture
def body() -> bytes:
    seeds = sorted(SEEDS.glob("*.txt")) if SEEDS.is_dir() else []
    if not seeds:
        pytest.skip("the stored DEV feed is not there (../shared/seeds, beside the repository)")
    return seeds[0].read_bytes()


@pytest.fixture
def item(body: bytes) -> ElementTree.Element:
    """What DEV sent, read by nothing of ours."""
    found = ElementTree.fromstring(body).find("channel/item")
    assert found is not None
    return found


@pytest.fixture
async def home(body: bytes, database_url: str, tmp_path: Path) -> AsyncIterator[Living]:
    async with Web() as web:
        web.page("/feed/swapnanilsaha", body, etag='W/"a1"', headers={"Cache-Control": "max-age=600"})
        source = f"      - dev: swapnanilsaha\n        base_url: {web.url('')}\n"
        owners = f"  - id: swap\n    name: Swap\n    sources:\n{source}"
        async with living(configured(tmp_path, database_url, owners)) as home:
            results = await home.poll()
            assert {key: (one.what, one.new, one.skipped) for key, one in results.items()} == {
                "swap/dev": ("changed", 1, 0)
            }
            yield home


def said(item: ElementTree.Element, name: str) -> str:
    text = item.findtext(name)
    assert text
    return text


def telling(text: str) -> list[str]:
    """Everything beyond ASCII, in order: dashes, quotes, emoji."""
    return [character for character in text if ord(character) > 127]


def read(data: bytes) -> Any:
    parsed = feedparser.parse(data, sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo
    (entry,) = parsed.entries
    return entry


async def test_the_json_documents_have_all_of_it(home: Living, item: ElementTree.Element) -> None:
    title = said(item, "title")
    assert "—" in title
    assert " & " in title
    for name in ("feed.json", "index.json"):
        for scope in ("", "/swap"):
            (found,) = (await home.service.get(f"{scope}/{name}")).json()["items"]
            assert found["title"] == title
            assert found["url"] == said(item, "link")
            assert found["author"] == {"name": "Swapnanil Saha"}
            assert found["authors"] == [found["author"]]
            assert found["date_published"] == PUBLISHED
            assert "date_modified" not in found
            assert found["tags"] == ["ai", "backend", "distributedsystems", "infrastructure"]
            assert found["tags"] == [category.text for category in item.findall("category")]
            assert found["language"] == "en"
            assert found["_aggregator"]["reading_time_minutes"] == 2
            assert found["_aggregator"]["date_precision"] == "second"
            assert "image" not in found
            assert "image_meta" not in found["_aggregator"]


async def test_the_xml_documents_have_all_of_it(home: Living, item: ElementTree.Element) -> None:
    for name in ("rss.xml", "atom.xml"):
        for scope in ("", "/swap"):
            data = (await home.service.get(f"{scope}/{name}")).body
            entry = read(data)
            assert entry.title == said(item, "title")
            assert entry.link == said(item, "link")
            assert [author.name for author in entry.authors] == ["Swapnanil Saha"]
            assert tuple(entry.published_parsed)[:6] == (2026, 5, 19, 9, 34, 58)
            assert [tag.term for tag in entry.tags] == ["ai", "backend", "distributedsystems", "infrastructure"]
            assert not entry.get("media_content")
            assert b"profile_image" not in data.partition(b"<item>")[2] + data.partition(b"<entry")[2]


async def test_the_text_is_the_same_word_for_word_and_emoji_for_emoji(home: Living, item: ElementTree.Element) -> None:
    sent = said(item, "description")
    feed_json = (await home.service.get("/feed.json")).json()["items"][0]["content_html"]
    shown = {"feed.json": feed_json} | {
        name: read((await home.service.get(f"/{name}")).body).content[0].value for name in ("rss.xml", "atom.xml")
    }
    assert len([one for one in telling(sent) if ord(one) > 0xFFFF]) >= 5  # there are emoji beyond the first plane
    for name, content in shown.items():
        assert plain(content).split() == plain(sent).split(), name
        assert telling(html.unescape(content)) == telling(sent), name


async def test_the_excerpt_says_more_than_the_greeting(home: Living, item: ElementTree.Element) -> None:
    first, second = (plain(part) for part in said(item, "description").split("</p>")[:2])
    assert len(first) < 30  # a greeting, and nothing else
    in_json = ("/feed.json", "/index.json")
    summaries = [(await home.service.get(path)).json()["items"][0]["summary"] for path in in_json]
    summaries.append(read((await home.service.get("/atom.xml")).body).summary)
    summaries.append(html.unescape(read((await home.service.get("/rss.xml")).body).summary))
    (summary,) = set(summaries)
    assert first.split()[0] not in summary
    assert " ".join(second.split()).startswith(summary.removesuffix("…"))
    assert 120 < len(summary) <= 220


async def test_the_page_shows_it(home: Living, item: ElementTree.Element) -> None:
    page = (await home.service.get("/")).body.decode()
    title = html.escape(said(item, "title"), quote=False)
    assert page.count(f">{title}<") == 1
    assert "2026-05-19" in page
    assert "2 min" in page
    assert "profile_image" not in page.partition("<main")[2].partition("</main>")[0]
