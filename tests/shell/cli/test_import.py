"""What was exported elsewhere comes in, once, beside what is known, and nobody's feed reader hears of it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.store import Store
from tests.core.past.made import Post, as_json, dev, markdown, medium, posts, wxr, wxr_item, zipped
from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, rss
from tests.shell.acceptance.stage import FETCH, rows
from tests.shell.cli.terminal import script, terminal
from tests.shell.command import Ended

Run = Callable[..., Ended]
START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)


@pytest.fixture
def web() -> Iterator[Web]:
    """A loopback web in a thread of its own, for commands in processes of theirs."""
    loop, opened = asyncio.new_event_loop(), Web()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(opened.__aenter__(), loop).result(30)
    yield opened
    asyncio.run_coroutine_threadsafe(opened.__aexit__(None, None, None), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def run(tmp_path: Path, database_url: str) -> Run:
    configure(tmp_path, database_url)
    return lambda *words: script(*words, "--config", "aggregator.yaml", cwd=tmp_path)


def configure(folder: Path, database_url: str, sources: str = "") -> None:
    (folder / "aggregator.yaml").write_text(
        f'site: {{title: Feeds, base_url: "https://feeds.example"}}\ndatabase_url: {database_url}\n{FETCH}'
        "owners:\n  - id: asha\n    name: Asha Rao\n    home_page_url: https://asha.example\n"
        f"    sources:\n{sources or '      []'}\n",
        encoding="utf-8",
    )


def facts(ended: Ended) -> dict[str, Any]:
    found = json.loads(ended.out)
    assert isinstance(found, dict), ended
    return found


def counts(found: dict[str, Any]) -> tuple[int, int, int, int, int, int]:
    new, merged, filled, skipped, broken = (
        len(found[name]) for name in ("new", "merged", "filled", "skipped", "broken")
    )
    return new, merged, filled, found["known"], skipped, broken


def on_medium(one: Post, **other: Any) -> Item:
    """A story as Medium's feed has it."""
    return replace(
        Item(one.title, one.medium, one.text, guid=f"https://medium.com/p/{one.id}", published=one.at), **other
    )


def exports(folder: Path, written: list[Post]) -> dict[str, Path]:
    """The same articles, exported from everywhere."""
    (folder / "medium.zip").write_bytes(zipped(medium(written)))
    (folder / "dev.zip").write_bytes(zipped({"articles.json": as_json(dev(written)), "comments.json": b"[]"}))
    items = [wxr_item(one, number=number) for number, one in enumerate(written)]
    (folder / "blog.xml").write_bytes(wxr(items))
    (folder / "posts").mkdir()
    for one in written:
        (folder / "posts" / f"{one.slug}.md").write_bytes(markdown(one))
    return {name: folder / name for name in ("medium.zip", "dev.zip", "blog.xml", "posts")}


def ids(store: Store) -> dict[str, str]:
    from aggregator.model import Selection

    return {one.title: one.id for one in store.select(Selection(limit=200)).articles}


def test_everything_comes_once_and_again_changes_nothing(
    run: Run, tmp_path: Path, database_url: str, open_store: Callable[[str], Store]
) -> None:
    written = posts(6, START)
    there = exports(tmp_path, written)
    address = ("--base-url", "https://asha.example/blog/{slug}/")
    first = {
        "medium.zip": (6, 0, 0, 0, 2, 0),
        "dev.zip": (0, 6, 0, 0, 1, 0),
        "blog.xml": (0, 6, 0, 0, 0, 0),
        "posts": (0, 6, 0, 0, 0, 0),
    }
    for name in there:
        ended = run("import", name, "--json", *(address if name == "posts" else ()))
        assert (ended.code, ended.err) == (0, "")
        assert counts(facts(ended)) == first[name]
    before, known = rows(database_url), ids(open_store(database_url))
    assert set(known) == {one.title for one in written}
    for name in there:
        ended = run("import", name, "--json", *(address if name == "posts" else ()))
        found = counts(facts(ended))
        assert found == (0, 0, 0, 6, first[name][4], 0)
    after = rows(database_url)
    assert {table: after[table] for table in after if table != "state"} == {
        table: before[table] for table in before if table != "state"
    }
    statuses = {row.key: row for row in open_store(database_url).sources_rows()}
    assert set(statuses) == {"asha/medium", "asha/dev", "asha/wordpress", "asha/markdown"}
    assert all(one.imported and not one.enabled and one.removed_at is None for one in statuses.values())
    assert {one.title for one in statuses.values()} == {"Medium", "DEV", "asha.example"}


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_try_writes_nothing(run: Run, tmp_path: Path, database_url: str) -> None:
    exports(tmp_path, posts(3, START))
    run("status")
    before = rows(database_url)
    ended = run("import", "medium.zip", "--dry-run", "--json")
    assert ended.code == 0
    assert counts(facts(ended)) == (3, 0, 0, 0, 2, 0)
    assert rows(database_url) == before
    assert run("import", "posts", "--dry-run", "--json", "--base-url", "https://asha.example").code == 0
    assert rows(database_url) == before


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_later_poll_knows_the_copies(web: Web, run: Run, tmp_path: Path, database_url: str) -> None:
    """Imported first, the source configured later: the same copies, the same ids, and only what is new is new."""
    written = posts(12, START)
    (tmp_path / "medium.zip").write_bytes(zipped(medium(written[1:])))
    assert counts(facts(run("import", "medium.zip", "--json")))[0] == 11
    feed = [on_medium(one, url=f"{one.medium}?source=rss-1------2") for one in written[:10]]
    web.page("/feed/@asha", rss("Asha", "https://medium.com/@asha", feed))
    configure(tmp_path, database_url, f'      - medium: "@asha"\n        base_url: {web.url("")}\n')
    ended = run("poll", "--json")
    (result,) = json.loads(ended.out)
    assert (result["new"], result["merged"]) == (1, 0)
    again = facts(run("import", "medium.zip", "--json"))
    assert again["source"] == "asha/medium"
    assert counts(again)[:4] == (0, 0, 0, 11)
    (status,) = json.loads(run("status", "--json").out)
    assert (status["imported"], status["enabled"], status["entries"]) == (False, True, 12)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_the_feed_announces_comes_before_what_is_imported(
    web: Web, run: Run, tmp_path: Path, database_url: str, open_store: Callable[[str], Store]
) -> None:
    """An owner of long standing adds a source and imports at once: the source is polled first."""
    from aggregator.model import Selection

    configure(tmp_path, database_url)
    run("status")
    with_old_owner(database_url)
    written = posts(12, datetime.now(UTC).replace(microsecond=0) - timedelta(days=1))
    (tmp_path / "medium.zip").write_bytes(zipped(medium(written)))
    feed = [on_medium(one) for one in written[:10]]
    web.page("/feed/@asha", rss("Asha", "https://medium.com/@asha", feed))
    configure(tmp_path, database_url, f'      - medium: "@asha"\n        base_url: {web.url("")}\n')
    found = facts(run("import", "medium.zip", "--json"))
    assert counts(found) == (2, 0, 0, 10, 2, 0)
    store = open_store(database_url)
    announced = store.select(Selection(order="announced", limit=99)).articles
    assert [one.title for one in announced] == [written[0].title]
    assert len(store.select(Selection(limit=99)).articles) == 12


def with_old_owner(database_url: str) -> None:
    from sqlalchemy import text

    from tests.shell.acceptance.stage import engine_of

    bind = engine_of(database_url)
    with bind.begin() as connection:
        connection.execute(text("UPDATE owners SET created_at = created_at - 999999999999"))
    bind.dispose()


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_new_owner_brings_everything_in_its_place(
    run: Run, tmp_path: Path, database_url: str, open_store: Callable[[str], Store]
) -> None:
    from aggregator.model import Selection

    written = posts(5, START)
    (tmp_path / "medium.zip").write_bytes(zipped(medium(written)))
    run("import", "medium.zip")
    announced = open_store(database_url).select(Selection(order="announced", limit=99)).articles
    assert [one.title for one in announced] == [one.title for one in written]
    assert all(one.announced_at == one.published_at for one in announced)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_known_words_stay_and_stubs_gain_their_text(web: Web, run: Run, tmp_path: Path, database_url: str) -> None:
    written = posts(4, START)
    stub = '<div class="medium-feed-item"><p class="medium-feed-snippet">Only a line.</p></div>'
    feed = [on_medium(written[0], text=stub, tags=("ropes",)), on_medium(written[1], tags=("ropes",))]
    web.page("/feed/@asha", rss("Asha", "https://medium.com/@asha", feed))
    configure(tmp_path, database_url, f'      - medium: "@asha"\n        base_url: {web.url("")}\n')
    run("poll")
    exported = [written[0], replace(written[1], title="As it was"), *written[2:]]
    (tmp_path / "medium.zip").write_bytes(zipped(medium(exported)))
    found = facts(run("import", "medium.zip", "--json"))
    assert counts(found) == (2, 0, 1, 1, 2, 0)
    assert [one["title"] for one in found["filled"]] == [written[0].title]
    preview = json.loads(run("explain", written[1].medium, "--json").out)
    assert "As it was" not in json.dumps(preview)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_breaks_is_told_and_costs_itself(run: Run, tmp_path: Path) -> None:
    exports(tmp_path, posts(3, START))
    (tmp_path / "posts" / "bad.md").write_text("---\ntitle: [\n---\n")
    (tmp_path / "posts" / "link.md").symlink_to("/etc/passwd")
    (tmp_path / "posts" / "huge.md").write_text("---\ntitle: Huge\ndate: 2024-01-01\n---\n" + "> " * 90_000)
    ended = run("import", "posts", "--json", "--base-url", "https://asha.example/{slug}")
    assert ended.code == 1
    found = facts(ended)
    assert {"bad.md"} <= {one["title"] for one in found["broken"]} <= {"bad.md", "huge.md"}
    assert {"title": "link.md", "url": None, "date": None, "reason": "a link"} in found["skipped"]
    assert {one["title"] for one in found["new"]} >= {one.title for one in posts(3, START)}


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("cut", [b"</channel>", b"<wp:status>"])
def test_a_file_that_was_cut_off_is_told(cut: bytes, run: Run, tmp_path: Path) -> None:
    """Half a download: what is whole is taken, and nobody believes that it was all."""
    body = wxr([wxr_item(one, number=number) for number, one in enumerate(posts(3, START))])
    (tmp_path / "blog.xml").write_bytes(body[: body.rindex(cut)])
    ended = run("import", "blog.xml", "--json")
    assert ended.code == 1
    found = facts(ended)
    assert len(found["new"]) == (3 if cut == b"</channel>" else 2)
    (broken,) = found["broken"]
    assert "ends in the middle" in broken["reason"]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_without_an_address_nothing_is_published(run: Run, tmp_path: Path) -> None:
    exports(tmp_path, posts(3, START))
    ended = run("import", "posts", "--json")
    assert ended.code == 0
    assert counts(facts(ended)) == (0, 0, 0, 0, 3, 0)
    assert "--base-url" in facts(ended)["skipped"][0]["reason"]


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("aggregator.yaml",), "no OPML, no config of a Planet, and no workflow that lists feeds"),
        (("medium.zip", "--source", "dvv"), 'there is no source "dvv" here (did you mean "dev"?)'),
        (("medium.zip", "--source", "dev"), "asha/dev is on DEV, and this is an export of Medium"),
        (("medium.zip", "--owner", "bo"), 'there is no owner "bo" here'),
        (("posts", "--base-url", "asha.example/blog"), "is no http(s) address"),
        (("posts", "--base-url", "https://asha.example/{title}"), "not {title}"),
        (("never-was.tar",), "does not exist"),
        (("medium-export.zip",), "Did you mean 'medium.zip'?"),
        (("posst",), "Did you mean 'posts'?"),
        (("empty",), "empty: there is no file in it"),
        (("half.zip",), "half.zip: is a zip without its end"),
        (("nothing.xml",), "nothing.xml: is empty"),
        (("page.html",), "page.html: is no file that can be imported; that would be OPML"),
    ],
)
def test_wrong_calls_say_what_would_be_right(
    words: tuple[str, ...], said: str, run: Run, tmp_path: Path, database_url: str
) -> None:
    exports(tmp_path, posts(1, START))
    (tmp_path / "empty").mkdir()
    (tmp_path / "half.zip").write_bytes((tmp_path / "medium.zip").read_bytes()[:-100])
    (tmp_path / "nothing.xml").touch()
    (tmp_path / "page.html").write_text("<!doctype html><title>Sign in</title>")
    configure(tmp_path, database_url, "      - dev: asha\n        enabled: false\n")
    ended = run("import", *words)
    assert ended.code == 2
    assert said in " ".join(ended.err.split())
    assert ended.out == ""


@pytest.mark.parametrize("engine", ["sqlite"])
def test_it_reads_well_on_a_terminal(tmp_path: Path, database_url: str) -> None:
    configure(tmp_path, database_url)
    exports(tmp_path, posts(14, START))
    (tmp_path / "posts" / "bad.md").write_text("---\ntitle: [\n---\n")
    shown = terminal("import", "medium.zip", "--config", "aggregator.yaml", cwd=tmp_path)
    assert shown.wide() == []
    assert "14 new" in shown.out
    assert "and 4 more" in shown.out
    assert "a reply to somebody's story" in " ".join(shown.out.split())
    shown = terminal("import", "posts", "--config", "aggregator.yaml", cwd=tmp_path)
    assert shown.wide() == []
    assert "--base-url" in shown.out
    assert "bad.md: its front matter is no YAML" in shown.out


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_config_may_come_and_go(web: Web, run: Run, tmp_path: Path, database_url: str) -> None:
    """What was imported is no source that the config lost: it is never taken for removed."""
    exports(tmp_path, posts(2, START))
    run("import", "medium.zip")
    run("status")
    (status,) = json.loads(run("status", "--json").out)
    assert (status["imported"], status["removed"], status["next_poll_at"]) == (True, False, None)
    assert json.loads(run("poll", "--json").out) == []
    assert "medium" not in run("opml").out
