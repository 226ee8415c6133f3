"""Names of files: what may be one, and what the list of them holds on to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.export.manifest import File, Manifest, read
from aggregator.export.names import file_of, folded, why_not
from aggregator.normalize.tags import slug

_names = st.from_regex(r"[a-z]{1,8}(/[a-z.]{1,8}x)?", fullmatch=True)
_files = st.builds(File, st.text("0123456789abcdef", min_size=64, max_size=64), st.integers(0, 10**9), st.text())


@pytest.mark.parametrize(
    ("segments", "document", "expected"),
    [
        ((), "", "index.html"),
        (("asha", "tag", "c++"), "rss.xml", "asha/tag/c++/rss.xml"),
        (("tag", "日本語"), "", "tag/日本語/index.html"),
    ],
)
def test_the_file_of_an_address(segments: tuple[str, ...], document: str, expected: str) -> None:
    assert file_of(segments, document) == expected
    assert why_not(expected) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../up",
        "tag/../../up",
        "tag/./x",
        "tag//x",
        "a\0b",
        "a\nb",
        "a\\b",
        "\ud800",
        "语" * 86,
        "x/" * 500,
    ],
)
def test_what_is_no_name_of_a_file(name: str) -> None:
    assert why_not(name)


@given(st.text(max_size=90))
def test_every_tag_is_a_name_or_left_out_for_its_length(label: str) -> None:
    name = slug(label)
    why = why_not(f"tag/{name}/rss.xml") if name else None
    assert why is None or len(name.encode()) > 255


def test_names_that_some_file_system_takes_for_one() -> None:
    assert folded("tag/É/x") == folded("tag/e\u0301/x")
    assert folded("a") != folded("b")


@given(st.dictionaries(_names, _files, max_size=5), st.text(max_size=20))
def test_what_a_manifest_says_is_read(files: dict[str, File], state: str) -> None:
    manifest = Manifest(files, "https://feeds.example", state)
    assert read(manifest.written()) == manifest


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"null", b'{"name": "An app", "icons": []}', b'{"generator": 1}'])
def test_what_is_no_manifest_of_ours(data: bytes) -> None:
    assert read(data) is None
