"""The rules of the house that no tool holds: sizes, names, words, what the pure rooms may touch."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "aggregator"

# The rooms up to `ingest`: what they do depends on their arguments and on nothing else.
PURE = ("past", "ingest", "normalize", "dedupe", "cadence", "render", "sources", "parse", "text", "model", "errors")
IMPURE_MODULES = {
    "asyncio", "getpass", "http.client", "http.server", "locale", "multiprocessing", "os", "platform", "random",
    "secrets", "shutil", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "urllib.request",
    "uuid",
}  # fmt: skip
CLOCKS = {"now", "utcnow", "today"}
FILES = {"read_bytes", "read_text", "write_bytes", "write_text"}

VAGUE = re.compile(r"(?:utils?|helpers?|managers?|services?|common|base|misc|stuff)", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|type:\s*ignore|pragma:\s*no\s*cover|pyright:|mypy:\s*ignore")
LONGEST_FILE = 400  # the aim is 300
GLOSSARIES = {
    "aggregator/model.py",
    "aggregator/store/schema.py",
}  # one list of nouns, or tables: read like a dictionary
LONGEST_FUNCTION = 60  # the aim is 35


def python_files(*places: str) -> list[Path]:
    return sorted(path for place in places for path in (ROOT / place).rglob("*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes(), filename=str(path))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


EVERYWHERE = python_files("aggregator", "alembic", "bench", "tests")


def test_there_is_something_to_hold_the_rules_against() -> None:
    assert len(python_files("aggregator")) > 10
    assert Path(__file__) in EVERYWHERE


def test_every_module_says_in_one_sentence_why_it_exists() -> None:
    found = {}
    for path in EVERYWHERE:
        first = (ast.get_docstring(tree(path)) or "").partition("\n\n")[0]
        if not first.endswith(".") or re.search(r"[.!?]\s+[A-Z]", first):
            found[name(path)] = first or "no docstring"
    assert found == {}


def test_every_room_is_a_package() -> None:
    # The import contracts do not see a directory without an __init__.py.
    rooms = {path.parent for path in python_files("aggregator")}
    assert sorted(name(room) for room in rooms if not (room / "__init__.py").exists()) == []


def test_files_stay_short() -> None:
    lengths = {name(path): len(path.read_bytes().splitlines()) for path in python_files("aggregator")}
    long = {path for path, lines in lengths.items() if lines > LONGEST_FILE}
    assert sorted(long - GLOSSARIES) == []


def test_functions_stay_short() -> None:
    found = {}
    for path in python_files("aggregator"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    found[f"{name(path)}:{node.lineno} {node.name}"] = lines
    assert found == {}


def test_nothing_is_left_for_later_and_no_checker_is_silenced() -> None:
    found = []
    for path in EVERYWHERE:
        with path.open("rb") as source:
            comments = [token for token in tokenize.tokenize(source.readline) if token.type == tokenize.COMMENT]
        found += [f"{name(path)}:{it.start[0]} {it.string}" for it in comments if UNFINISHED.search(it.string)]
    assert found == []


def test_modules_are_named_after_what_they_hold() -> None:
    parts = {part for path in EVERYWHERE for part in (*path.parent.relative_to(ROOT).parts, path.stem)}
    assert sorted(part for part in parts if VAGUE.fullmatch(part)) == []


def imports(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of everything that is imported, `from a import b` as "a" and "a.b"."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def test_imports_are_absolute() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in EVERYWHERE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert found == []


def test_tests_patch_nothing() -> None:
    found = []
    for path in python_files("tests"):
        module = tree(path)
        found += [f"{name(path)}:{line} {what}" for line, what in imports(module) if re.search(r"\bmock\b", what)]
        found += [
            f"{name(path)}:{node.lineno} {node.arg}"
            for node in ast.walk(module)
            if isinstance(node, ast.arg) and node.arg in ("monkeypatch", "mocker")
        ]
    assert found == []


def pure_files() -> list[Path]:
    return [
        path for path in python_files("aggregator") if path.relative_to(PACKAGE).parts[0].removesuffix(".py") in PURE
    ]


def touches(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, what) of every use of a clock, a file, the environment or chance."""
    yield from ((line, what) for line, what in imports(module) if what in IMPURE_MODULES)
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            # What importlib.resources finds inside the package is code in another language.
            method = "" if called.startswith("files(") else called.rpartition(".")[2]
            if called in ("open", "input", "print") or ("." in called and method in CLOCKS | FILES):
                yield node.lineno, f"{called}()"


def test_the_pure_rooms_touch_nothing_outside() -> None:
    assert [f"{name(path)}:{line} {what}" for path in pure_files() for line, what in touches(tree(path))] == []


@pytest.mark.parametrize(
    "line",
    [
        "import os",
        "from urllib import request",
        "from urllib.request import urlopen",
        "at = datetime.now(UTC)",
        "open('x')",
        "Path('x').read_text()",
    ],
)
def test_the_purity_rule_sees(line: str) -> None:
    assert list(touches(ast.parse(line)))


def test_the_purity_rule_lets_the_package_read_its_own() -> None:
    assert not list(touches(ast.parse("files('aggregator.render').joinpath('page.css').read_text()")))


def test_the_tests_stand_where_contributing_says() -> None:
    tests = [path.relative_to(ROOT / "tests") for path in python_files("tests") if path.name.startswith("test_")]
    assert {path.parts[0] for path in tests} <= {"core", "shell", "web", "corpus", "house"}
