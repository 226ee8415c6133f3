"""Feeds in the wild, first third: what feeds do to the names and addresses of their items."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.shell.acceptance.feeds import Item, forem, prose, rss
from tests.shell.acceptance.stage import Clock, configured, living
from tests.shell.traps.conftest import NEWEST, PATH, Life, posts


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


async def test_row_01_the_path_changes_with_the_guid(life: Life) -> None:
    """Row 1: another slug or folder for everything: only the words are still the same, and they are enough."""
    await life.poll()
    before = await life.ids()
    for folder in ("blog", "2026/notes"):
        life.feed([replace(one, url=one.url.replace("example/", f"example/{folder}/")) for one in posts()])
        await told_once(life, before)


async def test_row_01_every_name_that_it_ever_had_finds_it(life: Life) -> None:
    """Row 1: a new name stays with the article, beside all before it, and each of them finds it."""
    (first,) = posts("anchor")
    life.feed([replace(first, guid="one")])
    await life.poll()
    (id_,) = (await life.ids()).values()
    text = prose("anchor, edited")
    for version in (
        replace(first, guid="two"),
        replace(first, guid="two", url="https://asha.example/weighing", text=text),
        replace(first, guid="three", url="https://asha.example/weighing", text=text, title="Anchors aweigh"),
        replace(first, guid="one", url="https://asha.example/aweigh", title="Anchors aweigh"),
    ):
        life.feed([version])
        result = await life.poll(days=1)
        assert result.new == 0
        assert await life.ids() == {version.title: id_}
        assert list((await life.ids("/feed.json")).values()) == [id_]


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
    life.feed([replace(posts("desert")[0], guid="1"), replace(same[0], title="What it really taught me"), *same[1:]])
    result = await life.poll()
    assert (result.new, result.updated) == (0, 1)
    assert (await life.ids())["What it really taught me"] == before[same[0].title]


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


async def test_row_05_what_is_clicked_is_as_the_source_wrote_it(life: Life) -> None:
    """Row 5: only what counts readers is left out; www, the slash and every other parameter stay in the address."""
    written = "https://www.asha.example/?p=2501&lang=en"
    life.feed([replace(posts("anchor")[0], url=f"{written}&utm_source=rss&fbclid=1", guid=None)])
    await life.poll()
    (item,) = await life.items()
    assert item["url"] == written
    life.feed([replace(posts("anchor")[0], url="https://www.asha.example/?p=2502&lang=en", text=prose("another"))])
    assert (await life.poll()).new == 1  # a parameter that names an article is no tracking


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


COPY_URL = "https://dev.to/asha/what-the-anchor-taught-me-2f1"
COPIES = {
    "canonical": lambda one: replace(one, url=COPY_URL, title="Lessons of an anchor", canonical=one.url),
    "link back": lambda one: replace(
        one, url=COPY_URL, text=f'{one.text}<p>Originally published at <a href="{one.url}">asha.example</a>.</p>'
    ),
    "words alone": lambda one: replace(one, url=COPY_URL),
}


@pytest.mark.parametrize("evidence", COPIES)
async def test_row_23_one_article_in_two_places(life: Life, evidence: str) -> None:
    """Row 23: by its canonical address, by a link back, by its words: one article, with evidence that can be read."""
    (original,) = posts("anchor")
    life.feed([original])
    await life.poll()
    before = await life.ids()
    copy = COPIES[evidence](original)
    life.web.page("/feed/asha", forem("DEV", "https://dev.to/asha", [copy]))
    result = await life.poll("asha/dev")
    assert result.merged == 1
    assert await life.ids() == before
    (item,) = await life.items()
    assert [one["source"] for one in item["_aggregator"]["copies"]] == ["blog", "dev"]
    ulid = item["id"].rpartition("/")[2]
    (pair,) = (await life.home.service.get(f"/api/articles/{ulid}")).json()["evidence"]
    assert pair["joined"] and pair["why"] and pair["decided_at"]


async def test_row_23_what_is_said_of_a_copy_stands_above_its_words(life: Life) -> None:
    """Row 23: a copy that names one article as its original is that one's, though it has the words of another."""
    anchor, bottle = posts("anchor", "bottle")
    life.feed([anchor, bottle])
    await life.poll()
    before = await life.ids()
    copy = replace(bottle, url=COPY_URL, canonical=anchor.url, title=anchor.title)
    life.web.page("/feed/asha", forem("DEV", "https://dev.to/asha", [copy]))
    await life.poll("asha/dev")
    assert await life.ids() == before
    where = {item["title"]: {one["source"] for one in item["_aggregator"]["copies"]} for item in await life.items()}
    assert where == {anchor.title: {"blog", "dev"}, bottle.title: {"blog"}}


async def test_row_23_two_authors_feeds_and_a_join_that_is_undone(
    life: Life, database_url: str, tmp_path: Path
) -> None:
    """Row 23: two owners carry one article; a word of the owner parts it, and taken back joins it, ids as they were."""
    (one,) = posts("anchor")
    life.feed([one])
    life.web.page("/ben.xml", rss("Ben", "https://ben.example/", [replace(one, url="https://ben.example/guest-post")]))
    plain = (
        f"  - id: asha\n    name: Asha Rao\n    sources: [{{feed: '{life.web.url(PATH)}', id: blog}}]\n"
        f"  - id: ben\n    name: Ben Ode\n    sources: [{{feed: '{life.web.url('/ben.xml')}', id: blog}}]\n"
    )
    apart = f"    different: [['{one.url}', 'https://ben.example/guest-post']]\n"
    url, clock = f"{database_url}.two", Clock()
    seen = []
    for said in ("", apart, ""):
        async with living(configured(tmp_path, url, plain + said), clock) as home:
            await home.poll()
            seen.append([item["id"] for item in await home.service.index()])
        clock.forward(days=1)
    together, parted, again = seen
    assert len(together) == 1
    assert len(parted) == 2
    assert set(together) < set(parted)
    assert again == together
