"""Feeds in the wild, last third: what servers answer in place of a feed, and what they say about it."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from aggregator.model import Validators
from tests.loopback import Answer, Web
from tests.loopback.web import Seen
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.stage import Clock, configured, living
from tests.shell.traps.conftest import KEY, PATH, TAG, Life, posts


@pytest.mark.parametrize("given", ["both", "date", "tag"])
async def test_row_15_not_modified_for_ever(life: Life, given: str) -> None:
    """Row 15: both validators are sent; after a silence beyond what the source is known for one; after a year none."""
    said = {"ETag": TAG, "Last-Modified": "Wed, 18 Nov 2026 09:00:00 GMT"}
    said = {name: value for name, value in said.items() if given == "both" or (name == "ETag") == (given == "tag")}
    items = list(posts())

    def server(seen: Seen) -> Answer:
        held = "If-Modified-Since" in seen.headers or (given == "tag" and "If-None-Match" in seen.headers)
        body = rss("Asha", "https://asha.example/", items).encode()
        return Answer(status=304, content_type=None, headers=said) if held else Answer(body, headers=said)

    life.web.play(PATH, server)
    await life.poll()
    soon = life.clock.at + timedelta(hours=2)
    items.insert(0, Item("Told late", "https://asha.example/late", prose("late"), published=soon))
    pause = timedelta(days=9)  # between two posts of this blog
    for _ in range(8):
        await life.poll(days=3)
        assert life.sent()[-1] == (said.get("ETag"), said.get("Last-Modified"))
    assert "Told late" not in await life.ids()
    asked = len(life.sent())
    if given == "both":  # what the date hides, the tag alone brings
        for _ in range(2):
            await life.poll(days=(3 * pause.days + 1 - 24) / 2)
        await life.poll(days=1)
    else:  # nothing else could tell; a document that is older than its newest entry would have
        await life.poll(days=366 - 24)
    assert ((None, None) in life.sent()[asked:]) == (given != "both")
    assert "Told late" in await life.ids()
    (health,) = [one for one in (await life.home.service.get("/api/sources")).json() if one["key"] == KEY]
    assert health["lying"]
    await life.poll(days=6)
    assert life.sent()[-1] == (said.get("ETag"), None if given == "both" else said.get("Last-Modified"))
    await life.poll(days=1.1)
    # A server that looks at the date only tells the truth without it; the others are asked in full once a week.
    assert ((None, None) in life.sent()[-2:]) == (given != "both")


@pytest.mark.parametrize("date", ["Tue, 05 Mar 2041 08:00:00 GMT", "Tue, 01 Jan 1980 00:00:00 GMT"])
async def test_row_15_a_date_that_cannot_be(life: Life, date: str) -> None:
    """Row 15: a Last-Modified of the future, or before the newest entry's date, is found out at first sight."""
    life.feed(posts(), last_modified=date)
    await life.poll()
    assert life.state().lying
    await life.poll(days=8)
    assert life.sent()[-1] == (None, None)


async def test_row_16_an_etag_changes_with_every_answer(life: Life) -> None:
    """Row 16: the same bytes under another tag are not read again, and nothing is written but the poll."""
    life.feed(posts(), etag='"0"')
    await life.poll()
    revision = life.home.rooms.store.revision()
    for number in range(1, 4):
        life.feed(posts(), etag=f'"{number}"')
        result = await life.poll()
        assert (result.what, result.entries) == ("unchanged", 0)
        assert life.state().validators.etag == f'"{number}"'
    assert life.home.rooms.store.revision() == revision


async def test_row_17_the_same_body_with_status_200(life: Life) -> None:
    """Row 17: the validators of every 200 are kept, also of one that brought nothing."""
    life.feed(posts())
    await life.poll()
    assert life.state().validators == Validators()
    life.feed(posts(), etag=TAG, last_modified="Wed, 18 Nov 2026 09:00:00 GMT")
    await life.poll()
    await life.poll()
    assert life.sent()[-1] == (TAG, "Wed, 18 Nov 2026 09:00:00 GMT")


@pytest.mark.parametrize("status", [301, 308, 302, 307])
async def test_row_18_a_redirect_is_believed_after_three_sightings(life: Life, status: int) -> None:
    """Row 18: permanent ones are adopted, the old address stays as the way back; temporary ones are only followed."""
    await life.poll()
    before = await life.ids()
    life.feed(posts(), path="/new.xml")
    life.web.redirect(PATH, "/new.xml", status)
    for _ in range(3):
        assert life.state().feed_url is None
        await life.poll()
    permanent = status in (301, 308)
    assert life.state().feed_url == (life.web.url("/new.xml") if permanent else None)
    asked = len(life.web.asked(PATH))
    await life.poll()
    assert len(life.web.asked(PATH)) == asked + (not permanent)
    assert await life.ids() == before
    if permanent:  # the new address is taken down: the owner's is asked again
        life.web.page("/new.xml", "", status=404)
        life.feed(posts("anchor", "bottle", "compass", "desert"))
        await life.poll()
        assert (await life.poll()).new == 1


async def test_row_18_a_domain_that_somebody_else_took_over_is_not_adopted(life: Life) -> None:
    """Row 18: a permanent redirect to a feed that shares nothing with what was known is followed, not believed."""
    await life.poll()
    life.web.redirect(PATH, "/parked.xml", 301)
    for number in range(5):
        life.feed(posts(f"buy now {number}", host="https://parked.example"), path="/parked.xml")
        await life.poll()
    assert life.state().feed_url is None


@pytest.mark.parametrize("between", ["a temporary step", "a page", "another target"])
async def test_row_18_what_is_no_consistent_move_is_not_adopted(life: Life, between: str) -> None:
    """Row 18: every step of the chain must be permanent, the same feed must be there, three times in a row."""
    await life.poll()
    life.web.redirect(PATH, "/new.xml", 301)
    for sighting in range(6):
        if between == "a temporary step":
            life.web.redirect("/new.xml", "/here.xml", 302)
            life.feed(posts(), path="/here.xml")
        elif between == "a page":
            life.web.page("/new.xml", "<!doctype html><title>We have moved</title>", content_type="text/html")
        else:
            target = f"/new-{sighting // 2}.xml"  # each of them twice
            life.web.redirect(PATH, target, 301)
            life.feed(posts(), path=target)
        await life.poll()
        assert life.state().feed_url is None
    assert len(await life.ids()) == 3


@pytest.mark.parametrize("loop", ["redirect_loop", "redirect_private", "redirect_file"])
async def test_row_18_redirects_that_lead_nowhere(life: Life, loop: str) -> None:
    """Row 18: loops end, and every hop is guarded."""
    await life.poll()
    life.web.hostile(loop, PATH)
    assert (await life.poll()).what == "failed"
    assert len(await life.ids()) == 3


async def test_row_19_gone_is_believed_late_and_then_for_good(life: Life) -> None:
    """Row 19: three 410s over 48 hours, then nobody asks any more, the articles stay and the owner is asked."""
    await life.poll()
    life.web.hostile("gone", PATH)
    for days in (0.1, 1, 0.5):
        assert (await life.poll(days=days)).what == "failed"
    result = await life.poll(days=0.6)
    assert (result.what, result.next_poll_at) == ("gone", None)
    assert "write its new address into the config" in (result.message or "")
    asked = len(life.web.asked(PATH))
    life.clock.forward(days=400)
    await life.home.poll(force=False)
    assert len(life.web.asked(PATH)) == asked
    assert len(await life.ids()) == 3
    life.feed(posts())
    assert (await life.poll()).what == "unchanged"  # the owner has asked once more
    assert life.state().state == "ok"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_row_20_retry_after(life: Life, status: int, form: str) -> None:
    """Row 20: seconds and dates, of 429 and of 503, a week at most; the date counts from the server's own clock."""
    await life.poll()
    now = life.clock.at.replace(year=2031)  # the server's clock is years ahead
    for hours, kept in ((5, 5), (24 * 30, 24 * 7)):
        after = str(hours * 3600) if form == "seconds" else format_datetime(now + timedelta(hours=hours), usegmt=True)
        said = {"Retry-After": after, "Date": format_datetime(now, usegmt=True)}
        life.web.page(PATH, "", status=status, headers=said)
        assert (await life.poll(days=9)).what == "blocked"
        assert timedelta(hours=kept) <= life.waits() < timedelta(hours=kept + 12)


@pytest.mark.parametrize("status", [429, 503])
async def test_row_20_a_whole_host_is_left_alone(web: Web, database_url: str, tmp_path: Path, status: int) -> None:
    """Row 20: what one address of a host asks for holds for all of that host, and for no other; a restart included."""
    hosts = (web.url("/one.xml"), web.url("/two.xml"), web.url("/three.xml").replace("127.0.0.1", "127.0.0.2"))
    sources = "".join(f"      - {{feed: '{url}', id: s{number}}}\n" for number, url in enumerate(hosts))
    owners = f"  - id: asha\n    name: Asha Rao\n    sources:\n{sources}"
    fetch = "fetch: {allow_private: [127.0.0.0/8], per_host: {interval: 0.01s}}\n"
    clock, config = Clock(), configured(tmp_path, database_url, owners, fetch)
    for path in ("/one.xml", "/two.xml", "/three.xml"):
        web.page(path, rss("Asha", "https://asha.example/", posts()))
    web.page("/one.xml", "", status=status, headers={"Retry-After": str(36 * 3600)})
    async with living(config, clock) as home:
        await home.poll("asha/s0")
    clock.forward(hours=35)
    async with living(config, clock) as home:
        await home.poll(force=False)
        assert not web.asked("/two.xml")
        clock.forward(hours=1, minutes=1)
        await home.poll(force=False)
    assert len(web.asked("/two.xml")) == 1


@pytest.mark.parametrize(("name", "value"), [("Cache-Control", "public, max-age=31536000"), ("Expires", None)])
async def test_row_21_fresh_for_a_year(life: Life, name: str, value: str | None) -> None:
    """Row 21: what an answer may be kept for counts, a day at most."""
    for hours, kept in ((5, 5), (24 * 365, 24)):
        said = value.replace("31536000", str(hours * 3600)) if value else ""
        at = format_datetime(life.clock.at, usegmt=True)
        until = format_datetime(life.clock.at + timedelta(hours=hours), usegmt=True)
        life.feed(posts(), headers={name: said or until, "Date": at})
        await life.poll(days=2)
        assert timedelta(hours=kept) <= life.waits() < timedelta(hours=kept + 3)


@pytest.mark.parametrize(("ttl_min", "least_h", "most_h"), [(0, 1, 4), (5, 1, 4), (300, 5, 5.1), (6000, 6, 6.1)])
async def test_row_21_a_feed_says_how_long_it_stays_as_it_is(
    life: Life, ttl_min: int, least_h: float, most_h: float
) -> None:
    """Row 21: an hour at least, whatever is said; ttl as it is said, six hours at most."""
    head = f"<ttl>{ttl_min}</ttl>"
    life.web.page(
        PATH, rss("Asha", "https://asha.example/", posts(), head=head), headers={"Cache-Control": "max-age=0"}
    )
    await life.poll()
    assert timedelta(hours=least_h) <= life.waits() < timedelta(hours=most_h)


async def test_row_21_a_feed_says_when_not_to_come(life: Life) -> None:
    """Row 21: skipHours and skipDays as they are."""
    hours = "".join(f"<hour>{hour}</hour>" for hour in range(10, 24))
    head = f"<ttl>120</ttl><skipHours>{hours}</skipHours><skipDays><day>Saturday</day></skipDays>"
    life.web.page(PATH, rss("Asha", "https://asha.example/", posts(), head=head))
    await life.poll()  # at ten on a Friday
    due = life.state().next_poll_at
    assert (due.weekday(), due.hour) == (6, 0)


async def test_row_22_the_servers_clock_is_wrong(life: Life) -> None:
    """Row 22: what is said as a moment is taken relative to the moment at which the server says it."""
    wrong = life.clock.at.replace(year=1999)
    said = {"Date": format_datetime(wrong, usegmt=True)}
    said["Expires"] = format_datetime(wrong + timedelta(hours=7), usegmt=True)
    life.feed(posts(), headers=said)
    await life.poll()
    assert timedelta(hours=7) <= life.waits() < timedelta(hours=8)
