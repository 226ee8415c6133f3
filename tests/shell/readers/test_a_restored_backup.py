"""A database that is put back as it was yesterday gives what came since the same ids: nobody sees anything again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.loopback import Web
from tests.shell import backups
from tests.shell.acceptance.feeds import Item, prose
from tests.shell.acceptance.stage import Clock, configured, living
from tests.shell.readers.simulator import guids, subscribers
from tests.shell.readers.story import FEEDS, Story, articles, on_dev

CLOCK = datetime(2026, 12, 30, 9, 0, tzinfo=UTC)  # the backup is of one year, what came after it partly of the next
SITE, DEV = "asha/site", "asha/dev"


@pytest.fixture
def story(tmp_path: Path, database_url: str, web: Web) -> Story:
    return Story(tmp_path, database_url, web, Clock(CLOCK), subscribers(FEEDS))


def later(stem: str, after: timedelta) -> Item:
    url = f"https://asha.example/blog/{stem}"
    return Item(f"What the {stem} taught me", url, prose(stem), published=CLOCK + after, tags=("notes",))


def crossposted(items: Sequence[Item]) -> list[Item]:
    """On DEV, which says where the original is."""
    return [
        replace(copy, canonical=item.url, published=item.published)
        for item, copy in zip(items, on_dev(items), strict=True)
    ]


async def known(story: Story, owner: str) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """What every feed lists, and the article of every address, by its id."""
    async with living(configured(story.folder, story.database_url, owner), story.clock) as home:
        feeds = {path: guids(body, path) for path, body in (await home.service.documents(FEEDS)).items()}
        places = {
            copy["url"]: item["id"] for item in await home.service.index() for copy in item["_aggregator"]["copies"]
        }
    return feeds, places


async def leads_to(story: Story, owner: str, id_: str) -> str:
    """Where the address of an article leads."""
    async with living(configured(story.folder, story.database_url, owner), story.clock) as home:
        reply = await home.service.get(f"/api/articles/{id_.rpartition('/')[2]}")
        assert reply.status == 308
        return f"{id_.rpartition('/')[0]}/{reply.headers['Location'].rpartition('/')[2]}"


@pytest.mark.parametrize("order", [(SITE, DEV), (DEV, SITE)], ids=["site-first", "dev-first"])
async def test_what_came_after_the_backup_has_the_same_id_again(story: Story, order: tuple[str, str]) -> None:
    old = articles()
    story.site(old)
    story.dev(on_dev(old[3:]))
    plain = story.config("site", "dev")
    await story.day(plain)
    await story.day(plain)
    backup = story.folder / "yesterday"
    backups.take(story.database_url, backup)
    _, before = await known(story, plain)

    # New on the site first and on DEV later, the other way round, and on one of them only; an edit; a merge.
    first, second, third, fourth = (
        later(stem, timedelta(hours=hours))
        for stem, hours in (("harbour", 1), ("island", 26), ("jungle", 50), ("kettle", 51))
    )
    story.site([first, *old])
    assert len(await story.day(plain)) == len(story.readers)
    story.dev([*crossposted([second, first]), *on_dev(old[3:])])
    assert len(await story.day(plain)) == len(story.readers)
    edited = replace(old[0], text=f"{old[0].text}\n{prose('a second thought')}")
    story.site([fourth, third, second, first, edited, *old[1:]])
    said = story.config("site", "dev", more=f"    same: [[{old[1].url}, {old[2].url}]]\n")
    assert len(await story.day(said)) == 2 * len(story.readers)
    assert await story.day(said) == []
    feeds, places = await known(story, said)
    (retired,) = set(before.values()) - set(places.values())
    target = await leads_to(story, said, retired)
    assert {retired, target} == {before[old[1].url], before[old[2].url]}

    backups.put_back(story.database_url, backup)
    assert await story.day(said, hours=1, order=order) == []
    again, found = await known(story, said)
    assert found == places
    assert {path: set(listed) for path, listed in again.items()} == {path: set(one) for path, one in feeds.items()}
    assert await leads_to(story, said, retired) == target
    assert await story.day(said) == []


async def test_a_copy_that_names_no_original_keeps_its_id_if_it_is_met_first_again(story: Story) -> None:
    """Of an article that two places carry, and neither names the other, the first that is met gives the id."""
    story.site(articles()[2:])
    both = story.config("site", "dev")
    await story.day(both)
    backup = story.folder / "yesterday"
    backups.take(story.database_url, backup)
    fresh = on_dev([later("harbour", timedelta(hours=1))])
    story.dev(fresh)
    assert len(await story.day(both)) == len(story.readers)
    story.site([later("harbour", timedelta(hours=1)), *articles()[2:]])
    assert await story.day(both) == []
    _, places = await known(story, both)
    backups.put_back(story.database_url, backup)
    assert await story.day(both, hours=1, order=(DEV, SITE)) == []
    assert (await known(story, both))[1] == places
