"""What stands around the code: locks that fit the project, links that lead somewhere, no trace of a machine."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import aggregator

ROOT = Path(__file__).parents[2]
MADE = {".git", ".cache", "build", "dist", "node_modules"}  # by tools; whatever begins like a virtual environment too

# Homes of users and roots of checkouts: a path that only one machine has.
MACHINE_PATH = re.compile(r"(?<![\w.:/\\-])/(?:home|root|Users|work|workspace)/\w")
REGISTRY = re.compile(r"\b(?:pypi|pythonhosted|npmjs|crates|rubygems)\.(?:org|com|io)\b")


def files() -> list[Path]:
    """Return every file that belongs to the project."""
    found: list[Path] = []
    for folder, folders, names in os.walk(ROOT):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if name not in MADE
            and not name.startswith((".venv", "__pycache__"))
            and not name.endswith(("_cache", ".egg-info"))
            and name != ".hypothesis"
            and here / name != ROOT / "data"
        )
        found += [here / name for name in sorted(names) if name not in MADE]  # .git is a file in a worktree
    return found


def texts() -> list[tuple[str, str]]:
    """Return (name, text) of every file of the project that is text; the locks aside."""
    found = []
    for path in files():
        body = path.read_bytes()
        if b"\0" not in body and path.suffix != ".lock":
            found.append((path.relative_to(ROOT).as_posix(), body.decode("utf-8", "replace")))
    return found


def offences(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number} {line.strip()[:100]}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_machine() -> None:
    assert offences(MACHINE_PATH) == []


def test_no_file_names_a_package_registry() -> None:
    assert offences(REGISTRY) == []


@pytest.mark.parametrize("line", ["see {}home/asha/notes", 'cd "{}root/x"', "open({}Users/asha)"])
def test_a_machine_path_is_seen(line: str) -> None:
    assert MACHINE_PATH.search(line.format("/"))


@pytest.mark.parametrize("line", ["https://asha.example/home/x", "./home/x", "a/root/b", "/home", "/homes/x"])
def test_other_paths_are_none(line: str) -> None:
    assert not MACHINE_PATH.search(line)


# ── locks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def project() -> dict[str, Any]:
    loaded: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return loaded


def locked(lock: str) -> dict[str, tuple[str, int]]:
    """Return name -> (version, number of hashes) of what `lock` installs; the highest where markers name several."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    found: dict[str, tuple[str, int]] = {}
    for block in re.split(r"\n(?=[A-Za-z])", text):
        pin = re.match(r"([A-Za-z0-9._-]+)==([^\s;\\]+)", block)
        assert pin, f"{lock}: not a pin: {block[:80]}"
        found[canonicalize_name(pin[1])] = (pin[2], block.count("--hash=sha256:"))
    return found


@pytest.mark.parametrize("lock", ["run.lock", "traces.lock", "dev.lock"])
def test_a_lock_holds_every_dependency_in_a_version_that_fits(lock: str) -> None:
    wanted = list(project()["project"]["dependencies"])
    if lock == "traces.lock":
        wanted += project()["project"]["optional-dependencies"]["traces"]
    if lock == "dev.lock":
        wanted += project()["dependency-groups"]["dev"]
    pins = locked(lock)
    for line in wanted:
        requirement = Requirement(line)
        version, _ = pins[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{line}, but {lock} has {version}: run `make lock`"


@pytest.mark.parametrize("lock", ["run.lock", "traces.lock", "dev.lock"])
def test_a_lock_hashes_all_and_names_no_place(lock: str) -> None:
    assert [name for name, (_, hashes) in locked(lock).items() if not hashes] == []
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("--") or "://" in line] == []


@pytest.mark.parametrize("smaller", ["run.lock", "traces.lock"])
def test_locks_agree(smaller: str) -> None:
    pins, dev = locked(smaller), locked("dev.lock")
    assert {name: pin for name, pin in pins.items() if dev.get(name) != pin} == {}


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────

PAGES = sorted(path for path in files() if path.suffix == ".md")
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)|(?:src|srcset|href)=\"([^\"\s]+)\"")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [one or other for one, other in LINK.findall(prose)]
    local = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:|#", link)]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_readme_is_the_way_in() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for needed in ("make serve", "make demo", "make test", "CONTRIBUTING.md", "LICENSE"):
        assert needed in readme


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_make_has_every_target_that_a_page_names(page: Path) -> None:
    code = re.findall(r"```.*?```|`[^`\n]*`", page.read_text(encoding="utf-8"), re.DOTALL)
    named = {target for span in code for target in re.findall(r"\bmake ([a-z]+)", span)}
    assert named - targets() == set()


def test_ci_runs_what_the_readme_says() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    command = re.search(r'^test_command="(.+)"$', ci, re.MULTILINE)
    assert command
    assert command[1] in (ROOT / "README.md").read_text(encoding="utf-8")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_changelog_knows_this_version_or_prepares_it() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[(?:Unreleased|{re.escape(aggregator.__version__)})\]", changelog, re.MULTILINE)
