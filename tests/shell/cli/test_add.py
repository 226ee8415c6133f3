"""`add` shows what a source would bring, asks, and then writes one source into the config and nothing else."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from aggregator.config import load
from tests.loopback.web import Web
from tests.shell.cli.conftest import Town

ON_CALL = "https://dev.to/mirasolheim/notes-from-the-on-call-week-2o5d"
ASK = "Write that? [Y/n]"


def database(town: Town) -> dict[str, str]:
    """Every file of the database, but for what readers leave behind."""
    found = sorted(town.folder.glob("aggregator.db*"))
    return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in found if not one.name.endswith("-shm")}


def stored(town: Town) -> str:
    return database(town)["aggregator.db"]


def facts(out: str) -> Any:
    return json.loads(out)


def test_a_person_sees_the_plan_says_no_and_then_yes(town_but_dev: Town) -> None:
    town, feed = town_but_dev, town_but_dev.web.feed_url("dev")
    text, before = town.config.read_text(), stored(town_but_dev)
    no = town.type("add", feed, "--owner", "mira", types=[(ASK, "n\n")])
    assert no.code == 0
    assert no.wide() == []
    assert "5 entries: 1 new article, 4 copies of what is here.\n" in no.out
    assert "New\n  2026-06-22  Notes from the on-call week\n" in no.out
    assert (
        "  2026-10-30  Your service never says no? That is the bug\n"
        '              "Backpressure you can feel"\n'
        "              https://mira.example/2026/backpressure/\n"
        "              100 % of the shorter text is in the other; titles are 32 % alike\n"
    ) in no.out
    assert (
        "Announced to subscribers: nothing\n"
        "  A new source announces at most 5 articles of the last 7 days; the index has\n"
        "  everything.\n"
    ) in no.out
    assert "1 pair comes close to being the same" in no.out
    assert no.out.endswith(f"{ASK}: n\nNothing was written.\n")
    assert (town.config.read_text(), stored(town)) == (text, before)

    yes = town.type("add", feed, "--owner", "mira", types=[(ASK, "\n")])
    assert yes.code == 0
    assert "Written. `aggregator poll mira/127-0-0-1` reads it now." in yes.out
    line = f"      - feed: {feed}\n"
    number = next(number for number, one in enumerate(town.config.read_text().splitlines(True), 1) if one == line)
    assert f"In aggregator.yaml:\n  {number} + {line}" in yes.out
    assert town.config.read_text().replace(line, "") == text
    assert stored(town) == before  # nothing is stored before it is polled


def test_the_plan_is_what_a_poll_then_does(town_but_dev: Town) -> None:
    town = town_but_dev
    added = town.run("add", town.web.feed_url("dev"), "--owner", "mira", "--yes", "--json")
    assert (added.code, added.err) == (0, "")
    plan = facts(added.out)
    assert (plan["written"], plan["same_as"]) == (True, None)
    assert [(one["url"], one["announced"]) for one in plan["new"]] == [(ON_CALL, False)]
    assert {one["with"]["url"]: one["rule"] for one in plan["merged"]} == {
        "https://mira.example/2026/idempotency-keys/": "link",
        "https://mira.example/2026/nightly-batch/": "body",
        "https://mira.example/2026/backpressure/": "body",
        "https://mira.example/2026/clock-skew/": "body",
    }
    polled = town.run("poll", plan["source"]["key"], "--json")
    assert polled.code == 0
    (result,) = facts(polled.out)
    assert (result["new"], result["merged"]) == (plan["entries"], len(plan["merged"]))
    twice = town.run("add", town.web.feed_url("dev"))
    assert (twice.code, twice.out) == (
        0,
        f"{plan['source']['key']} is that source: it is in the config already. Nothing was changed.\n",
    )


@pytest.mark.parametrize("place", ["site", "dev", "medium"])
def test_a_source_that_is_here_under_another_address(town: Town, place: Literal["site", "dev", "medium"]) -> None:
    text, address = town.config.read_text(), f"{town.web.feed_url(place)}?format=feed"
    shown = town.type(
        "add", f"feed:{address}" if place != "site" else address, "--owner", "mira", types=[("[y/N]", "\n")]
    )
    assert (shown.code, shown.wide()) == (0, [])
    assert "New\n" not in shown.out
    assert f"All of it is in mira/{place} already, so this looks like that source" in " ".join(shown.out.split())
    assert "comes close" not in shown.out, "who was asked about a pair is not asked again"
    assert shown.out.endswith("Nothing was written.\n")
    plan = facts(town.run("add", address, "--owner", "mira", "--yes", "--json").out)
    assert (plan["same_as"], plan["new"], plan["written"]) == (f"mira/{place}", [], True)
    assert len(plan["merged"]) == plan["entries"]
    assert town.config.read_text() != text


def test_without_a_terminal_somebody_must_say_yes(town_but_dev: Town) -> None:
    text = town_but_dev.config.read_text()
    ended = town_but_dev.run("add", town_but_dev.web.feed_url("dev"), "--owner", "mira")
    assert ended.code == 2
    assert ended.err == "Nothing was written: there is no terminal to ask on. With --yes it is written.\n"
    assert "5 entries: 1 new article" in ended.out
    assert town_but_dev.config.read_text() == text


def test_the_first_source_of_an_only_owner_before_there_is_a_database(town: Town, tmp_path: Path) -> None:
    web = town.web.base_urls["aoi"].removeprefix("http://")
    town.write(
        f"database_url: sqlite:///{tmp_path}/new/aggregator.db\nfetch: {{allow_private: ['{web}']}}\n"
        "owners: # only one\n  - {id: aoi, name: 森 葵}\n"
    )
    ended = town.run("add", town.web.feed_url("aoi"), "--yes")
    assert (ended.code, ended.err) == (0, "")
    assert "2 entries: 2 new articles.\n" in ended.out
    assert "  2026-10-14  キャッシュは記憶ではなく約束である\n" in ended.out
    assert "Announced to subscribers: all of the new ones\n" in ended.out
    assert "each stands in the feeds at its own date." in ended.out
    assert town.config.read_text().endswith(
        f"owners: # only one\n  - {{id: aoi, name: 森 葵, sources: [{{feed: {town.web.feed_url('aoi')}}}]}}\n"
    )
    assert not (tmp_path / "new").exists()


def test_an_id_that_is_taken(town: Town) -> None:
    web = town.web
    town.write(
        town.text()
        .replace("home_page_url: https://aoi.example", f"home_page_url: {web.base_urls['layla']}")
        .replace(
            f"      - feed: {web.feed_url('aoi')}\n        id: blog\n",
            "      - feed: https://aoi.example/x\n        id: site\n",
        )
    )
    ended = town.run("add", web.feed_url("layla"), "--owner", "aoi", "--yes", "--json")
    assert (ended.code, ended.err) == (0, "")
    assert [line["text"] for line in facts(ended.out)["config"]["lines"]] == [
        f"      - feed: {web.feed_url('layla')}",
        "        id: site-2",
    ]
    assert load(town.config, {}).owners[2].sources[1].key == "aoi/site-2"


def test_a_source_that_the_config_has_is_known_by_whatever_name(town: Town) -> None:
    text = town.config.read_text()
    for words in (
        ["add", town.web.feed_url("site")],
        ["add", town.web.feed_url("layla"), "--owner", "layla", "--json"],
    ):
        ended = town.run(*words)
        assert ended.code == 0
        assert "already" in ended.out
    assert town.config.read_text() == text


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["devto:mira"], 2, 'there is no kind "devto" (did you mean "dev"?)'),
        (["dev:nora"], 2, "whose is it? Say --owner ID; there are mira, layla, aoi"),
        (["{site}/nothing.xml", "--owner", "mira"], 1, "404 Not Found"),
        (
            ["{closed}/feed.xml", "--owner", "mira", "--yes"],
            1,
            "Nothing was written; run this again once it can be read.",
        ),
        (["{site}/images/queue.svg", "--owner", "mira", "--yes", "--json"], 1, "Nothing was written"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changes(town: Town, words: list[str], code: int, said: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        text = town.write(town.text().replace("allow_private: [", f"allow_private: ['{address}', "))
        places = {"site": town.web.base_urls["site"], "closed": f"http://{address}"}
        ended = town.run("add", *(word.format(**places) for word in words))
    assert ended.code == code
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert town.config.read_text() == text
    if "--json" in words:
        assert facts(ended.out)["written"] is False


HTML = "text/html; charset=utf-8"


@pytest.fixture
def asha(webs: Callable[[], Web]) -> Web:
    """A site with a feed, that calls an account on a server of Mastodon its own."""
    site, social = webs(), webs()
    document = Path(__file__).parents[2] / "core" / "sources" / "documents"
    social.page("/@asha.rss", (document / "mastodon.xml").read_text(encoding="utf-8"))
    site.page("/feed/", (document / "wordpress.xml").read_text(encoding="utf-8"))
    site.page(
        "/",
        f"""<link rel=alternate type="application/rss+xml" href="/feed/">
        <a rel=me href="{social.url("/@asha")}">M</a>""",
        content_type=HTML,
    )
    return site


def only_asha(town: Town) -> None:
    town.write(
        f"database_url: sqlite:///{town.folder}/new.db\nfetch: {{allow_private: [127.0.0.1]}}\n"
        "owners:\n  - id: asha\n    name: Asha Rao\n    sources: []\n"
    )


def test_a_page_becomes_its_source_and_what_it_calls_its_own_is_offered(town: Town, asha: Web) -> None:
    only_asha(town)
    ended = town.type("add", asha.url("/"), types=[(ASK, "\n"), ("Look at that, too? [Y/n]", "\n"), (ASK, "\n")])
    assert ended.code == 0, ended.out
    assert ended.wide() == []
    assert "Chosen because its page names it as its feed.\n" in ended.out
    assert "Its page calls " in ended.out
    assert [one.key for one in load(town.config, {}).sources] == ["asha/wordpress", "asha/mastodon"]
    assert f"      - wordpress: {asha.url('/')}\n" in town.config.read_text()


def test_unasked_nothing_is_taken_that_was_only_found(town: Town, asha: Web) -> None:
    only_asha(town)
    ended = town.run("add", asha.url("/"), "--yes")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.endswith("/@asha --owner asha` adds it.\n")
    assert [one.key for one in load(town.config, {}).sources] == ["asha/wordpress"]


def test_several_at_once(town: Town, asha: Web) -> None:
    only_asha(town)
    words = ["add", asha.url("/feed/"), town.web.feed_url("aoi"), asha.url("/nothing"), "--yes", "--json"]
    ended = town.run(*words)
    assert ended.code == 1
    assert "404" in ended.err
    assert [one["written"] for one in facts(ended.out)] == [True, True, False]
    assert len(load(town.config, {}).sources) == 2
    assert [one.get("already") for one in facts(town.run(*words[:3], "--json").out)] == [True, True]
