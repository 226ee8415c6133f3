"""`init` turns what people paste into a config that they would have written, and asks before it writes anything."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import load, schema
from aggregator.demo import DemoWeb
from tests.loopback.answer import Answer
from tests.loopback.web import Web
from tests.shell.cli.terminal import environment, script, terminal
from tests.shell.command import Ended

ROOT = Path(__file__).parents[3]
HTML = "text/html; charset=utf-8"
PRIVATE = ("--allow-private", "127.0.0.1")
ASK = "Write that? [Y/n]"
MINE = "Is that yours, and to be taken too?"


def rss(title: str, home: str, *posts: tuple[str, str]) -> str:
    items = "".join(
        f"<item><title>{post}</title><link>{home}/{post.replace(' ', '-')}</link><guid>{home}/{post}</guid>"
        f"<author>Asha Rao</author><pubDate>{day} Nov 2026 09:00:00 GMT</pubDate></item>"
        for post, day in posts
    )
    return f"<rss version='2.0'><channel><title>{title}</title><link>{home}</link>{items}</channel></rss>"


@pytest.fixture
def social(webs: Callable[[], Web]) -> Web:
    """A server of Mastodon with Asha's account."""
    web = webs()
    document = ROOT / "tests" / "core" / "sources" / "documents" / "mastodon.xml"
    web.page("/@asha.rss", document.read_text(encoding="utf-8"))
    return web


@pytest.fixture
def site(webs: Callable[[], Web], social: Web) -> Web:
    """Asha's own site, which calls that account its own and links to somebody's."""
    web = webs()
    web.page(
        "/",
        f"""<title>Asha</title><link rel=alternate type="application/rss+xml" href="/feed.xml">
        <a rel=me href="{social.url("/@asha")}">Mastodon</a>""",
        content_type=HTML,
    )
    web.page("/feed.xml", rss("Asha's blog", web.url(""), ("Queues without tears", "02"), ("Clocks", "09")))
    return web


def facts(ended: Ended) -> Any:
    return json.loads(ended.out)


def test_a_person_is_asked_and_gets_what_they_would_have_written(site: Web, social: Web, tmp_path: Path) -> None:
    ended = terminal(
        "init",
        *PRIVATE,
        cwd=tmp_path,
        types=[
            ("ends the list.", "nonsense\n"),
            ("> ", f"{site.url('/')}\n"),
            ("> ", "\n"),
            (MINE, "\n"),
            ("Your home page", "\n"),
            ("Your name", "\n"),
            ("Your id", "Asha\n"),
            ("Your id", "asha\n"),
            (ASK, "\n"),
        ],
    )
    assert ended.code == 0, ended.out
    assert ended.wide() == []
    assert '"nonsense" says not where' in " ".join(ended.out.split())
    assert "2 entries, 2026-11-02 to 2026-11-09." in ended.out
    assert "It was chosen because its page names it as its feed." in ended.out
    assert "Your name [Asha Rao]:" in ended.out
    assert 'Error: "Asha" is no id; use a-z, 0-9 and -' in ended.out
    assert "Written: config/aggregator.yaml, and config/aggregator.schema.json for editors." in ended.out
    assert ended.out.endswith("Next: `aggregator serve`, then open http://127.0.0.1:8000/asha/\n")
    written = tmp_path / "config" / "aggregator.yaml"
    text = written.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=aggregator.schema.json\n")
    assert json.loads((tmp_path / "config" / "aggregator.schema.json").read_bytes()) == schema()
    assert f"      - feed: {site.url('/feed.xml')} # 2 entries, 2026-11-02 to 2026-11-09\n" in text
    owner = load(written, {}).owners[0]
    assert (owner.id, owner.name, owner.home_page_url) == ("asha", "Asha Rao", site.url(""))
    assert [(one.key, one.kind) for one in owner.sources] == [("asha/site", "feed"), ("asha/mastodon", "mastodon")]
    checked = script("check", "--online", cwd=tmp_path)
    assert (checked.code, checked.err) == (0, "")


def test_unasked_it_takes_nothing_that_it_only_found(site: Web, social: Web, tmp_path: Path) -> None:
    ended = script("init", site.url("/"), *PRIVATE, "--yes", "--json", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    said = facts(ended)
    assert [one["key"] for one in said["sources"]] == ["asha/site"]
    assert [(one["kind"], one["mine"]) for one in said["elsewhere"]] == [("mastodon", True)]
    text = (tmp_path / "config" / "aggregator.yaml").read_text(encoding="utf-8")
    assert "      # Found beside them. Take the mark off what is yours:\n" in text
    assert f"      # - mastodon: {social.url('/@asha')} # {site.url('/')} calls it its own\n" in text
    marked = text.replace("      # - mastodon", "      - mastodon")
    (tmp_path / "config" / "aggregator.yaml").write_text(marked, encoding="utf-8")
    assert script("check", cwd=tmp_path).out == "The config is valid: 1 owner, 2 sources.\n"


def test_which_articles_are_the_same_is_what_a_poll_then_finds(tmp_path: Path) -> None:
    async def told() -> tuple[Ended, Ended]:
        async with DemoWeb() as web:
            profiles = [web.feed_url(place) for place in ("site", "dev", "medium")]
            first = await asyncio.to_thread(
                script, "init", *profiles, *PRIVATE, "--yes", "--json", "--owner", "mira", cwd=tmp_path
            )
            return first, await asyncio.to_thread(script, "poll", "--json", cwd=tmp_path)

    ended, polled = asyncio.run(told())
    assert (ended.code, polled.code) == (0, 0)
    said = facts(ended)
    assert (said["owner"]["name"], said["entries"], said["articles"], len(said["same"])) == ("Mira Solheim", 16, 9, 6)
    results = facts(polled)
    assert sum(one["new"] for one in results) == said["entries"]
    assert sum(one["merged"] for one in results) == said["entries"] - said["articles"]
    assert all(work["why"] and len(work["copies"]) > 1 for work in said["same"])


def test_offline_it_writes_what_it_was_given_and_says_so(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}"
        ended = script(
            "init", f"{dead}/", f"{dead}/feed.xml", f"mastodon:{dead}/@asha", *PRIVATE, "--yes", cwd=tmp_path
        )
    assert (ended.code, ended.err) == (0, "")
    assert "3 sources are written unverified; `aggregator check --online` asks again." in ended.out
    text = (tmp_path / "config" / "aggregator.yaml").read_text(encoding="utf-8")
    for line in (f"- site: {dead}/", f"- feed: {dead}/feed.xml", f"- mastodon: {dead}/@asha"):
        assert f"      {line} # not verified: it could not be asked\n" in text
    assert script("check", cwd=tmp_path).code == 0


def test_nobody_there_to_ask(site: Web, tmp_path: Path) -> None:
    ended = script("init", cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "say where you publish: `aggregator init https://asha.example dev:asharao`" in ended.err
    ended = script("init", site.url("/"), *PRIVATE, cwd=tmp_path)
    assert (ended.code, ended.err) == (
        2,
        "Nothing was written: there is no terminal to ask on. With --yes it is written.\n",
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("profile", "code", "said"),
    [
        ("devto:asharao", 2, 'there is no kind "devto" (did you mean "dev"?)'),
        ("https://dev.to/asharao/a-post-3k2f", 2, 'did you mean "asharao"?'),
        ("{site}/nothing.xml", 2, "nothing was found that could be a source; nothing was written"),
    ],
)
def test_what_is_no_source_is_said(site: Web, tmp_path: Path, profile: str, code: int, said: str) -> None:
    ended = script("init", profile.format(site=site.url("")), *PRIVATE, "--yes", cwd=tmp_path)
    assert (ended.code, said in ended.err) == (code, True), ended.err
    assert list(tmp_path.iterdir()) == []


def test_one_of_two_that_is_none_is_left_out(site: Web, tmp_path: Path) -> None:
    ended = script("init", site.url("/feed.xml"), site.url("/nothing.xml"), *PRIVATE, "--yes", cwd=tmp_path)
    assert ended.code == 1
    assert "left out: " in ended.out
    assert len(load(tmp_path / "config" / "aggregator.yaml", {}).sources) == 1


def test_what_is_there_is_never_lost(site: Web, tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text("owners: [] # mine\n", encoding="utf-8")
    words = ("init", site.url("/feed.xml"), *PRIVATE, "--yes", "--config", str(config))
    ended = script(*words, cwd=tmp_path)
    assert ended.code == 2
    assert "is there already, and stays as it is" in ended.err
    assert config.read_text(encoding="utf-8") == "owners: [] # mine\n"
    for _ in range(2):
        ended = script(*words, "--force", cwd=tmp_path)
        assert ended.code == 0
    assert "What stood there is mine.yaml.old2 now." in ended.out
    assert f"Next: `aggregator serve --config {config}`" in " ".join(ended.out.split())
    assert (tmp_path / "mine.yaml.old").read_text(encoding="utf-8") == "owners: [] # mine\n"


def test_the_sample_that_comes_with_the_program_gives_way(site: Web, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    config = tmp_path / "config" / "aggregator.yaml"
    config.write_bytes((ROOT / "config" / "aggregator.yaml").read_bytes())
    ended = script("init", site.url("/feed.xml"), *PRIVATE, "--yes", cwd=tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert "What stood there is config/aggregator.yaml.old now." in ended.out
    assert len(load(config, {}).owners) == 1
    assert script("init", site.url("/feed.xml"), *PRIVATE, "--yes", cwd=tmp_path).code == 2


def test_whoever_leaves_leaves_nothing_behind(site: Web, tmp_path: Path) -> None:
    ended = terminal("init", site.url("/"), *PRIVATE, cwd=tmp_path, types=[(MINE, "\x04")])
    assert (ended.code, ended.out.splitlines()[-1]) == (130, "Stopped.")
    site.script("/slow", Answer(b"", delay_s=20))
    command = [sys.executable, "-m", "aggregator", "init", site.url("/slow"), *PRIVATE, "--yes"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True)
    while not site.asked("/slow"):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "\nStopped.\n")
    assert list(tmp_path.iterdir()) == []
