"""``preview`` of real documents shows what a careful reader sees in them; the documents live beside the project.

``python -m tests.corpus.test_previews`` writes what it shows now as the new expectation; the diff is the review.
"""

from __future__ import annotations

import csv
import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aggregator.cli.preview import command

SHARED = Path(__file__).parents[2].parent / "shared"
FEEDS = SHARED / "data" / "feeds"
EXPECTED = Path(__file__).parent / "previews"
FOUND = sorted(path for path in FEEDS.glob("*") if path.name != "manifest.csv")
PRIVATE = {"devto-user-seed.xml"}  # its sentences stay where they are: titles and addresses are told by digests

needs_data = pytest.mark.skipif(not FOUND, reason=f"the real feeds are not here ({FEEDS})")


def preview(path: Path) -> dict[str, Any]:
    """What ``preview --json`` says of a saved document: every fact, texts as digests."""
    with (FEEDS / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
        urls = {row["file"]: row["url"] for row in csv.DictReader(manifest)}
    url = urls.get(path.name) or ""
    where = ["--url", url] if url.startswith("http") else []
    done = CliRunner().invoke(command, [str(path), "--json", *where], catch_exceptions=False)
    said = json.loads(done.stdout)
    assert (done.exit_code, said.get("error")) == (0, None)
    private = path.name in PRIVATE
    feed = {name: said["feed"][name] for name in ("format", "title", "home_page_url", "language", "complete")}
    return {
        "feed": _hidden(feed) if private else feed,
        "skipped": said["skipped"],
        "entries": [_told(entry, private) for entry in said["entries"]],
    }


def _told(entry: dict[str, Any], private: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {
        name: entry[name] for name in ("guid", "url", "title", "image", "canonical_url", "language")
    }
    if private:
        facts = _hidden(facts)
    facts |= {name: entry[name] for name in ("date_published", "date_modified", "tags")}
    facts["authors"] = [one["name"] for one in entry["authors"]]
    facts |= {name: entry["_aggregator"][name] for name in ("kind", "date_precision", "word_count", "dir")}
    facts |= {name: _digest(entry[name]) for name in ("summary", "content_html") if entry[name]}
    return {name: value for name, value in facts.items() if value not in (None, [], "")}


def _hidden(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: _digest(value) if isinstance(value, str) else value for name, value in facts.items()}


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()


@needs_data
@pytest.mark.parametrize("path", FOUND or [FEEDS], ids=lambda path: path.name)
def test_a_preview_shows_what_a_careful_reader_sees(path: Path) -> None:
    expected = json.loads((EXPECTED / f"{path.name}.json").read_text(encoding="utf-8"))
    said = preview(path)
    assert said["feed"] == expected["feed"]
    assert said["skipped"] == expected["skipped"]
    assert len(said["entries"]) == len(expected["entries"]) > 0
    for entry, wanted in zip(said["entries"], expected["entries"], strict=True):
        assert entry == wanted


@needs_data
def test_no_document_is_left_out() -> None:
    assert [f"{path.name}.json" for path in FOUND] == sorted(path.name for path in EXPECTED.iterdir())


if __name__ == "__main__":
    EXPECTED.mkdir(exist_ok=True)
    for document in FOUND:
        shown = preview(document)
        lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in shown.pop("entries"))
        head = json.dumps(shown, ensure_ascii=False, indent=1).removesuffix("\n}")
        (EXPECTED / f"{document.name}.json").write_text(f'{head},\n "entries": [\n{lines}\n]}}\n', encoding="utf-8")
