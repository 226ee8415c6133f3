"""Feeds in the wild, first half: what feeds do to the names, addresses and dates of their items."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.shell.acceptance.feeds import Item, forem, prose, rss
from tests.shell.traps.conftest import KEY, NEWEST, Life, posts


async def told_once(life: Life, before: dict[str, str], *, days: float = 1) -> None:
    """The next poll adds, moves and announces nothing."""
    announced = await life.ids("/feed.json?limit=200")
    result = await life.poll(days=days)
    assert (result.new, result.merged, result.message) == (0, 0, None)
    assert await life.ids() == before
    assert await life.ids("/feed.json?limit=200") == announced


@pytest.mark.parametrize("guid", ["urn:build:{n}:{stem}", "https://asha.example/drafts/{n}/{stem}", "{n}-{stem}"])
async def test_row_01_guids_change_with_every_build(life: Life, guid: str) -> None:
    """Row 1: edits, rebuilds and random ids. What else names an article finds it again, and its id never changes."""
    await life.poll()
    before = await life.ids()
    for build in (1, 2):
        life.feed([replace(one, guid=guid.format(n=build, stem=one.url[-6:])) for one in posts()])
        await told_once(life, before)


@pytest.mark.parametrize("host", ["http://asha.example", "https://mail.asha.example", "https://www.asha.example"])
async def test_row_02_the_scheme_or_host_in_a_guid_changes(life: Life, host: str) -> None:
    """Row 2: http becomes https, or the host gets another name, in the guid and in the address."""
    await life.poll()
    before = await life.ids()
    life.feed(posts(host=host))
    await told_once(life, before)
    life.feed([replace(one, guid=one.url) for one in posts(host=host)])
    await told_once(life, before)


async def test_row_03_one_guid_on_many_items_and_in_many_feeds(life: Life) -> None:
    """Row 3: a guid counts within its source, and not even there where several items carry it."""
    same = [replace(one, guid="1") for one in posts("anchor", "bottle", "compass")]
    life.feed(same)
    assert (await life.poll()).new == 3
    before = await life.ids()
    life.feed([replace(posts("desert")[0], guid="1"), *same])
    assert (await life.poll()).new == 1
    other = Item("Somebody else's words", "https://dev.to/asha/somebody-else-4k1", prose("else"), guid="1")
    life.web.page("/feed/asha", forem("DEV", "https://dev.to/asha", [replace(other, published=NEWEST)]))
    assert (await life.poll("asha/dev")).new == 1
    after = await life.ids()
    assert len(after) == 5
    assert before.items() <= after.items()


async def test_row_04_a_guid_comes_in_two_styles_by_turns(life: Life) -> None:
    """Row 4: Medium writes the short form of a guid one day and the long one the next; nothing is announced again."""

    def article(guid: str) -> str:
        url = "https://medium.com/@asha/on-ledgers-1a2b3c4d5e6f"
        return rss("Asha", "https://medium.com/@asha", [Item("On ledgers", url, prose("ledger"), guid=guid)])

    styles = ("https://medium.com/p/1a2b3c4d5e6f", "https://medium.com/@asha/on-ledgers-1a2b3c4d5e6f")
    life.web.page("/feed/@asha", article(styles[0]))
    assert (await life.poll("asha/medium")).new == 1
    before = await life.ids("/feed.json")
    for turn in (1, 0, 1):
        life.web.page("/feed/@asha", article(styles[turn]))
        result = await life.poll("asha/medium", days=1)
        assert (result.new, result.merged) == (0, 0)
        assert await life.ids("/feed.json") == before


async def test_row_05_a_link_carries_tracking(life: Life) -> None:
    """Row 5: what is added to an address for counting is no part of what it names."""
    tracked = [replace(one, url=f"{one.url}?source=rss-1f2e------2&utm_medium=feed", guid=None) for one in posts()]
    await life.poll()
    before = await life.ids()
    life.feed(tracked)
    await told_once(life, before)


async def test_row_06_a_changed_dev_name_changes_every_guid(life: Life) -> None:
    """Row 6: on DEV the guid is the address with the author's name in it; the slug's last part stays."""

    def profile(name: str) -> str:
        items = [
            Item(f"On {stem}", f"https://dev.to/{name}/on-{stem}-{tail}", prose(stem), published=NEWEST)
            for stem, tail in (("queues", "3k2f"), ("leases", "1b7c"))
        ]
        return forem(f"DEV Community: {name}", f"https://dev.to/{name}", items)

    life.web.page("/feed/asha", profile("asha"))
    assert (await life.poll("asha/dev")).new == 2
    before = await life.ids()
    life.web.page("/feed/asha", profile("asha_rao"))
    result = await life.poll("asha/dev", days=1)
    assert (result.new, result.merged) == (0, 0)
    assert await life.ids() == before


async def test_row_07_medium_shows_ten_items_a_stub_and_then_a_wall(life: Life) -> None:
    """Row 7: what left the window stays, a whole text never shrinks to its beginning, 403 and 429 take nothing."""
    url = "https://medium.com/@asha/on-{}-1a2b3c4d5e6{}"
    stems = ("ledgers", "queues", "leases")
    whole = [Item(f"On {one}", url.format(one, place), prose(one)) for place, one in enumerate(stems)]
    life.web.page("/feed/@asha", rss("Asha", "https://medium.com/@asha", whole))
    assert (await life.poll("asha/medium")).new == 3
    texts = {
        item["title"]: item["content_html"] for item in (await life.home.service.get("/feed.json")).json()["items"]
    }
    stub = replace(whole[0], text="", summary="The beginning of it, and no more.")
    life.web.page("/feed/@asha", rss("Asha", "https://medium.com/@asha", [stub]))
    assert (await life.poll("asha/medium", days=1)).new == 0
    life.web.hostile("challenge", "/feed/@asha")
    assert (await life.poll("asha/medium", days=1)).what == "blocked"
    life.web.page("/feed/@asha", "", status=429, headers={"Retry-After": "432000"})
    assert (await life.poll("asha/medium", days=1)).what == "blocked"
    assert life.waits("asha/medium") >= timedelta(days=5)
    after = (await life.home.service.get("/feed.json")).json()["items"]
    assert {item["title"]: item["content_html"] for item in after} == texts


async def test_row_08_items_leave_the_window_between_two_polls(life: Life) -> None:
    """Row 8: absence removes nothing, and a feed that shares nothing with the last one tells of a possible gap."""
    life.feed(posts("compass", "desert"))
    await life.poll()
    life.feed(posts("bottle", "compass"))
    await life.poll()
    assert not life.state().gap
    life.feed(posts("anchor"))
    await life.poll()
    assert life.state().gap
    assert len(await life.ids()) == 4
    (health,) = [one for one in (await life.home.service.get("/api/sources")).json() if one["key"] == KEY]
    assert health["gap"]


async def test_row_09_a_feed_is_shuffled_and_its_archive_dated_anew(life: Life) -> None:
    """Row 9: a date is recorded once, and the order follows it."""
    await life.poll()
    before = await life.items()
    life.feed([replace(one, published=NEWEST + timedelta(days=2, minutes=at)) for at, one in enumerate(posts()[::-1])])
    await life.poll(days=3)
    assert [(one["id"], one["date_published"]) for one in await life.items()] == [
        (one["id"], one["date_published"]) for one in before
    ]


@pytest.mark.parametrize("said", [None, "soon", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"])
async def test_row_10_a_date_is_missing_or_cannot_be(life: Life, said: str | None) -> None:
    """Row 10: no date, none that can be read, the year 9999, the epoch: the first sight counts, once and for all."""
    odd = replace(posts("granite")[0], published=said)
    life.feed([odd, *posts()])
    await life.poll()
    seen_at = life.clock.at
    first = await life.items()
    (item,) = [one for one in first if "granite" in one["title"]]
    assert datetime.fromisoformat(item["date_published"]).astimezone(UTC) == seen_at
    assert item["_aggregator"]["date_precision"] == "unknown"
    life.feed([replace(odd, published=None if said else "Fri, 31 Dec 9999 23:59:59 GMT"), *posts("bottle")])
    await life.poll(days=30)
    assert await life.items() == first


async def test_row_23_one_article_in_two_places(life: Life) -> None:
    """Row 23: a cross-post with its canonical address is one article, with evidence that can be read."""
    (original,) = posts("anchor")
    life.feed([original])
    await life.poll()
    before = await life.ids()
    copy = replace(original, url="https://dev.to/asha/what-the-anchor-taught-me-2f1", canonical=original.url)
    life.web.page("/feed/asha", forem("DEV", "https://dev.to/asha", [copy]))
    result = await life.poll("asha/dev")
    assert result.merged == 1
    assert await life.ids() == before
    (item,) = await life.items()
    assert {one["source"] for one in item["_aggregator"]["copies"]} == {"blog", "dev"}
    ulid = item["id"].rpartition("/")[2]
    assert (await life.home.service.get(f"/api/articles/{ulid}")).json()["evidence"]
