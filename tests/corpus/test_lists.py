"""List pages as site builders and people make them, in several languages: every article is found, and nothing else.

``python -m tests.corpus.test_lists`` writes what is read now as the new expectation; the diff is the review.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.parse.listing import Listing, read_listing
from aggregator.text import dates

FOLDER = Path(__file__).parent / "lists"
PAGES = sorted(FOLDER.glob("*.html"))
URL = "https://pumps.example/writing/"


def listing(path: Path) -> Listing:
    return read_listing(path.read_bytes(), "text/html; charset=utf-8", URL)


def told(path: Path) -> list[dict[str, str]]:
    """What is read of each article; days and months as they were written, not more."""
    entries = []
    for entry in listing(path).entries:
        dated = dates.parse(entry.published)
        facts = {
            "url": entry.url or "",
            "title": entry.title.value,
            "published": dated.at.isoformat()[: {"year": 4, "month": 7, "day": 10}.get(dated.precision)]
            if dated
            else "",
            "summary": entry.summary.value,
            "image": entry.image.url if entry.image else "",
        }
        entries.append({name: value for name, value in facts.items() if value})
    return entries


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_articles_of_a_page_and_nothing_else(path: Path) -> None:
    assert told(path) == json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_what_was_learnt_holds_when_an_article_is_new(path: Path) -> None:
    found = listing(path)
    older = replace(found.rule, known=found.rule.known[1:], found=found.rule.found - 1)
    again = read_listing(path.read_bytes(), "text/html; charset=utf-8", URL, older)
    assert [entry.url for entry in again.entries] == [entry.url for entry in found.entries]


if __name__ == "__main__":
    for page in PAGES:
        page.with_suffix(".json").write_text(
            json.dumps(told(page), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
