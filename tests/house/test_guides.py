"""The guides in docs say what is so: their commands and options exist, their links arrive, their configs load."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import click
import pytest

from aggregator.cli import cli
from aggregator.config import load

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GUIDES = sorted(DOCS.rglob("*.md"))
PAGES = [*GUIDES, *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "bench/README.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE_BLOCK = re.compile(r"```.*?```", re.DOTALL)
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
CALL = re.compile(r"(?<![\w.:-])aggregator[ ]+([a-z]+)((?:[ ]+[^\s`|>&;)]+)*)")

by_name = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def anchors(page: Path) -> set[str]:
    """What headings are called in addresses: lower case, spaces as hyphens, no punctuation."""
    headings = re.findall(r"^#+ (.+)$", CODE_BLOCK.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@by_name
def test_links_arrive(page: Path) -> None:
    lost = []
    for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_every_guide_is_in_the_table_of_contents() -> None:
    listed = {(DOCS / link).resolve() for link in LINK.findall((DOCS / "index.md").read_text(encoding="utf-8"))}
    assert [guide.name for guide in GUIDES if guide.name != "index.md" and guide not in listed] == []


def wrong(name: str, words: list[str]) -> str | None:
    """What is wrong with a call of a command as a page spells it, if anything."""
    context = click.Context(cli)
    command = cli.get_command(context, name)
    if command is None:
        return f"there is no command {name}"
    if isinstance(command, click.Group) and words and words[0].isalpha():
        return wrong_options(f"{name} {words[0]}", command.get_command(context, words[0]), words[1:])
    return wrong_options(name, command, words)


def wrong_options(name: str, command: click.Command | None, words: list[str]) -> str | None:
    if command is None:
        return f"there is no command {name}"
    known = {spelling for option in command.params for spelling in option.opts} | {"--help"}
    unknown = [word for word in words if word.startswith("--") and word.strip("[].,:") not in known]
    return f"{name} takes no {unknown[0]}" if unknown else None


@by_name
def test_commands_exist_and_take_the_options_that_a_page_names(page: Path) -> None:
    calls = [call for code in CODE.findall(page.read_text(encoding="utf-8")) for call in CALL.findall(code)]
    assert [problem for name, words in calls if (problem := wrong(name, words.split()))] == []


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ("aggregator poll --force", None),
        (".venv/bin/aggregator db backup FILE", None),
        ("aggregator fly", "there is no command fly"),
        ("aggregator db sink", "there is no command db sink"),
        ("$ aggregator status --loud", "status takes no --loud"),
    ],
)
def test_a_wrong_call_is_seen(call: str, problem: str | None) -> None:
    [(name, words)] = CALL.findall(call)
    assert wrong(name, words.split()) == problem


def snippets() -> list[tuple[str, str]]:
    """Every YAML of the guides and the README, with where it stands; those in a list are moved to the margin."""
    found: list[tuple[str, str]] = []
    for page in (*GUIDES, ROOT / "README.md"):
        text = page.read_text(encoding="utf-8")
        blocks = re.finditer(r"^( *)```yaml\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
        found += [(f"{page.name}:{text.count(chr(10), 0, it.start()) + 1}", textwrap.dedent(it[2])) for it in blocks]
    return found


def test_there_are_configs_in_the_guides() -> None:
    assert len(snippets()) >= 5


@pytest.mark.parametrize(("where", "snippet"), snippets(), ids=[where for where, _ in snippets()])
def test_a_config_in_a_guide_loads(where: str, snippet: str, tmp_path: Path) -> None:
    whole = re.search(r"^owners:", snippet, re.MULTILINE) is not None
    part = "owners:\n  - id: asha\n    name: Asha Rao\n" + textwrap.indent(snippet, "    ")
    file = tmp_path / "aggregator.yaml"
    file.write_text(snippet if whole else part, encoding="utf-8")
    assert load(file, {}).owners
