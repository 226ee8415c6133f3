"""Every command ends with the status that the contract gives it, says what to do, and its --json can be read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.program import run
from tests.shell.acceptance.stage import config_text
from tests.shell.command import Ended

POST = Item("On bottles", "https://good.example/bottles", prose("bottles"), published="Tue, 19 May 2026 09:34:58 GMT")


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        web.page("/good.xml", rss("Good", "https://good.example/", [POST]), etag='"1"')
        web.hostile("error_500", "/bad.xml")
        yield web


def written(folder: Path, web: Web, database_url: str) -> Path:
    """A directory with a config in its usual place, as a user has it."""
    feeds = "".join(f"      - {{feed: '{web.url(f'/{id_}.xml')}', id: {id_}}}\n" for id_ in ("good", "bad"))
    owners = f"  - id: asha\n    name: Asha Rao\n    sources:\n{feeds}"
    (folder / "config").mkdir()
    (folder / "config" / "aggregator.yaml").write_text(config_text(database_url, owners), encoding="utf-8")
    (folder / "saved.xml").write_text(rss("Saved", "https://good.example/", [POST]), encoding="utf-8")
    return folder


@pytest.fixture
def folder(web: Web, tmp_path: Path) -> Path:
    """With a database of SQLite: what is tried is the same on both engines."""
    return written(tmp_path, web, f"sqlite:///{tmp_path / 'aggregator.db'}")


async def each(folder: Path, *commands: str, **extra: str) -> list[Ended]:
    """Run the commands one after the other."""
    found = [await run(*command.split(), cwd=folder, extra=extra) for command in commands]
    for command, one in zip(commands, found, strict=True):
        assert "Traceback" not in one.err + one.out, f"{command}: {one.err}"
    return found


async def test_what_is_done_is_done(web: Web, database_url: str, tmp_path: Path) -> None:
    folder = written(tmp_path, web, database_url)
    (first,) = await each(folder, "poll --json")
    assert first.code == 1, "some sources failed, the rest is done"
    told = {one["source_key"]: one for one in json.loads(first.out)}
    assert (told["asha/good"]["what"], told["asha/good"]["new"]) == ("changed", 1)
    assert told["asha/bad"]["what"] == "failed"
    assert "500 Internal Server Error" in told["asha/bad"]["message"]
    early, good, owner, status, health, found, reasons = await each(
        folder,
        "poll",
        "poll asha/good --force --json",
        "poll asha",
        "status",
        "status --json",
        "explain https://good.example/bottles?utm_source=x",
        "explain http://www.good.example/bottles/ --json",
    )
    assert (early.code, early.out) == (0, "")
    assert "2 of 2 sources are not due yet; --force" in early.err
    assert good.code == 0
    assert [(one["source_key"], one["what"]) for one in json.loads(good.out)] == [("asha/good", "unchanged")]
    assert owner.code == 0
    assert status.code == health.code == 0
    assert "500 Internal Server Error" in status.out
    assert {one["key"]: (one["state"], one["articles"]) for one in json.loads(health.out)} == {
        "asha/bad": ("failing", 0),
        "asha/good": ("ok", 1),
    }
    assert (found.code, reasons.code) == (0, 0)
    assert "On bottles" in found.out
    assert [copy["source"] for copy in json.loads(reasons.out)["copies"]] == ["asha/good"]
    assert len(web.asked("/good.xml")) == 2
    assert web.asked("/good.xml")[1].headers["If-None-Match"] == '"1"'


async def test_facts_come_as_json(web: Web, folder: Path) -> None:
    commands = (
        "check --json",
        "check --online --json",
        f"preview {web.url('/good.xml')} --json",
        "preview saved.xml --url https://good.example/feed.xml --json",
        "preview saved.xml --json",
        f"preview {web.url('/bad.xml')} --json",
        "schema config",
        "schema index",
    )
    ended = await each(folder, *commands)
    assert [one.code for one in ended] == [0, 1, 0, 0, 0, 1, 0, 0]
    check, online, asked, saved, bare, bad, config, index = (json.loads(one.out) for one in ended)
    assert (check["valid"], check["owners"], check["sources"]) == (True, 1, 2)
    assert {one["source"]: bool(one["error"]) for one in online["asked"]} == {"asha/good": False, "asha/bad": True}
    for seen in (asked, saved, bare):
        (entry,) = seen["entries"]
        assert (entry["title"], entry["url"], entry["guid"]) == (POST.title, POST.url, POST.url)
        assert entry["date_published"] == "2026-05-19T09:34:58Z"
        assert set(seen) >= {"source", "feed", "entries"}
    assert bad["entries"] == []
    assert "500 Internal Server Error" in bad["error"]
    assert {config["$schema"], index["$schema"]} == {"https://json-schema.org/draft/2020-12/schema"}
    assert [one.err for one in ended if one.code == 0] == [""] * 6


async def test_nothing_is_stored_by_looking(web: Web, folder: Path) -> None:
    await each(folder, f"preview {web.url('/good.xml')}", "check --online")
    (health,) = await each(folder, "status --json")
    assert {(one["state"], one["entries"], one["last_poll_at"]) for one in json.loads(health.out)} == {("new", 0, None)}


WRONG: dict[str, Sequence[str]] = {
    "poll ash": ('did you mean "asha"?',),
    "poll asha/god": ('did you mean "asha/good"?',),
    "poll good": ('did you mean "asha/good"?',),
    "poll asha nobody/at-all": ('"nobody/at-all" is no owner or source',),
    "poll --forse": ("--force",),
    "poll --config nowhere.yaml": ("nowhere.yaml", "there is no such file"),
    "check --config saved.xml": ("saved.xml",),
    "stauts": ("Did you mean 'status'?",),
    "serve --port 99999": ("65535",),
    "schema confg": ("'config', 'index'",),
    "preview nonsense": ("dev",),
    "db backup saved.xml": ("saved.xml exists",),
    "explain": ("Missing argument",),
    "db": ("upgrade",),
}


async def test_a_wrong_call_is_status_2_and_says_what_would_be_right(web: Web, folder: Path) -> None:
    ended = await each(folder, *WRONG)
    for (command, words), one in zip(WRONG.items(), ended, strict=True):
        assert one.code == 2, f"{command}: {one.code} {one.err}"
        assert one.out == "", command
        for word in words:
            assert word in one.err, f"{command}: {one.err}"
    assert web.log == []


async def test_a_mistake_in_the_config_names_file_line_and_key(folder: Path) -> None:
    path = folder / "config" / "aggregator.yaml"
    text = path.read_text(encoding="utf-8").replace("    name: Asha Rao", "    nmae: Asha Rao")
    path.write_text(text, encoding="utf-8")
    line = text.splitlines().index("    nmae: Asha Rao") + 1
    for one in await each(folder, "check", "poll", "status", "serve --port 0", "db current", "explain x"):
        assert one.code == 2
        assert f"config/aggregator.yaml:{line}: owners[0].nmae" in one.err
        assert '"name"' in one.err


DAMAGES = {
    "no database at all": (b"This is a note to myself.\n" * 400, "no SQLite database", "database_url"),
    "its first page gone": (b"SQLite format 3\x00" + b"\xa5" * 20_000, "no SQLite database", "backup"),
    "a directory": (None, "cannot be opened", "directory"),
}


async def test_a_broken_database_is_status_3_and_says_what_to_do(web: Web, folder: Path) -> None:
    config = (folder / "config" / "aggregator.yaml").read_text(encoding="utf-8")
    places = {}
    for number, (body, *_) in enumerate(DAMAGES.values()):
        places[number] = broken = folder / f"broken-{number}.db"
        broken.mkdir() if body is None else broken.write_bytes(body)
        (folder / f"{number}.yaml").write_text(config.replace("/aggregator.db", f"/{broken.name}"), encoding="utf-8")
    commands = ("poll --json", "status --json", "serve --port 0", "explain https://x.example/", "db upgrade")
    ended = await each(folder, *(f"{command} --config {number}.yaml" for number in places for command in commands))
    for place, one in enumerate(ended):
        body, what, to_do = list(DAMAGES.values())[place // len(commands)]
        broken = places[place // len(commands)]
        assert one.code == 3
        assert one.out == ""
        assert str(broken) in one.err
        assert what in one.err
        assert to_do in one.err
        assert body is None or broken.read_bytes() == body, "what somebody may want to repair is left as it is"
    assert web.log == []


async def test_a_server_that_is_not_there_is_status_3(web: Web, folder: Path) -> None:
    extra = {"AGGREGATOR_DATABASE_URL": "postgresql://user:hunter2@127.0.0.1:9/nowhere"}
    for ended in await each(folder, "status", "serve --port 0", **extra):
        assert ended.code == 3
        assert "127.0.0.1" in ended.err
        assert "Check that the server runs" in ended.err
        assert "hunter2" not in ended.err + ended.out


async def test_the_database_is_looked_after(folder: Path, blank_url: str) -> None:
    extra = {"AGGREGATOR_DATABASE_URL": blank_url}
    commands = ("db current", "db upgrade", "db current", "db upgrade", "status --json", "db backup copy.db")
    *told, backup = await each(folder, *commands, **extra)
    assert {one.code for one in told} == {0}
    nothing, upgraded, current, again, status = (one.out.strip() for one in told)
    assert "db upgrade" in nothing
    assert upgraded == again == f"The database is at revision {current}."
    assert len(json.loads(status)) == 2
    assert backup.code == 0, backup.err
    moved = {"AGGREGATOR_DATABASE_URL": "sqlite:///moved/aggregator.db"}
    (restored,) = await each(folder, "db restore copy.db", **moved)
    assert (restored.code, restored.out) == (0, "The database is what copy.db holds.\n")
    (copied,) = await each(folder, "db copy --to sqlite:///copied.db", **moved)
    assert copied.code == 0, copied.err
    assert "2 sources" in copied.out
    (found,) = await each(folder, "db current", AGGREGATOR_DATABASE_URL="sqlite:///copied.db")
    assert found.out.strip() == current


async def test_help_stands_at_every_level(folder: Path) -> None:
    names = ("serve", "demo", "poll", "preview", "check", "status", "explain", "db", "schema")
    ended = await each(folder, "--help", *(f"{name} --help" for name in names), "db backup -h", "--version")
    assert {one.code for one in ended} == {0}
    assert all(name in ended[0].out for name in names)
    for name in ("serve", "poll", "preview", "check", "status", "explain"):
        assert "--config" in ended[1 + names.index(name)].out
    for name in ("poll", "preview", "check", "status", "explain"):
        assert "--json" in ended[1 + names.index(name)].out
