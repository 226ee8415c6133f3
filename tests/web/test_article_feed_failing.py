"""``<article-feed>`` when things go wrong, and over time: no script, no service, nothing there, pages, copies kept."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from aggregator.embed.component import MOVING, current
from tests.web.portfolio import Feeds, script, serving

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LINK = '<a id="link" href="/articles">My articles</a>'


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def feeds() -> AsyncIterator[Feeds]:
    async with serving() as served:
        yield served


def items(*numbers: int, **said: Any) -> list[dict[str, Any]]:
    return [{"id": f"{n}", "url": f"https://x.example/{n}", "title": f"Title {n}", **said} for n in numbers]


def give(feeds: Feeds, path: str, *numbers: int, **said: Any) -> str:
    return feeds.give(path, {"items": items(*numbers), **said})


async def titles(page: Page) -> list[str]:
    return await page.locator("article h3").all_inner_texts()


async def test_without_javascript_what_stands_inside_is_shown(browser: Browser, feeds: Feeds) -> None:
    src = give(feeds, "/one.json", 1)
    inside = f'<article-feed src="{src}">{LINK}</article-feed>'
    async with feeds.page(browser, inside, settle=False, java_script_enabled=False) as page:
        assert await page.locator("#link").is_visible()


@pytest.mark.parametrize("wrong", ["500", "not JSON", "no feed", "no CORS", "nobody there", "too slow"])
async def test_on_every_failure_what_stands_inside_stays(browser: Browser, feeds: Feeds, wrong: str) -> None:
    match wrong:
        case "500":
            src = feeds.give("/wrong.json", "", status=500)
        case "not JSON":
            src = feeds.give("/wrong.json", b"<html>")
        case "no feed":
            src = feeds.give("/wrong.json", {"status": "ok"})
        case "no CORS":
            src = feeds.give("/wrong.json", {"items": items(1)}, closed=True)
        case "nobody there":
            src = "http://127.0.0.1:9/index.json"
        case _:
            src = feeds.give("/wrong.json", {"items": items(1)}, delay=0.6)
    inside = f'<article-feed src="{src}" timeout="300">{LINK}</article-feed>'
    async with feeds.page(browser, f'{inside}<article-feed src="{src}" timeout="300"></article-feed>') as page:
        assert await page.locator("#link").is_visible()
        assert await page.get_by_role("button", name="Try again").count() == 1, "one has nothing else to show"
        assert await page.get_by_text("The articles could not be loaded.").count() == 1
        assert await page.locator("article, [part=skeleton]").count() == 0


async def test_a_build_that_is_not_what_the_page_expects_does_not_run(browser: Browser, feeds: Feeds) -> None:
    src = give(feeds, "/one.json", 1)
    inside = f'<article-feed src="{src}">{LINK}</article-feed>'
    tag = f'<script type="module" src="{feeds.url}{current().path}" integrity="{{}}" crossorigin></script>'
    wrong = tag.format("sha384-" + "A" * 64)
    async with feeds.page(browser, inside, head=wrong, settle=False) as page:
        assert await page.locator("#link").is_visible()
        assert not await page.evaluate("!!customElements.get('article-feed')")
    async with feeds.page(browser, inside, head=tag.format(current().integrity)) as page:
        assert await titles(page) == ["Title 1"]


async def test_two_scripts_on_one_page_do_not_quarrel(browser: Browser, feeds: Feeds) -> None:
    src = give(feeds, "/one.json", 1)
    head = script(feeds.url) + script(feeds.url).replace(MOVING, current().path)
    async with feeds.page(browser, f'<article-feed src="{src}"></article-feed>', head=head) as page:
        assert await titles(page) == ["Title 1"]


async def test_trying_again_helps(browser: Browser, feeds: Feeds) -> None:
    src = feeds.give("/again.json", "", status=503)
    texts = 'data-error="Nicht da." data-retry="Noch einmal"'
    async with feeds.page(browser, f'<article-feed src="{src}" {texts}></article-feed>') as page:
        await expect(page.get_by_role("status")).to_have_text("Nicht da.")
        give(feeds, "/again.json", 1)
        await page.get_by_role("button", name="Noch einmal").click()
        await expect(page.get_by_role("article")).to_have_count(1)
        assert await page.get_by_role("status").inner_text() == ""
        assert await page.get_by_role("button").count() == 0


async def test_where_there_is_nothing_nothing_is_shown(browser: Browser, feeds: Feeds) -> None:
    src = give(feeds, "/empty.json")
    section = f'<section id="hidden"><h2>Writing</h2><article-feed src="{src}">{LINK}</article-feed></section>'
    said = f'<article-feed src="{src}" hide-empty="false" data-empty="Soon."></article-feed>'
    style = "<style>section:has(> article-feed[hidden]) { display: none }</style>"
    async with feeds.page(browser, style + section + said) as page:
        assert not await page.locator("#hidden").is_visible()
        assert not await page.locator("article-feed").first.is_visible()
        assert await page.get_by_role("status").inner_text() == "Soon."


async def test_a_kept_copy_is_shown_while_the_service_is_away(browser: Browser, feeds: Feeds) -> None:
    src = give(feeds, "/kept.json", 1, 2)
    async with feeds.page(browser, f'<article-feed src="{src}" cache></article-feed>') as page:
        assert await titles(page) == ["Title 1", "Title 2"]
        feeds.give("/kept.json", "", status=500)
        await page.reload()
        await expect(page.get_by_role("article")).to_have_count(2)
        give(feeds, "/kept.json", 3)
        await page.reload()
        await expect(page.get_by_role("article")).to_have_count(1)
        assert await titles(page) == ["Title 3"]
        await page.evaluate("for (const key in localStorage) localStorage[key] = '{broken'")
        await page.reload()
        await expect(page.get_by_role("article")).to_have_count(1)


async def test_more_follows_the_pages_and_keeps_the_place(browser: Browser, feeds: Feeds) -> None:
    give(feeds, "/p3.json", 5)
    give(feeds, "/p2.json", 3, 4, next_url="/p3.json", feed_url="/p2.json?cursor=x")
    src = give(feeds, "/p1.json", 1, 2, next_url=f"{feeds.url}/p2.json")
    async with feeds.page(browser, f'<article-feed src="{src}" limit="2" more></article-feed>') as page:
        more = page.get_by_role("button", name="More articles")
        await more.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("article")).to_have_count(4)
        focused = "document.activeElement.shadowRoot.activeElement.textContent"
        assert await page.evaluate(focused) == "Title 3"
        await more.click()
        await expect(page.get_by_role("article")).to_have_count(5)
        assert await titles(page) == [f"Title {n}" for n in range(1, 6)]
        assert not await more.is_visible()


async def test_more_survives_a_failure_and_pages_that_never_end(browser: Browser, feeds: Feeds) -> None:
    src = give(feeds, "/first.json", 1, next_url="/second.json")
    feeds.give("/second.json", "", status=500)
    give(feeds, "/round.json", 1, next_url="/about.json")
    give(feeds, "/about.json", next_url="/round.json?")
    round_and_round = f'<article-feed src="{feeds.url}/round.json" limit="1" tag="none" hide-empty="false" more>'
    async with feeds.page(browser, f'<article-feed src="{src}" more></article-feed>{round_and_round}') as page:
        first, endless = page.locator("article-feed").first, page.locator("article-feed").last
        await first.get_by_role("button").click()
        await expect(page.get_by_role("article")).to_have_count(1)
        give(feeds, "/second.json", 2)
        await first.get_by_role("button").click()
        await expect(page.get_by_role("article")).to_have_count(2)
        await endless.get_by_role("button").click()
        await page.wait_for_function(
            "document.querySelectorAll('article-feed')[1].shadowRoot.querySelector('ul').ariaBusy === 'false'"
        )
        async with asyncio.timeout(20):
            while _rounds(feeds) < 1 + 9:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        assert _rounds(feeds) == 1 + 9, "its own document, and nine further ones"


def _rounds(feeds: Feeds) -> int:
    return sum(bool(re.search("round|about", one)) for one in feeds.asked)


async def test_attributes_become_parameters_of_a_service(browser: Browser, feeds: Feeds) -> None:
    src = give(feeds, "/asked.json", 1, feed_url="/asked.json?tag=kafka")
    attributes = 'limit="5" tag="kafka, sql" source="dev" year="2026" track="k" sort="updated" featured lang="en"'
    async with feeds.page(browser, f'<article-feed src="{src}?q=x" {attributes}></article-feed>') as page:
        assert feeds.asked[-1] == (
            "/asked.json?q=x&limit=5&tag=kafka%2C+sql&source=dev&year=2026&track=k&lang=en&featured=true&sort=updated"
        )
        assert await titles(page) == ["Title 1"], "it has chosen by itself"


async def test_of_a_file_the_page_chooses(browser: Browser, feeds: Feeds) -> None:
    def made(n: int, **ours: Any) -> dict[str, Any]:
        (one,) = items(
            n, tags=["kafka" if n % 2 else "SQL"], date_published=f"202{n}-01-01T08:00:00Z", language="en-GB"
        )
        return {**one, "_aggregator": {"copies": [{"source": "dev" if n < 3 else "site"}], **ours}}

    everything = [made(1, track={"id": "k"}), made(2, featured=True), made(3), made(4)]
    everything[3]["date_modified"], everything[3]["language"] = "2020-01-01T00:00:00Z", "de"
    src = feeds.give("/file.json", {"items": everything})
    asked = {
        'tag="Kafka"': "13",
        'tag="kafka,sql"': "1234",
        'source="dev"': "12",
        'year="2023,2024"': "34",
        'track="k"': "1",
        "featured": "2",
        'lang="en"': "123",
        'sort="published"': "4321",
        'sort="updated" limit="2"': "32",
        'static tag="sql"': "24",
    }
    inside = "".join(f'<article-feed src="{src}" {said}></article-feed>' for said in asked)
    async with feeds.page(browser, inside) as page:
        shown = [
            "".join(title[-1] for title in await one.locator("h3").all_inner_texts())
            for one in await page.locator("article-feed").all()
        ]
        assert dict(zip(asked, shown, strict=True)) == asked
        assert feeds.asked[-1] == "/file.json", "static sends no parameters"


async def test_it_follows_its_attributes_and_tells_what_happened(browser: Browser, feeds: Feeds) -> None:
    give(feeds, "/a.json", 1)
    give(feeds, "/b.json", 2, 3)
    inside = f'<article-feed id="feed" src="{feeds.url}/a.json"></article-feed>'
    async with feeds.page(browser, inside) as page:
        before = len(feeds.asked)
        told = await page.evaluate(
            """(src) => new Promise((done) => {
              const told = [];
              feed.addEventListener("load", (event) => told.push(event.detail.feed.items.length));
              feed.addEventListener("error", (event) => done([...told, event.detail.error.message]));
              feed.addEventListener("load", () => feed.setAttribute("src", "/nowhere.json"), { once: true });
              feed.setAttribute("limit", "7");
              feed.setAttribute("src", src);
            })""",
            f"{feeds.url}/b.json",
        )
        assert told == [2, "404"]
        assert feeds.asked[before:] == ["/b.json?limit=7", "/nowhere.json?limit=7"], "two changes were one question"
        assert await page.get_by_role("status").inner_text() == "The articles could not be loaded."


async def test_an_answer_to_a_question_of_before_is_not_shown(browser: Browser, feeds: Feeds) -> None:
    gate = asyncio.Event()
    feeds.give("/slow.json", {"items": items(1)}, gate=gate)
    give(feeds, "/fast.json", 2)
    inside = f'<article-feed id="feed" src="{feeds.url}/slow.json"></article-feed>'
    async with feeds.page(browser, inside, settle=False) as page:
        await page.evaluate("(src) => feed.setAttribute('src', src)", f"{feeds.url}/fast.json")
        await expect(page.get_by_role("article")).to_have_count(1)
        gate.set()
        await page.evaluate("feed.remove()")
        assert await page.evaluate("document.querySelector('article-feed')") is None


async def test_far_below_it_waits_until_somebody_comes_near(browser: Browser, feeds: Feeds) -> None:
    src = give(feeds, "/lazy.json", 1)
    inside = f'<div style="height: 4000px"></div><article-feed src="{src}" loading="lazy"></article-feed>'
    async with feeds.page(browser, inside, settle=False) as page:
        assert "/lazy.json" not in feeds.asked
        await page.locator("#after").scroll_into_view_if_needed()
        await expect(page.get_by_role("article")).to_have_count(1)


async def test_a_preload_is_used(browser: Browser, feeds: Feeds) -> None:
    src = give(feeds, "/early.json", 1)
    head = f'<link rel="preload" as="fetch" crossorigin href="{src}">{script(feeds.url)}'
    async with feeds.page(browser, f'<article-feed src="{src}"></article-feed>', head=head) as page:
        assert await titles(page) == ["Title 1"]
        assert feeds.asked.count("/early.json") == 1
