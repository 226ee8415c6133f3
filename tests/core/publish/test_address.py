"""Addresses come apart as they were put together, and what cannot be read is said to be so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.publish import address
from aggregator.publish.address import BadRequestError, TooLongError

_names = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (b"/rss.xml", ("rss.xml",)),
        (b"/", ("",)),
        (b"/asha/tag/c%2B%2B/", ("asha", "tag", "c++", "")),
        (b"/tag/ci%2Fcd/atom.xml", ("tag", "ci/cd", "atom.xml")),
        (b"//x", ("", "x")),
        (b"/tag/%D9%82/", ("tag", "ق", "")),
        (b"/%2e%2e/x", ("..", "x")),
        (b"/100%", ("100%",)),
    ],
)
def test_segments_are_what_stands_between_slashes(raw: bytes, names: tuple[str, ...]) -> None:
    assert address.segments(raw) == names


@pytest.mark.parametrize(
    "raw", [b"/%ff/", b"/%C3%28", b"/%ed%a0%80/", b"/a%00b", b"/%0d%0a", b"/%1b", b"/%7F", b"/\xff", b"/%c0%80"]
)
def test_a_path_that_cannot_be_read_is_a_bad_request(raw: bytes) -> None:
    with pytest.raises(BadRequestError):
        address.segments(raw)


@given(st.lists(_names.filter(bool), min_size=1, max_size=5).map(tuple))
def test_a_path_leads_back_to_its_segments(names: tuple[str, ...]) -> None:
    path = address.path(names)
    assert path.isascii()
    assert not set(path) & set(" \"<>\\^`{|}?#,;&='")
    if len(path) <= address.LONGEST_PATH:
        assert address.segments(path.encode()) == names


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        (b"", ()),
        (b"tag=a&tag=b", (("tag", "a"), ("tag", "b"))),
        (b"tag=a%2Cb&q=x+y", (("tag", "a,b"), ("q", "x y"))),
        (b"tag=", (("tag", ""),)),
        (b"tag", (("tag", ""),)),
        (b"&&tag=a&", (("tag", "a"),)),
        (b"q=%E2%82%AC", (("q", "€"),)),
        (b"q=a%0Ab", (("q", "a\nb"),)),
    ],
)
def test_pairs_are_what_a_form_would_send(query: bytes, pairs: tuple[tuple[str, str], ...]) -> None:
    assert address.pairs(query) == pairs


@pytest.mark.parametrize(
    "query", [b"q=%ff", b"q=%00", b"%00=q", b"tag=\xc3\xa9", b"q=%ed%b0%80", b"&".join([b"a=b"] * 65)]
)
def test_a_query_that_cannot_be_read_is_a_bad_request(query: bytes) -> None:
    with pytest.raises(BadRequestError):
        address.pairs(query)


def test_what_is_too_long_is_told_apart() -> None:
    with pytest.raises(TooLongError):
        address.segments(b"/" + b"a" * address.LONGEST_PATH)
    with pytest.raises(TooLongError):
        address.pairs(b"q=" + b"a" * address.LONGEST_QUERY)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for read in (address.segments, address.pairs):
        try:
            read(raw)
        except BadRequestError as error:
            assert str(error)
