"""The portfolios of docs/gallery are drawn from their snapshots alone, and those are what the index promises."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from selectolax.lexbor import LexborHTMLParser

from aggregator.render.schema import index_schema

GALLERY = Path(__file__).parents[3] / "docs" / "gallery"
OWNERS = ("arun", "nadia", "ravi", "tomas", "elena")


@pytest.fixture(scope="module")
def pages() -> Any:
    return runpy.run_path(str(GALLERY / "make.py"))["pages"]()


def test_the_pages_are_what_make_gallery_draws(pages: Any) -> None:
    assert set(pages) == {f"{name}.html" for name in (*OWNERS, "index")}
    for name, page in pages.items():
        assert (GALLERY / name).read_text(encoding="utf-8") == page, f"{name}: run make gallery"


@pytest.mark.parametrize("owner", OWNERS)
def test_everything_in_an_index_is_on_its_page(owner: str, pages: Any) -> None:
    index = json.loads((GALLERY / "data" / f"{owner}.json").read_text(encoding="utf-8"))
    Draft202012Validator(index_schema()).validate(index)
    tree = LexborHTMLParser(pages[f"{owner}.html"])
    words = " ".join(node.text() for node in tree.css("body"))
    links = {node.attributes["href"] for node in tree.css("a")}
    for item in index["items"]:
        said = [item["title"]] if item["_aggregator"].get("section") != "glance" else []
        said += [metric["value"] for metric in item["_aggregator"].get("metrics", ())]
        assert all(text in words for text in said), item["title"]
        assert item.get("url") is None or item["url"] in links
    assert not tree.css("script")
    assert all(re.match(r"https://|[a-z]+\.html$|data/", link or "") for link in links)
    assert "127.0.0.1" not in pages[f"{owner}.html"]
