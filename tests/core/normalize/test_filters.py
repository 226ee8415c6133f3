"""An owner takes what the filters let through, and reads why the rest was left out."""

from __future__ import annotations

import pytest

from aggregator.model import Person, RawText, Skipped
from tests.core.normalize.conftest import Taking

FIELDS: dict[str, object] = {
    "authors": (Person("Mara  Quay"), Person("Ole")),
    "tags": ("Tide Tables",),
    "content": RawText("<p>The moon <b>pulls</b>.</p>", "html"),
}


@pytest.mark.parametrize(
    ("filters", "taken"),
    [
        ({}, True),
        ({"author": "mara quay"}, True),
        ({"author": "OLE"}, True),
        ({"author": "Mara"}, False),
        ({"include": (("title", "^low"),)}, True),
        ({"include": (("title", "high"),)}, False),
        ({"include": (("title", "high"), ("tag", "tide-tables"))}, True),
        ({"include": (("tag", "^Tide Tables$"),)}, True),
        ({"include": (("url", r"tides\.example/low"),)}, True),
        ({"include": (("text", "moon pulls"),)}, True),
        ({"include": (("author", "^ole$"),)}, True),
        ({"exclude": (("text", "<b>"),)}, True),
        ({"exclude": (("text", "PULLS"),)}, False),
        ({"exclude": (("tag", "sailing"),)}, True),
        ({"include": (("title", "low"),), "exclude": (("author", "ole"),)}, False),
        ({"exclude": (("title", "(unfinished"),)}, True),
        ({"exclude": (("colour", "."),)}, True),
    ],
)
def test_a_filter_lets_through_what_it_says(take: Taking, filters: dict[str, object], taken: bool) -> None:
    assert isinstance(take(source=filters, **FIELDS), Skipped) is not taken


def test_the_reason_names_what_decided(take: Taking) -> None:
    by_author = take(source={"author": "Nils"}, **FIELDS)
    assert isinstance(by_author, Skipped)
    assert by_author.reason == "written by Mara Quay, Ole, and this source takes only Nils"
    by_pattern = take(source={"exclude": (("tag", "tide"),)}, **FIELDS)
    assert isinstance(by_pattern, Skipped)
    assert by_pattern == Skipped("Low water", "its tag matches the `exclude` pattern tide", "exclude: {tag: tide}")
    unsigned = take(source={"author": "Nils"})
    assert isinstance(unsigned, Skipped) and "nobody named" in unsigned.reason
