"""What is exported is what the API answers, byte for byte, and leads nowhere where nothing is."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from aggregator.api.article_routes import article_files
from aggregator.export.manifest import Manifest, read
from aggregator.export.run import Exported, export
from aggregator.model import Config
from aggregator.render import formats
from aggregator.store import Store
from tests.shell.api.library import CONFIG, NOW, WORKS, Work, put, stock
from tests.shell.api.running import Service, serving

BASE = "https://asha.example/feeds"  # another address than the service's own, below a path
THERE = replace(CONFIG, site=replace(CONFIG.site, base_url=BASE))
MANY = [
    Work(100 + number, f"Part {number}", NOW - timedelta(days=number), tags={"日本語": "日本語", "c++": "C++"})
    for number in range(25)
]
HOSTS = {"_headers", ".nojekyll", "404.html", "index.schema.json"}  # what only hosts of files want
HTML = "text/html"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where to export to."""
    return tmp_path / "out"


def written(store: Store, folder: Path, config: Config = THERE, again: bool = False) -> Exported:
    return export(config, store, folder, "1", article_files, again=again)


def listed(folder: Path) -> Manifest:
    found = read((folder / "manifest.json").read_bytes())
    assert found is not None
    return found


def address(name: str) -> str:
    """Where the service has what is in a file."""
    if name.startswith("api/articles/"):
        return "/" + name.rpartition("/")[0]
    return "/" + quote(name.removesuffix("index.html"))


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_every_file_is_what_the_api_answers(store: Store, tmp_path: Path) -> None:
    stock(store, [*WORKS.values(), *MANY], THERE)
    done = written(store, tmp_path / "out")
    files = listed(tmp_path / "out").files
    assert (done.skipped, done.kept, done.files) == ((), (), len(files))
    assert set(done.written) == set(files)
    async with serving(store, THERE) as service:
        for name in sorted(set(files) - HOSTS):
            await _same(service, name, (tmp_path / "out" / name).read_bytes(), files[name].type)
    for place in ("", "asha/", "bo/tag/sql/", "category/data/", "asha/track/kafka-101/", "source/dev/", "kind/all/"):
        assert {f"{place}{form.document or 'index.html'}" for form in formats().values()} <= set(files)
    assert any(name.startswith("asha/after/") and name.endswith("/rss.xml") for name in files)
    assert "tag/日本語/index.html" in files
    assert any(name.startswith("api/articles/") for name in files)


async def _same(service: Service, name: str, body: bytes, media_type: str) -> None:
    reply = await service.get(address(name), Accept=media_type.partition(";")[0])
    assert (name, reply.status) == (name, 200)
    assert (name, reply.body) == (name, body)
    assert (name, reply.headers["Content-Type"]) == (name, media_type)


_LINK = re.compile(rf'{re.escape(BASE)}[^\s"<>\\]*')


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_every_link_leads_to_a_file(store: Store, out: Path) -> None:
    """But for what needs a query."""
    stock(store, [*WORKS.values(), *MANY], THERE)
    written(store, out)
    files = listed(out).files
    seen = set()
    for name in files:
        if Path(name).suffix not in (".html", ".xml", ".json", ".opml"):
            continue
        for link in set(_LINK.findall(unescape((out / name).read_text(encoding="utf-8")))):
            path, _, query = link.removeprefix(BASE).rstrip(".,)").partition("?")
            if query or not path or path.endswith(("/tag/", "/docs")):
                continue  # the scheme of Atom's categories is no page, and what explains the API is where an API is
            target = unquote(path).removeprefix("/")
            seen.add(target)
            found = target if target in files else f"{target.rstrip('/')}/index.html".removeprefix("/")
            assert found in files, f"{name} leads to {link}"
    assert len(seen) > 100


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_following_the_files_shows_every_article_once(store: Store, out: Path) -> None:
    works = [*MANY, *(replace(work, number=work.number + 100) for work in MANY)]
    stock(store, works, THERE)
    written(store, out)
    for start in ("asha/index.json", "asha/feed.json", "tag/c++/index.json"):
        name: str | None = start
        found: list[str] = []
        while name is not None:
            text = (out / name).read_text(encoding="utf-8")
            found += re.findall(r'"id":"(tag:feeds[^"]+)"', text)
            following = re.search(r'"next_url":"([^"]+)"', text)
            name = unquote(following[1].removeprefix(f"{BASE}/")) if following else None
        assert len(found) == len(set(found)) == len(works)


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_both_engines_export_the_same(store: Store, tmp_path: Path, open_store: Callable[[str], Store]) -> None:
    url = f"sqlite:///{tmp_path / 'aggregator.db'}"
    Store.upgrade(url)
    other = open_store(url)
    for each, folder in ((store, tmp_path / "a"), (other, tmp_path / "b")):
        stock(each)
        written(each, folder)
    assert (tmp_path / "a/manifest.json").read_bytes() == (tmp_path / "b/manifest.json").read_bytes()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_only_what_changed_is_written(store: Store, out: Path) -> None:
    stock(store, [WORKS[1], WORKS[8]], THERE)
    assert written(store, out).changed
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert not written(store, out).changed
    assert not written(store, out, again=True).changed
    manifest = out / "manifest.json"
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path != manifest} == {
        path: at for path, at in before.items() if path != manifest
    }
    put(store, [Work(50, "News of Bo", NOW + timedelta(days=1), ("bo/blog",), {"new": "New"})])
    done = written(store, out)
    assert {"rss.xml", "bo/rss.xml", "bo/tag/new/index.html"} <= set(done.written)
    assert not any(name.startswith("asha/") for name in done.written)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_somebody_did_to_a_file_is_put_right(store: Store, out: Path) -> None:
    stock(store, [], THERE)
    written(store, out)
    file = out / "asha/rss.xml"
    good = file.read_bytes()
    for bad in (None, good[:-1], b"x" + good[1:]):
        file.unlink() if bad is None else file.write_bytes(bad)
        assert written(store, out).written == ("asha/rss.xml",)
        assert file.read_bytes() == good
    dated = file.stat()
    file.write_bytes(b"x" + good[1:])
    os.utime(file, ns=(dated.st_atime_ns, dated.st_mtime_ns))  # as by a tool that keeps dates
    assert written(store, out).written == ("asha/rss.xml",)
    assert not written(store, out).changed
