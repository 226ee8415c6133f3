"""A wheel is whole: it brings migrations, templates, the element and schemas, and runs without a checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[3]


def built(kind: str, source: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=120)
    (found,) = folder.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed: make setup")
    return built("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked, as pip does it; what it depends on comes from here."""
    folder = tmp_path_factory.mktemp("installed")
    with ZipFile(wheel) as packed:
        packed.extractall(folder)
    return folder


def files(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in paths}


def program(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "aggregator", *words]
    return subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True, text=True, timeout=120)


def test_everything_is_in_it(wheel: Path, installed: Path) -> None:
    assert files(ROOT / "aggregator") <= files(installed / "aggregator")
    assert files(ROOT / "alembic") <= files(installed / "aggregator" / "store" / "alembic")
    with ZipFile(wheel) as packed:
        (about,) = (name for name in packed.namelist() if name.endswith(".dist-info/entry_points.txt"))
        assert "aggregator = aggregator.cli:main" in packed.read(about).decode()
        assert {name.split("/")[0] for name in packed.namelist()} == {"aggregator", about.split("/")[0]}


def test_a_source_distribution_gives_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(built("sdist", ROOT, tmp_path / "sdist")) as packed:
        packed.extractall(tmp_path, filter="data")
    (source,) = (path for path in tmp_path.iterdir() if path.name.startswith("article_aggregator-"))
    again = built("wheel", source, tmp_path / "wheel")
    with ZipFile(wheel) as one, ZipFile(again) as other:
        assert {info.filename: info.CRC for info in one.infolist()} == {
            info.filename: info.CRC for info in other.infolist()
        }
    assert files(ROOT / "docs") <= files(source / "docs")


def test_it_runs_without_a_checkout(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "aggregator.yaml").write_text(
        'site: {title: Feeds, base_url: "https://feeds.example"}\ndatabase_url: sqlite:///data/aggregator.db\n'
        "owners: [{id: asha, name: Asha Rao, sources: []}]\n"
    )
    where = subprocess.run(
        [sys.executable, "-c", "import aggregator; print(aggregator.__file__)"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert where.stdout.startswith(str(installed))
    assert "is at revision" in program(installed, tmp_path, "db", "upgrade").stdout
    assert program(installed, tmp_path, "export", "public").returncode == 0
    assert (tmp_path / "public" / "index.html").is_file()
    assert '"$schema"' in program(installed, tmp_path, "schema", "config").stdout


def test_the_demo_runs_from_it(installed: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "aggregator", "demo", "--port", "0"]
    running = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert running.stdout is not None
        address = next(found[1] for line in running.stdout if (found := re.search(r"(http://127\.0\.0\.1:\d+)/", line)))
        for path in ("/", "/embed/v1/article-feed.js", "/index.json", "/readyz"):
            with urllib.request.urlopen(f"{address}{path}", timeout=30) as answer:
                assert answer.status == 200
                assert answer.read()
    finally:
        running.terminate()
        running.communicate(timeout=30)
