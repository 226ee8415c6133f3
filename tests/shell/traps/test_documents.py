"""Feeds in the wild, second third: what comes and goes between two polls, dates, and bytes that are hardly a feed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from unicodedata import normalize

import pytest

from aggregator.render.wire import rfc3339
from tests.shell.acceptance.feeds import Item, forem, prose, rss
from tests.shell.traps.conftest import KEY, NEWEST, PATH, STEMS, TAG, Life, posts


async def _copies(life: Life, item: dict[str, Any]) -> list[dict[str, Any]]:
    """What is known of the copies of an article."""
    ulid = item["id"].rpartition("/")[2]
    copies = (await life.home.service.get(f"/api/articles/{ulid}")).json()["copies"]
    assert isinstance(copies, list)
    return copies


HTML = "<!doctype html><title>Just a moment...</title><p>Checking your browser"
XML = rss("Asha", "https://asha.example/", posts())


async def test_row_07_medium_shows_ten_items_a_stub_and_then_a_wall(life: Life) -> None:
    """Row 7: what left the window stays, a whole text never shrinks, replies are none, 403 and 429 take nothing."""
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
    reply = Item("Thank you, and I agree.", url.format("thanks", 9), "<p>Thank you, and I agree.</p>")
    life.web.page("/feed/@asha", rss("Asha", "https://medium.com/@asha", [reply, *whole]))
    result = await life.poll("asha/medium", days=1)
    assert (result.new, result.skipped) == (0, 1)
    life.web.hostile("challenge", "/feed/@asha")
    assert (await life.poll("asha/medium", days=1)).what == "blocked"
    life.web.page("/feed/@asha", "", status=429, headers={"Retry-After": "432000"})
    assert (await life.poll("asha/medium", days=1)).what == "blocked"
    assert life.waits("asha/medium") >= timedelta(days=5)
    (health,) = [one for one in (await life.home.service.get("/api/sources")).json() if one["key"] == "asha/medium"]
    assert (health["state"], health["failures"]) == ("blocked", 2)
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


async def test_row_09_posts_of_one_moment_keep_their_order(life: Life) -> None:
    """Row 9: where dates are equal, the order of the first sight stands, however the feed is shuffled."""
    same = [replace(one, published=NEWEST) for one in posts(*STEMS)]
    life.feed(same)
    await life.poll()
    before = list(await life.ids())
    for turn in (1, 2, 3):
        life.feed([*same[turn:], *same[:turn]])
        await life.poll(days=1)
        assert list(await life.ids()) == before


async def test_row_09_the_earliest_date_of_all_copies_counts(life: Life) -> None:
    """Row 9: an older copy moves the date back; nothing moves it forward, not even the older copy's new date."""
    (original,) = posts("anchor")
    life.feed([original])
    await life.poll()
    earlier = NEWEST - timedelta(days=40)
    for published in (earlier, NEWEST + timedelta(days=1)):
        copy = replace(original, url="https://dev.to/asha/what-the-anchor-taught-me-2f1", canonical=original.url)
        life.web.page("/feed/asha", forem("DEV", "https://dev.to/asha", [replace(copy, published=published)]))
        await life.poll("asha/dev", days=3)
        (item,) = await life.items()
        assert datetime.fromisoformat(item["date_published"]) == earlier


@pytest.mark.parametrize(("hours", "believed"), [(23, True), (25, False)])
async def test_row_10_a_day_ahead_is_the_most_that_is_believed(life: Life, hours: int, believed: bool) -> None:
    """Row 10: clocks and zones go wrong by hours, not by more than a day."""
    at = life.clock.at + timedelta(hours=hours)
    life.feed([replace(posts("granite")[0], published=at)])
    await life.poll(days=0)
    (copy,) = await _copies(life, (await life.items())[0])
    assert copy["date_published"] == (rfc3339(at) if believed else None)
    assert copy["date_said"] == (None if believed else format_datetime(at))


@pytest.mark.parametrize("said", [None, "soon", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"])
async def test_row_10_a_date_is_missing_or_cannot_be(life: Life, said: str | None) -> None:
    """Row 10: no date, no readable one, the year 9999, the epoch: the first sight counts; what was said is kept."""
    odd = replace(posts("granite")[0], published=said)
    life.feed([odd, *posts()])
    await life.poll()
    seen_at = life.clock.at
    first = await life.items()
    (item,) = [one for one in first if "granite" in one["title"]]
    assert datetime.fromisoformat(item["date_published"]).astimezone(UTC) == seen_at
    assert item["_aggregator"]["date_precision"] == "unknown"
    (copy,) = await _copies(life, item)
    assert (copy["date_published"], copy["date_said"]) == (None, said)
    life.feed([replace(odd, published=None if said else "Fri, 31 Dec 9999 23:59:59 GMT"), *posts("bottle")])
    await life.poll(days=30)
    assert await life.items() == first
    assert await _copies(life, item) == [copy]


@pytest.mark.parametrize(
    "instead", [HTML, "", '{"error": "maintenance"}'], ids=["a page", "nothing", "an error as JSON"]
)
async def test_row_11_something_else_with_status_200(life: Life, instead: str) -> None:
    """Row 11: what is no feed is told as that; the last good state and its validators stay, and it backs off."""
    life.feed(posts(), etag=TAG)
    await life.poll()
    before = await life.items()
    life.web.page(PATH, instead, etag='"of the page"', content_type="text/html")
    assert (await life.poll()).what == "failed"
    assert life.state().error_code == "NotAFeed"
    assert life.state().validators.etag == TAG
    assert await life.items() == before
    first = life.waits()
    for _ in range(5):
        await life.poll()
    assert life.waits() > 2 * first


async def test_row_12_a_feed_without_items(life: Life) -> None:
    """Row 12: no items is legal and removes nothing; at the third answer in a row the owner is told."""
    await life.poll()
    before = await life.items()
    life.feed([])
    told = []
    for _ in range(4):
        result = await life.poll(days=2)
        assert (result.what, result.message) == ("unchanged", None)
        (health,) = [one for one in (await life.home.service.get("/api/sources")).json() if one["key"] == KEY]
        told.append(health["empty"])
    assert told == [False, False, True, True]
    assert await life.items() == before
    assert not life.state().gap
    life.web.hostile("error_500", PATH)
    await life.poll()
    assert life.state().empty >= 4  # a failure says nothing of it
    life.feed(posts())
    await life.poll()
    assert life.state().empty == 0


async def test_row_12_a_feed_that_never_had_items(life: Life) -> None:
    """Row 12: somebody who has not begun to write is no trouble."""
    life.feed([])
    for _ in range(4):
        await life.poll(days=2)
    assert life.state().empty == 0


@pytest.mark.parametrize("how", ["cut", "reset", "length"])
async def test_row_13_a_document_is_cut_off(life: Life, how: str) -> None:
    """Row 13: whole items are taken, nothing is overwritten by a piece, no validator of a piece is kept."""
    life.feed(posts("bottle", "compass"), etag=TAG)
    await life.poll()
    before = {item["title"]: item for item in (await life.home.service.get("/feed.json")).json()["items"]}
    body = rss("Asha", "https://asha.example/", posts("anchor", "bottle", "compass")).encode()
    cut = body[: body.index(b"bottle taught") + 400]  # in the middle of the second item
    if how == "cut":
        life.web.page(PATH, cut, etag='"of a piece"')
    elif how == "reset":
        life.web.hostile("reset_in_body", PATH)
    else:
        life.web.hostile("cut_off", PATH)
    result = await life.poll()
    assert result.what == ("changed" if how == "cut" else "failed")
    assert result.new == (1 if how == "cut" else 0)
    assert life.state().validators.etag == TAG
    assert life.state().error
    after = {item["title"]: item for item in (await life.home.service.get("/feed.json")).json()["items"]}
    assert {title: after[title]["content_html"] for title in before} == {
        title: item["content_html"] for title, item in before.items()
    }


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("charset", XML.replace("UTF-8", "iso-8859-1").replace("anchor taught", "anchor été taught").encode("latin-1")),
        ("bom", b"\xef\xbb\xbf" + XML.encode()),
        ("blanks", b"\n\n   " + XML.encode()),
        ("warning", b"<br />\n<b>Warning</b>: Cannot modify header in <b>/x.php</b><br />\n" + XML.encode()),
        ("control", XML.replace("bottle taught", "bottle\x0b taught").encode()),
        ("twice", XML.encode() + XML.encode()),
    ],
)
async def test_row_14_bytes_that_a_strict_reader_refuses(life: Life, name: str, body: bytes) -> None:
    """Row 14: charsets, marks, blanks, warnings, control characters, the whole document twice over."""
    life.web.page(PATH, body, content_type="application/xml")
    assert (await life.poll()).new == 3
    titles = list(await life.ids())
    assert titles[0] == ("What the anchor été taught me" if name == "charset" else "What the anchor taught me")
    assert titles[1] == "What the bottle taught me"
    for document in ("/rss.xml", "/atom.xml"):
        assert b"\x0b" not in (await life.home.service.get(document)).body


async def test_row_14_one_letter_spelled_in_two_ways(life: Life) -> None:
    """Row 14: what looks the same is the same: one letter with its accent, or a letter and an accent behind it."""
    (plain,) = posts("anchor")
    composed = replace(plain, title="Un été à la crèche", text=f"<p>Été, crèche.</p>{plain.text}")
    apart = replace(composed, title=normalize("NFD", composed.title), text=normalize("NFD", composed.text))
    life.feed([apart])
    await life.poll()
    assert list(await life.ids()) == [composed.title]
    revision = life.home.rooms.store.revision()
    life.feed([composed])
    result = await life.poll()
    assert (result.new, result.updated) == (0, 0)
    assert life.home.rooms.store.revision() == revision
