"""What a fetch comes to, and what it sends: every outcome against a real server."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from aiohttp.web import BaseRequest

from aggregator.fetch import Fetcher
from aggregator.model import Failed, Fetched, Freshness, Gone, NotModified, Request, Throttled, Validators
from tests.loopback import Answer, Web
from tests.loopback.hostile import FEED
from tests.shell.fetch.conftest import OPEN

ETAG, DATE = 'W/"h-1 ü"', "Sun, 01 Mar 2026 11:00:00 GMT"


async def test_a_document_comes_home_whole(web: Web, fetcher: Fetcher) -> None:
    url = web.page(
        "/feed.xml",
        FEED,
        etag=ETAG,
        last_modified=DATE,
        headers={"Cache-Control": "max-age=900", "Link": '<https://hub.example/>; rel="hub", </feed.xml>; rel=self'},
    )
    assert await fetcher.fetch(Request(url)) == Fetched(
        url=url,
        status=200,
        body=FEED,
        content_type="application/rss+xml; charset=utf-8",
        validators=Validators(ETAG, DATE),
        freshness=Freshness(max_age_s=900),
        permanent_url=None,
        links=(("hub", "https://hub.example/"), ("self", url)),
    )


async def test_it_says_who_asks_and_nothing_more(web: Web, fetcher: Fetcher) -> None:
    web.script("/feed.xml", Answer(FEED, headers={"Set-Cookie": "id=1"}))
    for _ in range(2):
        await fetcher.fetch(Request(web.url("/feed.xml", "asha.example")))
    seen = web.asked("/feed.xml")[-1]
    assert seen.method == "GET"
    assert dict(seen.headers) == {
        "Host": f"asha.example:{web.port}",
        "User-Agent": "article-aggregator/1.2.3 (+https://feeds.example.org/about)",
        "Accept": Request("").accept,
        "Accept-Encoding": "gzip, br, zstd",
    }


async def test_without_a_contact_it_still_says_its_name(web: Web) -> None:
    web.page("/feed.xml", FEED)
    async with Fetcher(replace(OPEN, contact=None), "1.2.3") as fetcher:
        await fetcher.fetch(Request(web.url("/feed.xml")))
    assert web.log[0].headers["User-Agent"] == "article-aggregator/1.2.3"


async def test_validators_go_back_as_they_came(web: Web, fetcher: Fetcher) -> None:
    url = web.page("/feed.xml", FEED, etag=ETAG, last_modified=DATE, headers={"Cache-Control": "max-age=60"})
    first = await fetcher.fetch(Request(url))
    assert isinstance(first, Fetched)
    second = await fetcher.fetch(Request(url, first.validators))
    assert second == NotModified(Validators(ETAG, DATE), Freshness(max_age_s=60))
    assert web.log[1].headers["If-None-Match"] == ETAG
    assert web.log[1].headers["If-Modified-Since"] == DATE


async def test_a_304_may_renew_a_validator_and_need_not_repeat_them(web: Web, fetcher: Fetcher) -> None:
    url = web.script("/feed.xml", Answer(status=304, content_type=None, headers={"ETag": '"new"'}))
    outcome = await fetcher.fetch(Request(url, Validators('"old"', DATE)))
    assert outcome == NotModified(Validators('"new"', DATE), Freshness())


async def test_validators_are_sent_to_the_address_that_gave_them(web: Web, fetcher: Fetcher) -> None:
    """Behind a temporary redirect the answer has an address of its own, and so have its validators."""
    url = web.redirect("/feed", "/v2/feed.xml")
    target = web.page("/v2/feed.xml", FEED, etag=ETAG)
    first = await fetcher.fetch(Request(url))
    assert isinstance(first, Fetched)
    assert first.url == target
    assert first.validators == Validators(ETAG, None, target)
    assert await fetcher.fetch(Request(url, first.validators)) == NotModified(first.validators, Freshness())
    assert "If-None-Match" not in web.asked("/feed")[1].headers
    assert web.asked("/v2/feed.xml")[1].headers["If-None-Match"] == ETAG
    web.redirect("/feed", "/v3/feed.xml")
    web.page("/v3/feed.xml", FEED, etag=ETAG)
    assert isinstance(await fetcher.fetch(Request(url, first.validators)), Fetched)
    assert "If-None-Match" not in web.asked("/v3/feed.xml")[0].headers


async def test_validators_of_the_asked_address_do_not_travel(web: Web, fetcher: Fetcher) -> None:
    url = web.redirect("/feed", web.url("/feed.xml", "elsewhere.example"))
    web.page("/feed.xml", FEED, etag=ETAG)
    assert isinstance(await fetcher.fetch(Request(url, Validators(ETAG, DATE))), Fetched)
    assert web.asked("/feed")[0].headers["If-None-Match"] == ETAG
    assert not {"If-None-Match", "If-Modified-Since"} & set(web.asked("/feed.xml")[0].headers)


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [
        *(((301,), True), ((308,), True), ((301, 308, 301), True), ((301,) * 5, True)),
        *(((302,), False), ((303,), False), ((307,), False)),
        *(((301, 302, 301), False), ((302, 301), False), ((301, 301, 301, 301, 307), False)),
    ],
)
async def test_only_an_unbroken_chain_is_permanent(
    statuses: tuple[int, ...], permanent: bool, web: Web, fetcher: Fetcher
) -> None:
    for n, status in enumerate(statuses):
        web.redirect(f"/{n}", f"/{n + 1}#part", status)
    end = web.page(f"/{len(statuses)}", FEED)
    outcome = await fetcher.fetch(Request(web.url("/0")))
    assert isinstance(outcome, Fetched)
    assert outcome.url == end
    assert outcome.permanent_url == (end if permanent else None)


async def test_a_permanent_move_is_told_with_a_304_too(web: Web, fetcher: Fetcher) -> None:
    url = web.redirect("/old", "/new", 301)
    end = web.page("/new", FEED, etag=ETAG)
    outcome = await fetcher.fetch(Request(url, Validators(ETAG, None, end)))
    assert outcome == NotModified(Validators(ETAG, None, end), Freshness(), permanent_url=end)


async def test_six_hops_are_too_many(web: Web, fetcher: Fetcher) -> None:
    for n in range(9):
        web.redirect(f"/{n}", f"/{n + 1}")
    outcome = await fetcher.fetch(Request(web.url("/0")))
    assert isinstance(outcome, Failed)
    assert outcome.code == "BadRedirect"
    assert "more than 5 times" in outcome.message
    assert len(web.log) == 6


async def test_a_long_loop_is_noticed(web: Web, fetcher: Fetcher) -> None:
    web.redirect("/a", web.url("/b", "b.example"))
    web.redirect("/b", web.url("/a"))
    outcome = await fetcher.fetch(Request(web.url("/a")))
    assert isinstance(outcome, Failed)
    assert outcome.code == "BadRedirect"
    assert "circle" in outcome.message
    assert len(web.log) == 2


async def test_a_target_may_be_written_as_browsers_take_it(web: Web, fetcher: Fetcher) -> None:
    web.redirect("/a", "../bücher/feed über.xml?x=ü")
    web.page("/b%C3%BCcher/feed%20%C3%BCber.xml?x=%C3%BC", FEED)
    web.page("/bücher/feed über.xml", FEED)
    assert isinstance(await fetcher.fetch(Request(web.url("/a"))), Fetched)


@pytest.mark.parametrize(("status", "kind"), [(404, Gone), (410, Gone), (401, Failed), (451, Failed), (418, Failed)])
async def test_a_no_is_told_in_words(status: int, kind: type[Gone] | type[Failed], web: Web, fetcher: Fetcher) -> None:
    outcome = await fetcher.fetch(Request(web.page("/feed.xml?token=s3cret", b"", status=status)))
    assert isinstance(outcome, Gone | Failed)
    assert isinstance(outcome, kind)
    assert outcome.status == status
    assert f"/feed.xml answered {status} " in outcome.message
    assert "s3cret" not in outcome.message


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (429, {}, ("Throttled", None)),
        (429, {"Retry-After": "90"}, ("Throttled", 90)),
        (429, {"Retry-After": "junk"}, ("Throttled", None)),
        (429, {"Retry-After": "99999999"}, ("Throttled", 604_800)),
        (429, {"Date": DATE, "Retry-After": "Sun, 01 Mar 2026 11:02:00 GMT"}, ("Throttled", 120)),
        (503, {"Retry-After": "90"}, ("Throttled", 90)),
        (503, {}, ("Refused", None)),
        (503, {"Retry-After": "junk"}, ("Refused", None)),
        (500, {"Retry-After": "90"}, ("Refused", 90)),
        (403, {"Retry-After": "99999999"}, ("Refused", 604_800)),
    ],
)
async def test_come_back_later(
    status: int, headers: dict[str, str], expected: tuple[str, int | None], web: Web, fetcher: Fetcher
) -> None:
    outcome = await fetcher.fetch(Request(web.page("/feed.xml", b"", status=status, headers=headers)))
    assert isinstance(outcome, Throttled | Failed)
    name = outcome.code if isinstance(outcome, Failed) else type(outcome).__name__
    assert (name, outcome.retry_after_s) == expected
    assert outcome.status == status


async def test_a_host_that_asks_for_rest_is_not_asked_for_anything_else(web: Web) -> None:
    web.page("/a", b"", status=429, headers={"Retry-After": "90"}, host="busy.example")
    web.page("/b", FEED)
    async with Fetcher(replace(OPEN, host_interval_s=0.001), "1", lookup=web.lookup) as fetcher:
        await fetcher.fetch(Request(web.url("/a", "busy.example")))
        outcome = await fetcher.fetch(Request(web.url("/b", "busy.example")))
        other = await fetcher.fetch(Request(web.url("/b", "free.example")))
    assert isinstance(outcome, Throttled)
    assert outcome.retry_after_s in {89, 90}
    assert "was not asked" in outcome.message
    assert isinstance(other, Fetched)
    assert [seen.host for seen in web.log] == ["busy.example", "free.example"]


async def test_a_platform_is_one_lane_with_its_custom_domains(web: Web) -> None:
    web.page("/a", b"", status=429, headers={"Retry-After": "432000"}, host="asha.medium.com")
    web.page("/b", FEED)
    async with Fetcher(OPEN, "1", lookup=web.lookup) as fetcher, asyncio.timeout(5):
        await fetcher.fetch(Request(web.url("/a", "asha.medium.com")))
        sister = await fetcher.fetch(Request(web.url("/b", "medium.com")))
        domain = await fetcher.fetch(Request(web.url("/b", "detect.example"), kind="medium"))
        stranger = await fetcher.fetch(Request(web.url("/b", "detect.example")))
        stand_in = await fetcher.fetch(Request(web.url("/b"), kind="medium"))
    assert isinstance(sister, Throttled)
    assert sister.retry_after_s in {431_999, 432_000}
    assert isinstance(domain, Throttled)
    assert isinstance(stranger, Fetched)
    assert isinstance(stand_in, Fetched)
    assert [seen.host for seen in web.log] == ["asha.medium.com", "detect.example", "127.0.0.1"]


async def test_a_platform_keeps_its_own_distance_and_a_redirect_within_it_does_not_wait_again(web: Web) -> None:
    web.redirect("/a", "/b")
    web.page("/b", FEED)
    async with Fetcher(OPEN, "1", lookup=web.lookup) as fetcher:
        urls = [web.url("/a", "dev.to"), web.url("/b", "dev.to")]
        outcomes = await asyncio.gather(*(fetcher.fetch(Request(url)) for url in urls))
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)
    first, second, third = web.log
    assert second.at - first.at < 0.5
    assert third.at - second.at >= 0.99


async def test_stand_ins_of_platforms_do_not_wait_for_each_other(web: Web) -> None:
    web.page("/b", FEED)
    async with Fetcher(OPEN, "1", lookup=web.lookup) as fetcher, asyncio.timeout(5):
        for _ in range(5):
            assert isinstance(await fetcher.fetch(Request(web.url("/b"), kind="medium")), Fetched)


async def test_every_hop_keeps_the_distance_of_its_host(web: Web) -> None:
    web.redirect("/a", "/b")
    web.page("/b", FEED)
    async with Fetcher(replace(OPEN, host_interval_s=0.1), "1", lookup=web.lookup) as fetcher:
        assert isinstance(await fetcher.fetch(Request(web.url("/a"))), Fetched)
    first, second = web.log
    assert second.at - first.at >= 0.09


async def test_waiting_for_a_turn_is_not_held_against_the_server(web: Web) -> None:
    web.page("/a", FEED)
    policy = replace(OPEN, host_concurrency=1, host_interval_s=0.15, timeout_s=0.4)
    async with Fetcher(policy, "1", lookup=web.lookup) as fetcher:
        outcomes = await asyncio.gather(*(fetcher.fetch(Request(web.url("/a"))) for _ in range(5)))
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)


async def test_the_deadline_is_for_all_hops_together(web: Web) -> None:
    web.script("/a", Answer(status=302, content_type=None, headers={"Location": "/b"}, delay_s=0.25))
    web.script("/b", Answer(FEED, delay_s=0.25))
    async with Fetcher(replace(OPEN, timeout_s=0.4), "1", lookup=web.lookup) as fetcher:
        outcome = await fetcher.fetch(Request(web.url("/a")))
        alone = await fetcher.fetch(Request(web.url("/b")))
    assert isinstance(outcome, Failed)
    assert outcome.code == "TooSlow"
    assert isinstance(alone, Fetched)


async def test_the_cap_is_on_what_comes_out(web: Web) -> None:
    fits, exceeds = web.page("/fits", b"x" * 1000), web.page("/exceeds", b"x" * 1001)
    async with Fetcher(replace(OPEN, max_bytes=1000), "1") as fetcher:
        assert isinstance(await fetcher.fetch(Request(fits)), Fetched)
        outcome = await fetcher.fetch(Request(exceeds))
    assert isinstance(outcome, Failed)
    assert outcome.code == "TooLarge"
    assert "fetch.max_bytes" in outcome.message


async def test_a_body_above_a_mebibyte_arrives(web: Web, fetcher: Fetcher) -> None:
    body = bytes(range(256)) * 20_000
    url = web.page("/large", body)
    outcomes = await asyncio.gather(*(fetcher.fetch(Request(url)) for _ in range(20)))
    assert all(isinstance(outcome, Fetched) and outcome.body == body for outcome in outcomes)


async def test_only_eight_large_bodies_are_held_at_once(web: Web) -> None:
    """What bounds the memory of a round: a ninth one waits, a small one does not."""

    async def stall(request: BaseRequest, transport: asyncio.Transport) -> None:
        transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + bytes(2 * 1024**2))
        await asyncio.sleep(30)

    web.script("/stalled", Answer(wire=stall))
    small, large = web.page("/small", FEED), web.page("/large", bytes(3 * 1024**2))
    loop = asyncio.get_running_loop()
    async with Fetcher(replace(OPEN, timeout_s=1.5), "1") as fetcher:
        begun = loop.time()
        stalled = [asyncio.create_task(fetcher.fetch(Request(web.url("/stalled")))) for _ in range(8)]
        await asyncio.sleep(0.7)
        assert isinstance(await fetcher.fetch(Request(small)), Fetched)
        assert loop.time() - begun < 1.4
        assert isinstance(await fetcher.fetch(Request(large)), Fetched)
        assert loop.time() - begun >= 1.4
        assert {type(outcome) for outcome in await asyncio.gather(*stalled)} == {Failed}


async def test_a_name_without_an_address_is_told(web: Web) -> None:
    async def nowhere(name: str, port: int) -> list[str]:
        raise OSError("no such name")

    async with Fetcher(OPEN, "1", lookup=nowhere) as fetcher:
        outcome = await fetcher.fetch(Request("https://asha.example/feed.xml"))
    assert isinstance(outcome, Failed)
    assert outcome.code == "Unreachable"
    assert outcome.message.startswith("asha.example is not known to the DNS")


async def test_tls_against_a_server_without_it_is_told(web: Web, fetcher: Fetcher) -> None:
    outcome = await fetcher.fetch(Request(f"https://127.0.0.1:{web.port}/feed.xml"))
    assert isinstance(outcome, Failed)
    assert outcome.code == "Unreachable"


async def test_cancelling_leaves_nothing_behind(web: Web) -> None:
    web.script("/slow", Answer(FEED, delay_s=30))
    web.page("/quick", FEED)
    policy = replace(OPEN, concurrency=1, host_concurrency=1)
    async with Fetcher(policy, "1") as fetcher:
        slow = asyncio.create_task(fetcher.fetch(Request(web.url("/slow"))))
        await asyncio.sleep(0.05)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        assert isinstance(await fetcher.fetch(Request(web.url("/quick"))), Fetched)


async def test_hundreds_at_once(web: Web) -> None:
    web.page("/feed.xml", FEED)
    async with Fetcher(replace(OPEN, host_concurrency=1), "1", lookup=web.lookup) as fetcher:
        urls = [web.url("/feed.xml", f"{n}.example") for n in range(300)]
        outcomes = await asyncio.gather(*(fetcher.fetch(Request(url)) for url in urls))
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)
    assert len({seen.host for seen in web.log}) == 300
