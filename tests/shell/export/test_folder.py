"""A folder goes from one good state to the next, holds on to what is not ours, and survives every end of a process."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.api.article_routes import article_files
from aggregator.errors import ConfigError
from aggregator.export.folder import ExportError, opened
from aggregator.export.manifest import File, Manifest, read
from aggregator.export.names import PRIVATE
from aggregator.export.run import Exported, export
from aggregator.store import Store
from tests.shell.api.library import CONFIG as LIBRARY
from tests.shell.api.library import NOW, Work, put
from tests.shell.api.library import stock as stocked

BO = replace(LIBRARY.owners[1], categories=())
CONFIG = replace(LIBRARY, owners=(BO,))
WORKS = (Work(8, "Joins", NOW, ("bo/blog",), {"sql": "SQL"}), Work(9, "Ducks", NOW, ("bo/dev",)))


def stock(store: Store) -> None:
    """Little, so that every test may export it."""
    stocked(store, WORKS, CONFIG)


@pytest.fixture
def engine() -> str:
    """Folders know no engine."""
    return "sqlite"


@pytest.fixture
def out(store: Store, tmp_path: Path) -> Path:
    """A folder to which the library was exported."""
    stock(store)
    folder = tmp_path / "out"
    assert written(store, folder).changed
    return folder


def written(store: Store, folder: Path, *, force: bool = False) -> Exported:
    return export(CONFIG, store, folder, "1", article_files, force=force)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def news(store: Store) -> None:
    put(store, [Work(50, "News", NOW + timedelta(days=1), ("bo/blog",), {"new": "New"})])


def test_what_is_not_published_any_more_is_removed(store: Store, tmp_path: Path) -> None:
    stock(store)
    folder = tmp_path / "out"
    export(replace(CONFIG, owners=(replace(BO, tag_labels={"soon": "Soon"}),)), store, folder, "2", article_files)
    (folder / "tag/soon/mine.txt").write_text("mine")
    done = written(store, folder)
    assert "bo/tag/soon/rss.xml" in done.removed
    assert not (folder / "bo/tag/soon").exists()
    assert content(folder)["tag/soon/mine.txt"] == b"mine"
    assert done.changed


def test_a_folder_of_somebody_else_is_left_alone(store: Store, tmp_path: Path) -> None:
    stock(store)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.txt").write_text("years")
    with pytest.raises(ConfigError, match=r"is not empty and no export wrote it .*thesis\.txt"):
        written(store, tmp_path / "out")
    assert content(tmp_path / "out") == {"thesis.txt": b"years"}
    (tmp_path / "out/robots.txt").write_text("mine")
    done = written(store, tmp_path / "out", force=True)
    assert done.kept == ()
    found = content(tmp_path / "out")
    assert found["thesis.txt"] == b"years"
    assert found["robots.txt"] != b"mine"


def test_a_file_of_somebody_else_is_not_written_over(store: Store, tmp_path: Path) -> None:
    stock(store)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/CNAME").write_text("feeds.example")
    written(store, tmp_path / "out")
    (tmp_path / "out/tag/new").mkdir()
    (tmp_path / "out/tag/new/rss.xml").write_text("mine")
    news(store)
    done = written(store, tmp_path / "out")
    assert done.kept == ("tag/new/rss.xml",)
    assert content(tmp_path / "out")["tag/new/rss.xml"] == b"mine"
    assert content(tmp_path / "out")["CNAME"] == b"feeds.example"
    assert written(store, tmp_path / "out", force=True).kept == ()


def test_two_exports_at_once_are_one(store: Store, out: Path) -> None:
    with opened(out, force=False), pytest.raises(ExportError, match="Another export"):
        written(store, out)
    assert not written(store, out).changed


def test_a_link_that_leads_out_is_not_followed(store: Store, tmp_path: Path, out: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (out / "tag/new").symlink_to(tmp_path / "elsewhere")
    news(store)
    before = content(out)
    with pytest.raises(ExportError, match="leads out of"):
        written(store, out)
    assert content(tmp_path / "elsewhere") == {}
    assert content(out) == before


def test_a_manifest_that_somebody_else_wrote_removes_nothing_outside(store: Store, tmp_path: Path, out: Path) -> None:
    outside = tmp_path / "precious.txt"
    outside.write_text("precious")
    bad = Manifest({"../precious.txt": File("", 8, ""), str(outside): File("", 8, ""), "gone.xml": File("", 1, "")})
    (out / "manifest.json").write_bytes(bad.written())
    (out / "gone.xml").write_text("x")
    assert written(store, out).removed == ("gone.xml",)
    assert outside.read_text() == "precious"


def test_a_stop_between_two_files_is_put_right(store: Store, out: Path, tmp_path: Path) -> None:
    """As a kill leaves it: some files are new, the list of all of them was written, the manifest is the old one."""
    whole = tmp_path / "whole"
    news(store)
    written(store, whole)
    manifest = read((whole / "manifest.json").read_bytes())
    assert manifest is not None
    before = content(out)
    (out / "tag/new/rss.xml").mkdir(parents=True)  # nothing can be put there
    with pytest.raises(ExportError, match="directory"), opened(out, force=False) as folder:
        staged = {name: folder.workshop / str(number) for number, name in enumerate(["bo/rss.xml", "tag/new/rss.xml"])}
        for name, made in staged.items():
            made.write_bytes((whole / name).read_bytes())
        folder.move_to(manifest, staged)
    (out / "tag/new/rss.xml").rmdir()
    assert content(out)["bo/rss.xml"] != before["bo/rss.xml"]
    assert (out / PRIVATE).exists()
    assert content(out)["manifest.json"] == before["manifest.json"]
    written(store, out)
    assert content(out) == content(whole)


_EXPORT = """
import resource, sys
from pathlib import Path
from aggregator.api.article_routes import article_files
from aggregator.export.run import export
from aggregator.store import Store
from tests.shell.export.test_folder import CONFIG
if __name__ == "__main__":
    url, folder, most = sys.argv[1:]
    if int(most):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), int(most)))
    export(CONFIG, Store.open(url), Path(folder), "1", article_files)
"""


def process(url: str, folder: Path, most_bytes: int = 0) -> subprocess.Popen[bytes]:
    """An export in a process of its own; no file that it writes may be longer than ``most_bytes``."""
    return subprocess.Popen(
        [sys.executable, "-c", _EXPORT, url, str(folder), str(most_bytes)],
        cwd=Path(__file__).parents[3],
        stderr=subprocess.PIPE,
    )


def test_a_kill_leaves_the_old_state(store: Store, database_url: str, out: Path, tmp_path: Path) -> None:
    before = content(out)
    news(store)
    running = process(database_url, out)
    workshop = out / PRIVATE
    deadline = time.monotonic() + 60
    while not (workshop.is_dir() and len([*workshop.iterdir()]) > 5):
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)
    running.send_signal(signal.SIGSTOP)
    begun = (workshop / "next.json").exists()
    running.kill()
    running.communicate()
    if not begun:
        assert {name: body for name, body in content(out).items() if not name.startswith(PRIVATE)} == before
    written(store, out)
    written(store, tmp_path / "whole")
    assert content(out) == content(tmp_path / "whole")


def test_a_full_disk_changes_nothing(store: Store, database_url: str, out: Path, tmp_path: Path) -> None:
    before = content(out)
    news(store)
    running = process(database_url, out, 4096)
    _, said = running.communicate()
    assert running.returncode == 1
    assert b"There is no room to write to" in said
    assert content(out) == before
    assert "bo/tag/new/rss.xml" in written(store, out).written
