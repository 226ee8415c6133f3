"""Every mistake is named with file, line, key and the nearest valid word, all at once, and no secret with them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator import config
from aggregator.errors import ConfigError

OWNER = "owners:\n  - id: asha\n    name: Asha\n"


def problems(folder: Path, text: str | bytes, environ: Mapping[str, str] | None = None) -> list[str]:
    path = folder / "c.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as wrong:
        config.load(path, environ or {})
    return [problem.replace(f"{folder}/", "") for problem in wrong.value.problems]


SYNTAX = [
    (b"", "c.yaml:1: is empty"),
    (b"# nothing\n", "c.yaml:1: is empty"),
    (b"- a\n- b\n", "c.yaml:1: must be a mapping: keys such as owners: at the left margin"),
    (b"owners:\n\t- id: a\n", "c.yaml:2: a tab stands where spaces are needed; indent with spaces"),
    (
        b"owners:\n  - id: a\n    sources:\n      - medium: @asharao\n",
        'c.yaml:4: a text that begins with "@" needs quotes, as in medium: "@asharao"',
    ),
    (
        b"site:\n  title: Kafka: the good parts\n",
        'c.yaml:2: a ":" stands where none can be; put a text that contains ": " in quotes,'
        ' and write a space after a key\'s ":"',
    ),
    (b"site:\n  title: 'Feeds\n", "c.yaml:3: a quote is opened and never closed"),
    (b"a:\n  - b: 1\n   c: 2\n", "c.yaml:3: the indentation does not fit the lines above"),
    (b"a: 1\n---\nb: 2\n", 'c.yaml:2: a second document begins ("---"); one file is one document'),
    (b"a: *b\n", 'c.yaml:1: a text that begins with "*" needs quotes'),
    (b"site: - a\n", 'c.yaml:1: begin a list on a line of its own, each item with "- "'),
    (b"site:\n  title: \xff\n", "c.yaml:2: is not UTF-8 text"),
    (b"site:\n  title: \x01\n", "c.yaml:2: contains a control character"),
    (b"[" * 5000, "c.yaml:1: is nested more than 40 levels deep"),
    (b"a: &a [*a]\n" + OWNER.encode(), "c.yaml:1: a[0]: its aliases (*name) expand to too much, or to themselves"),
]


@pytest.mark.parametrize(("text", "problem"), SYNTAX, ids=[problem[:40] for _, problem in SYNTAX])
def test_what_is_no_yaml(tmp_path: Path, text: bytes, problem: str) -> None:
    assert problem in problems(tmp_path, text)


def test_a_billion_laughs(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    found = problems(tmp_path, "\n".join(lines) + "\n" + OWNER)
    assert any("expand to too much" in problem for problem in found)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as wrong:
        config.load(tmp_path / "none.yaml", {})
    advice = "there is no such file; `aggregator init` writes one, --config names another"
    assert wrong.value.problems == [f"{tmp_path}/none.yaml:1: {advice}"]


def read_mistakes() -> list[tuple[str, str]]:
    """Pairs of a config and the one line that its one mistake must give."""
    blocks = Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8").split("===\n")[1:]
    pairs = [block.split("---\n") for block in blocks]
    return [(text, problem.strip()) for text, problem in pairs]


MISTAKES = read_mistakes()


@pytest.mark.parametrize(("text", "problem"), MISTAKES, ids=[problem[:60] for _, problem in MISTAKES])
def test_one_mistake_is_one_exact_line(tmp_path: Path, text: str, problem: str) -> None:
    assert problems(tmp_path, text) == [problem]


def test_all_mistakes_are_told_at_once_in_reading_order(tmp_path: Path) -> None:
    text = """\
site: {titel: x}
fetch: {timeout: soon}
owners:
  - id: Asha
    sources:
      - dev: top
      - mediun: x
      - feed: https://a.example/feed
      - feed: https://a.example/feed2
    entries: [{date: 7}]
    categories: [{id: a, label: A}, {id: a, label: B}]
  - id: bob
    name: Bob
    home_page_url: bob
webhooks: [{}]
"""
    found = problems(tmp_path, text)
    assert [problem.split(": ")[0] + " " + problem.split(": ")[1] for problem in found] == [
        "c.yaml:1 site.titel",
        "c.yaml:2 fetch.timeout",
        "c.yaml:4 owners[0].id",
        "c.yaml:4 owners[0]",
        "c.yaml:6 owners[0].sources[0].dev",
        "c.yaml:7 owners[0].sources[1].mediun",
        "c.yaml:9 owners[0].sources[3]",
        "c.yaml:10 owners[0].entries[0].date",
        "c.yaml:11 owners[0].categories[1].id",
        "c.yaml:14 owners[1].home_page_url",
        "c.yaml:15 webhooks[0]",
    ]


EVERYWHERE = """\
site: {title: "${S}", base_url: "${S}"}
database_url: "${S}"
fetch: {max_bytes: "${S}", contact: "${S}", allow_private: ["${S} "], concurrency: "${S}", timeout: "${S}"}
include: ["${S}"]
owners:
  - id: ${S}
    name: x
    home_page_url: ${S}
    prefer: ["${S}"]
    sources:
      - dev: ${S}/x/y
      - feed: ${S}
      - medium: https://medium.com/tag/${S}
      - dev: zz.zz/a
        base_url: https://${S}
      - feed: https://x.example/
        include: "${S}"
        exclude: {title: "(${S}"}
      - {dev: a, content: "${S}", interval: "${S}", backfill: "${S}", enabled: "${S}", section: "${S}"}
      - {feed: "https://x.example/${S}", id: "${OK}"}
      - {feed: "https://x.example/${S}", id: "${OK}"}
      - "${S}"
    entries: [{title: x, kind: "${S}", date: "${S}", url: "${S}", metrics: "${S}"}]
    categories: [{id: "${OK}", label: x}, {id: "${OK}", label: x}]
    tags: {a: {aliases: ["${S}"]}, b: {aliases: ["${S}"]}}
  - {id: "${OK}", name: x}
  - {id: "${OK}", name: x}
  - "${S}"
webhooks: [{url: "${S}", secret: "${EMPTY}", kind: "${S}", events: ["${S}"]}, {url: "${S}", secret: ["${S}"]}]
"""


@pytest.mark.parametrize(
    "secret", ["T0psecret", "t0psecret.example", "dev:t0psecret", "https://t0psecret", "(t0psecret"]
)
def test_what_came_from_the_environment_is_never_shown(tmp_path: Path, secret: str) -> None:
    environ = {"S": secret, "OK": "t0psecret-id", "EMPTY": ""}
    found = problems(tmp_path, EVERYWHERE, environ)
    assert len(found) > 10
    assert not [problem for problem in found if "t0psecret" in problem.lower()]
    assert "c.yaml:29: webhooks[0].secret: is empty" in found


GOOD = """\
site: {title: Feeds, base_url: https://feeds.example}
fetch: {min_interval: 1h, per_host: {concurrency: 1}, max_bytes: 10MiB}
owners:
  - id: asha
    name: Asha
    home_page_url: https://asha.example
    prefer: [site, dev]
    sources:
      - dev: asharao
      - medium: "@asharao"
        include: {title: "a+b"}
      - feed: https://asha.example/feed
        interval: 1h30m
    entries: [{title: Moved, date: 2018-12, metrics: [{label: L, value: "1"}]}]
    tags: {kafka: {label: Kafka, aliases: [apache-kafka]}}
webhooks: [{url: "${HOOK}", kind: deploy}]
"""
PIECES = st.sampled_from(
    [
        *(
            "",
            "\t",
            "  ",
            ":",
            ": ",
            "- ",
            "\n",
            "[",
            "]",
            "{",
            "}",
            "&a ",
            "*a",
            "'",
            '"',
            "#",
            "?",
            "|",
            ">",
            "!",
            "%",
        ),
        *("@", "${", "${X}", "null", "true", "0x1", "1e9", "-1", ".inf", "~", "<<: ", "2018", "\x00", "\ufeff", "é"),
        *("((a+)+", "---\n"),
    ]
)


def changed(text: str, edits: list[tuple[float, int, str]]) -> str:
    for place, removed, added in edits:
        at = int(place * len(text))
        text = text[:at] + added + text[at + removed :]
    return text


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), PIECES | st.text(max_size=6)),
        min_size=1,
        max_size=4,
    ).map(lambda edits: changed(GOOD, edits))
)
@example("a: &a {<<: *a}")
@example("? [a]\n: b")
@example("a: &a x\nb: &a y\n")
@example("owners: [{id: a, name: b, sources: [{dev: {}}]}]")
@example("include: ['/', '', '**', '[']")
@example("a: 0x_")
def test_a_damaged_config_is_loaded_or_explained_and_nothing_else(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "c.yaml")
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            config.load(path, {"HOOK": "https://hooks.example/t0ken"})
        except ConfigError as wrong:
            assert wrong.problems
            assert all(problem.startswith(f"{path}:") for problem in wrong.problems)
            assert "t0ken" not in str(wrong)


def test_the_config_that_was_damaged_is_good(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert len(config.load(path, {"HOOK": "https://hooks.example"}).sources) == 3
