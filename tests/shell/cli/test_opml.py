"""Lists of feeds go in and out: what was exported can be imported, and a config keeps its comments."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from aggregator.config import load
from tests.shell.cli.terminal import script, terminal
from tests.shell.command import Ended

CONFIG = """\
# mine
site: {title: Feeds, base_url: "https://feeds.example"}
database_url: sqlite:///aggregator.db
owners:
  - id: asha
    name: Asha Rao
    home_page_url: https://asha.example
    sources: # where I write
      - dev: asharao # since 2019
      - feed: https://asha.example/feed.xml
        title: Asha's notes & drafts
    entries:
      - {title: On stage, kind: talk, date: 2025-04}
  - id: bo
    name: Bo
"""
LIST = """\
<opml version="1.1"><body>
  <outline text="Platforms">
    <outline text="Asha on DEV" xmlUrl="https://dev.to/feed/asharao"/>
    <outline text="Bo on DEV" xmlUrl="https://dev.to/feed/bolind"/>
    <outline text="Everything about Go" xmlUrl="https://dev.to/feed/tag/go"/>
  </outline>
  <outline text="Bo's: a &quot;blog&quot; # one ${HOME}" xmlUrl="https://bo.example/atom.xml"/>
  <outline text="Second" xmlUrl="https://bo.example/second.xml"/>
</body></opml>
"""
Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "aggregator.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "list.opml").write_text(LIST, encoding="utf-8")
    return lambda *words: script(*words, "--config", "aggregator.yaml", cwd=tmp_path)


def outlines(text: str) -> dict[str, str | None]:
    root = etree.fromstring(text.encode())
    return {one.get("xmlUrl") or "": one.get("text") for one in root.iter("outline") if one.get("xmlUrl")}


def text_of(folder: Path) -> str:
    return (folder / "aggregator.yaml").read_text(encoding="utf-8")


def test_sources_go_out(run: Run) -> None:
    ended = run("opml")
    assert (ended.code, ended.err) == (0, "")
    assert outlines(ended.out) == {
        "https://dev.to/feed/asharao": "DEV",
        "https://asha.example/feed.xml": "Asha's notes & drafts",
    }
    assert outlines(run("opml", "--owner", "bo").out) == {}


def test_our_own_feeds_go_out(run: Run) -> None:
    ended = run("opml", "--feeds", "--owner", "asha")
    assert ended.code == 0
    assert outlines(ended.out) == {"https://feeds.example/asha/rss.xml": "Asha Rao"}
    assert len(outlines(run("opml", "--feeds").out)) == 3


def test_feeds_come_in(run: Run, tmp_path: Path) -> None:
    ended = run("import", "list.opml", "--owner", "bo", "--yes")
    assert ended.code == 0, ended.err
    assert "5 added." in ended.out
    added = text_of(tmp_path).removeprefix(CONFIG.rstrip("\n"))
    assert text_of(tmp_path).startswith(CONFIG.rstrip("\n")), "everything else stays, comments too"
    assert "dev: bolind" in added
    asha, bo = load(tmp_path / "aggregator.yaml", {}).owners
    assert len(asha.sources) == 2
    assert [(one.kind, one.id, one.feed_url, one.title) for one in bo.sources] == [
        ("dev", "dev", "https://dev.to/feed/asharao", "DEV"),
        ("dev", "dev-bolind", "https://dev.to/feed/bolind", "DEV"),
        ("dev", "dev-go", "https://dev.to/feed/tag/go", "#go on DEV"),
        ("feed", "site", "https://bo.example/atom.xml", 'Bo\'s: a "blog" # one ${HOME}'),
        ("feed", "site-second", "https://bo.example/second.xml", "Second"),
    ]


def test_what_is_there_already_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    exported = run("opml", "--owner", "asha").out
    (tmp_path / "mine.opml").write_text(exported, encoding="utf-8")
    ended = run("import", "mine.opml", "--owner", "asha", "--yes")
    assert (ended.code, ended.out.strip()) == (0, "0 to add, 2 already there.")
    assert text_of(tmp_path) == CONFIG
    ended = run("import", "mine.opml", "--owner", "bo", "--yes")
    assert ended.code == 0
    asha, bo = load(tmp_path / "aggregator.yaml", {}).owners
    assert [one.feed_url for one in bo.sources] == [one.feed_url for one in asha.sources]
    assert outlines(run("opml", "--owner", "bo").out) == outlines(exported)


def test_without_a_terminal_nothing_is_written_unless_it_is_said(run: Run, tmp_path: Path) -> None:
    ended = run("import", "list.opml", "--owner", "bo")
    assert ended.code == 2
    assert "dev: bolind" in ended.out
    assert "--yes" in ended.err
    assert text_of(tmp_path) == CONFIG


@pytest.mark.parametrize(("answer", "written"), [("y", True), ("n", False), ("", True)])
def test_on_a_terminal_it_asks(run: Run, tmp_path: Path, answer: str, written: bool) -> None:
    words = ("import", "list.opml", "--owner", "bo", "--config", "aggregator.yaml")
    ended = terminal(*words, cwd=tmp_path, types=[("Write that?", f"{answer}\r")])
    assert ended.code == 0, ended.out
    assert ("5 added." in ended.out) is written
    assert (text_of(tmp_path) != CONFIG) is written
    assert ended.wide() == []


def test_facts_for_programs(run: Run, tmp_path: Path) -> None:
    ended = run("import", "list.opml", "--owner", "asha", "--yes", "--json")
    found = json.loads(ended.out)
    assert ended.code == 0
    assert found["written"] is True
    assert found["known"] == ["https://dev.to/feed/asharao"]
    assert found["refused"] == []
    assert found["added"][0] == {"dev": "bolind", "id": "dev-bolind"}
    assert found["config"]["file"] == "aggregator.yaml"
    assert len(load(tmp_path / "aggregator.yaml", {}).owners[0].sources) == 6


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("import", "list.opml"), 2, "Say --owner ID; there are asha, bo"),
        (("import", "list.opml", "--owner", "ash"), 2, 'did you mean "asha"?'),
        (("import", "none.opml", "--owner", "bo"), 2, "none.opml"),
        (("import", "aggregator.yaml", "--owner", "bo"), 2, "no workflow that lists feeds"),
        (("import", "empty.opml", "--owner", "bo"), 1, ""),
        (("opml", "--owner", "ash"), 2, 'did you mean "asha"?'),
        (("imp",), 2, "Did you mean 'import'?"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, tmp_path: Path, words: tuple[str, ...], code: int, said: str) -> None:
    (tmp_path / "empty.opml").write_text("<opml version='2.0'><body/></opml>")
    ended = script(*words, *(("--config", "aggregator.yaml") if len(words) > 1 else ()), cwd=tmp_path)
    assert ended.code == code, ended
    assert said in ended.err
    assert text_of(tmp_path) == CONFIG


PLANET = """\
[Planet]
name = Planet Example
[https://bo.example/atom.xml]
name = Bo Lind
[https://bad.example/atom.xml]
name = Choosy
exclude = draft
"""
FRESHRSS = """\
<opml xmlns:frss="https://freshrss.org/opml" version="2.0"><body><outline text="Field Notes">
<outline text="Notes" type="HTML+XPath" xmlUrl="https://bo.example/notes" frss:xPathItem="//article"/>
<outline text="Dotted" type="JSON+DotNotation" xmlUrl="https://bo.example/api"/>
</outline></body></opml>
"""
WORKFLOW = "jobs: {a: {steps: [{uses: x, with: {feed_list: 'https://dev.to/feed/bolind, https://bo.example/rss'}}]}}"


@pytest.mark.parametrize(
    ("name", "body", "flags", "code", "found"),
    [
        ("planet.ini", PLANET, (), 1, [("feed", "https://bo.example/atom.xml", "Bo Lind", None)]),
        ("fresh.opml", FRESHRSS, ("--sections",), 1, [("site", "https://bo.example/notes", "Notes", "Field Notes")]),
        (
            "blog-posts.yml",
            WORKFLOW.replace("{feed_list", "{\n  feed_list"),
            (),
            0,
            [
                ("dev", "https://dev.to/feed/bolind", "DEV", None),
                ("feed", "https://bo.example/rss", None, None),
            ],
        ),
    ],
)
def test_what_other_programs_keep_comes_in(
    run: Run, tmp_path: Path, name: str, body: str, flags: tuple[str, ...], code: int, found: list[object]
) -> None:
    (tmp_path / name).write_text(body, encoding="utf-8")
    ended = run("import", name, "--owner", "bo", "--yes", *flags)
    assert ended.code == code, ended.err
    assert ("refused" in ended.out) is (code == 1)
    _, bo = load(tmp_path / "aggregator.yaml", {}).owners
    told = [(one.kind, one.feed_url, one.title, one.section) for one in bo.sources]
    assert told == found
