"""Following `next` from the first page to the last shows every article once, whatever arrives meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.render import formats
from aggregator.store import Store
from tests.shell.api.library import CONFIG, NOW, Work, put, stock
from tests.shell.api.running import Service, serving

MANY = [
    # several of one second, and some of one day without a time
    Work(
        100 + number,
        f"Part {number}",
        NOW - timedelta(seconds=number // 3),
        updated_at=NOW if number % 5 == 0 else None,
    )
    for number in range(25)
]


async def pages(service: Service, first: str, arriving: list[Work] | None = None) -> list[list[int]]:
    """The works on every page; of those that are ``arriving`` one comes in before each next page."""
    address: str | None = first
    seen: set[str] = set()
    found = []
    while address is not None:
        assert address not in seen, "next never comes back to where one was"
        seen.add(address)
        reply = await service.get(address)
        assert reply.status == 200
        found.append(reply.numbers)
        following = reply.links.get("next")
        if reply.body.startswith(b"{"):
            assert reply.json().get("next_url") == following
        assert following != reply.links["self"]
        if arriving:
            put(service.store, [arriving.pop()])
            service.publisher.noticed()
        address = following
    return found


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_every_document_is_paged(store: Store) -> None:
    stock(store, MANY)
    async with serving(store) as service:
        for document in (form.document for form in formats().values() if form.articles and not form.weekly):
            found = await pages(service, f"/asha/{document}?limit=7")
            assert [len(page) for page in found] == [7, 7, 7, 4]
            assert sorted(number for page in found for number in page) == [work.number for work in MANY]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_narrowings_feed_leads_to_no_further_page_unless_a_part_is_asked_for(store: Store) -> None:
    stock(store, [*MANY, *(replace(work, number=work.number + 100) for work in MANY)])
    async with serving(store) as service:
        for form in (form for form in formats().values() if form.articles and not form.weekly):
            whole = await service.get(f"/asha/kind/all/{form.document}")
            following = whole.links.get("next")
            assert (following is None) == form.feed, form.document
            assert b"complete" not in whole.body or not form.feed
            found = await pages(service, f"/asha/kind/all/{form.document}?limit=20")
            assert sorted(number for page in found for number in page) == sorted(
                work.number + more for work in MANY for more in (0, 100)
            )


async def test_every_article_once_in_every_order(store: Store) -> None:
    stock(store, MANY)
    async with serving(store) as service:
        for order in ("published", "updated", "announced"):
            whole = await service.numbers(f"/index.json?limit=200&sort={order}")
            assert sorted(whole) == [work.number for work in MANY]
            for limit in (2, 25):
                found = await pages(service, f"/index.json?limit={limit}&sort={order}")
                assert [number for page in found for number in page] == whole


async def test_what_arrives_meanwhile_shifts_nothing(store: Store) -> None:
    stock(store, MANY)
    newer = [Work(200 + number, "News", NOW + timedelta(minutes=number)) for number in range(9)]
    older = [Work(300 + number, "Found late", NOW - timedelta(days=number)) for number in range(1, 9)]
    async with serving(store) as service:
        for path, arriving in (("/index.json", newer), ("/rss.xml", older)):
            found = await pages(service, f"{path}?limit=4", list(arriving))
            numbers = [number for page in found for number in page]
            assert len(numbers) == len(set(numbers))
            assert {work.number for work in MANY} <= set(numbers)
            if arriving is newer:
                assert not set(numbers) & {work.number for work in newer}


async def test_the_place_stays_when_its_article_goes(store: Store) -> None:
    stock(store, MANY)
    hiding = replace(CONFIG.owners[0], hide=tuple(work.url for work in MANY[:10]))
    config = replace(CONFIG, owners=(hiding, *CONFIG.owners[1:]))
    async with serving(store) as service:
        following = (await service.get("/index.json?limit=5")).links["next"]
        expected = await service.numbers(following)
    async with serving(store, config) as service:
        whole = await service.numbers("/index.json?limit=200")
        assert len(whole) == 15
        after = await service.numbers(following)
    assert after == [number for number in whole if number in after]
    assert len(after) == len(expected) == 5
