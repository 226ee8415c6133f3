"""A running service goes by the config as it is edited: good edits at once, broken ones never."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aggregator.bootstrap import House, house
from aggregator.cli.live import follow
from aggregator.config import load
from aggregator.model import Config
from aggregator.poll.adopt import with_written
from aggregator.poll.edits import Refused, refused
from aggregator.publish.publisher import Place
from bench.live import SOURCES, torture

TEXT = """\
site: {title: First, base_url: "https://feeds.example.org"}
database_url: sqlite:///DATABASE
include: [owners/*.yaml]
owners:
  - id: asha
    name: Asha Rao
    entries:
      - {kind: article, title: Queues without tears, date: 2018-12, url: "https://asha.example/queues"}
"""


@asynccontextmanager
async def followed(folder: Path) -> AsyncIterator[tuple[House, Path]]:
    path = folder / "aggregator.yaml"
    (folder / "owners").mkdir()
    (folder / "owners" / "noor.yaml").write_text("owners: [{id: noor, name: Noor}]\n", encoding="utf-8")
    path.write_text(TEXT.replace("DATABASE", str(folder / "a.db")), encoding="utf-8")

    def read() -> Config:
        return with_written(load(path, {}))

    async with house(read()) as rooms:
        following = asyncio.create_task(follow(path, rooms, read))
        await asyncio.sleep(0.6)  # until the files are watched
        yield rooms, path
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def shows(rooms: House, what: Callable[[str], bool]) -> str:
    """The index, once it is as wanted; as it is after half a minute else."""
    for _ in range(300):
        body = rooms.publisher.document(Place((), "index.json")).body.decode()
        if what(body):
            break
        await asyncio.sleep(0.1)
    return body


async def noted(rooms: House, there: bool = True) -> Refused | None:
    """The edit that was refused, once it is noted (or is no more); as it is after half a minute else."""
    for _ in range(300):
        found = refused(rooms.store)
        if (found is not None) is there:
            break
        await asyncio.sleep(0.1)
    return found


async def test_a_good_edit_is_live(tmp_path: Path) -> None:
    async with followed(tmp_path) as (rooms, path):
        path.write_text(path.read_text().replace("title: First", "title: Second"), encoding="utf-8")
        assert '"Second"' in await shows(rooms, lambda body: '"Second"' in body)


async def test_an_entry_written_by_hand_comes_and_goes(tmp_path: Path) -> None:
    async with followed(tmp_path) as (rooms, path):
        before = path.read_text()
        more = '      - {kind: article, title: A second one, date: 2020, url: "https://asha.example/second"}\n'
        path.write_text(before + more, encoding="utf-8")
        assert "A second one" in await shows(rooms, lambda body: "A second one" in body)
        path.write_text(before, encoding="utf-8")
        body = await shows(rooms, lambda body: "A second one" not in body)
        assert "A second one" not in body
        assert "Queues without tears" in body


async def test_a_broken_edit_changes_nothing_and_the_next_good_one_does(tmp_path: Path) -> None:
    async with followed(tmp_path) as (rooms, path):
        good = path.read_text()
        path.write_text(good.replace("title: First", "titel: Second"), encoding="utf-8")
        found = await noted(rooms)
        assert found is not None
        assert found.problems == (f'{path}:1: site.titel: unknown key (did you mean "title"?)',)
        assert '"First"' in await shows(rooms, lambda body: True)
        path.write_text(good.replace("title: First", "title: Third"), encoding="utf-8")
        assert '"Third"' in await shows(rooms, lambda body: '"Third"' in body)
        assert await noted(rooms, there=False) is None


async def test_a_file_that_is_included_and_replaced_counts(tmp_path: Path) -> None:
    async with followed(tmp_path) as (rooms, _):
        fresh = tmp_path / "owners" / "noor.new"
        fresh.write_text(
            "owners: [{id: noor, name: Noor, entries: [{kind: article, title: Hers, date: 2021, url: 'https://n.example/h'}]}]\n",
            encoding="utf-8",
        )
        fresh.replace(tmp_path / "owners" / "noor.yaml")
        assert '"Hers"' in await shows(rooms, lambda body: '"Hers"' in body)


async def test_a_link_that_is_turned_counts(tmp_path: Path) -> None:
    """As Kubernetes changes a ConfigMap: the file is a link through ``..data``, and the old folder may stay."""
    text = TEXT.replace("DATABASE", str(tmp_path / "a.db")).replace("include: [owners/*.yaml]\n", "")
    for name, title in (("..1", "First"), ("..2", "Second")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "aggregator.yaml").write_text(text.replace("First", title), encoding="utf-8")
    (tmp_path / "..data").symlink_to("..1")
    path = tmp_path / "aggregator.yaml"
    path.symlink_to("..data/aggregator.yaml")

    def read() -> Config:
        return with_written(load(path, {}))

    async with house(read()) as rooms:
        following = asyncio.create_task(follow(path, rooms, read))
        await asyncio.sleep(0.6)  # until the files are watched
        (tmp_path / "..data_tmp").symlink_to("..2")
        (tmp_path / "..data_tmp").replace(tmp_path / "..data")
        assert '"Second"' in await shows(rooms, lambda body: '"Second"' in body)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_an_edit_while_another_one_is_applied_counts(tmp_path: Path) -> None:
    """Somebody saves twice in a row: the second time after the file was read, and before anybody watches it again."""
    path, wanted = tmp_path / "aggregator.yaml", "title: Third"
    text = TEXT.replace("DATABASE", str(tmp_path / "a.db")).replace("include: [owners/*.yaml]\n", "")
    path.write_text(text, encoding="utf-8")

    def read() -> Config:
        config = with_written(load(path, {}))
        if config.site.title == "Second":
            path.write_text(text.replace("title: First", wanted), encoding="utf-8")
        return config

    async with house(read()) as rooms:
        path.write_text(
            text.replace("title: First", "title: Second"), encoding="utf-8"
        )  # before anybody watches at all
        following = asyncio.create_task(follow(path, rooms, read))
        assert '"Third"' in await shows(rooms, lambda body: '"Third"' in body)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_edits_under_load_cost_no_request_and_no_poll(tmp_path: Path) -> None:
    """The short form of ``make bench ARGS=live``: valid and broken, in place and renamed, while sources are polled."""
    failed, done, waits, asked, lost = await torture(tmp_path, 15)
    assert failed == []
    assert len(done) > 20
    assert max(waits) < 30
    assert (asked, lost) == (SOURCES, 0)
