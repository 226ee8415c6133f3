"""Lines are broken where readers would break them, and never inside of what they see as one character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.render.measure import clusters, lines, width


@pytest.mark.parametrize(
    ("text", "most_em", "most", "expected"),
    [
        ("", 10, 2, ()),
        ("one two", 100, 2, ("one two",)),
        ("one two three", 4.5, 3, ("one two", "three")),
        ("one two three four", 4.5, 2, ("one two", "three…")),
        ("write-ahead log", 3.5, 3, ("write-", "ahead", "log")),
        ("あいうえお", 3, 2, ("あいう", "えお")),
        ("あいう。えお", 3, 3, ("あい", "う。え", "お")),
        ("あ「いう」", 2, 3, ("あ", "「い", "う」")),
        ("日本語 and", 3.2, 2, ("日本語", "and")),
        ("aaaaaaaaaa", 2, 2, ("aaa", "a…")),
        ("  spaced \n out  ", 100, 2, ("spaced out",)),
    ],
)
def test_lines(text: str, most_em: float, most: int, expected: tuple[str, ...]) -> None:
    assert lines(text, most_em, most) == expected


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ab", ["a", "b"]),
        ("e\u0301x", ["e\u0301", "x"]),
        ("👩🏽‍💻🚀", ["👩🏽‍💻", "🚀"]),
        ("🇳🇴🇩🇪🇯", ["🇳🇴", "🇩🇪", "🇯"]),
        ("कि", ["कि"]),
        ("", []),
    ],
)
def test_what_readers_see_as_one_character(text: str, parts: list[str]) -> None:
    assert list(clusters(text)) == parts


def test_widths_are_in_the_order_of_real_ones() -> None:
    assert width("i") < width("a") < width("A") < width("W") <= width("漢")
    assert width("e\u0301") == width("e")
    assert width("漢字") == 2
    assert width("👩🏽‍💻") == width("🚀")


@given(st.text(max_size=80), st.floats(2, 30), st.integers(1, 4))
def test_no_line_is_too_long_and_nothing_is_lost_but_the_end(text: str, most_em: float, most: int) -> None:
    found = lines(text, most_em, most)
    assert len(found) <= most
    assert all(one and (width(one) <= most_em + 0.001) for one in found)
    whole = "".join(text.split())
    joined = "".join("".join(found).split())
    assert joined == whole or whole.startswith(joined.removesuffix("…"))
