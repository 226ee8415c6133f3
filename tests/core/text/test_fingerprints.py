"""What is said of fingerprints: they are sets of runs, alike in every script, and a sample finds what a set would."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.text.fingerprints import containment, hashes, jaccard, pack, sample, shingles, unpack, words

SETS = st.frozensets(st.integers(0, 2**32 - 1), max_size=60)
LAWS = settings(max_examples=150, deadline=None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It's 5 o'clock, NOT 6!", ["it", "s", "5", "o", "clock", "not", "6"]),
        ("snake_case kebab-case", ["snake", "case", "kebab", "case"]),
        ("Ｆｕｌｌ ½", ["full", "1", "2"]),
        ("Straße", ["strasse"]),
        ("消息 queue", ["消", "息", "queue"]),
        ("カフカ入門", ["カ", "フ", "カ", "入", "門"]),
        ("안녕 세계", ["안", "녕", "세", "계"]),
        ("كيف تعمل؟", ["كيف", "تعمل"]),
        ("Как устроены", ["как", "устроены"]),
        ("🚀 to the moon 🌕", ["to", "the", "moon"]),
        ("  ", []),
    ],
)
def test_the_words_of_a_text(text: str, found: list[str]) -> None:
    assert words(text) == found


@LAWS
@given(st.text())
def test_ascii_is_read_like_everything_else(text: str) -> None:
    plain = text.encode("ascii", "ignore").decode()
    assert words(plain) == [word for word in words(plain + " é") if word != "é"]


def test_one_number_for_each_run() -> None:
    tokens = [f"word{n}" for n in range(20)]
    assert len(set(hashes(tokens, 5))) == 16
    assert len(hashes(tokens, 1)) == 20
    assert hashes(tokens, 5)[3] == hashes(tokens[3:8], 5)[0]
    assert hashes(["a", "b", "c"], 3) != hashes(["c", "b", "a"], 3)


def test_a_short_text_is_one_run() -> None:
    assert len(hashes(["a", "b"], 5)) == 1
    assert hashes(["a", "b"], 5) == hashes(["a", "b"], 2)
    assert hashes([], 5) == []


@LAWS
@given(st.lists(st.text(max_size=5)), st.integers(1, 6))
def test_runs_are_32_bit_numbers(tokens: list[str], n: int) -> None:
    assert all(0 <= number < 2**32 for number in hashes(tokens, n))
    assert unpack(shingles(tokens, n)) == frozenset(hashes(tokens, n))


@LAWS
@given(SETS)
def test_packing_loses_nothing(numbers: frozenset[int]) -> None:
    packed = pack(numbers)
    assert len(packed) == 4 * len(numbers)
    assert unpack(packed) == numbers
    assert pack(sorted(numbers, reverse=True)) == packed


@LAWS
@given(SETS, SETS)
def test_likeness(a: frozenset[int], b: frozenset[int]) -> None:
    assert 0.0 <= jaccard(a, b) <= containment(a, b) <= 1.0
    assert jaccard(a, b) == jaccard(b, a)
    assert containment(a, b) == containment(b, a)
    assert jaccard(a, a) == containment(a, a) == (1.0 if a else 0.0)


@LAWS
@given(SETS, SETS, st.sampled_from([2, 4, 16]))
def test_a_sample_is_chosen_by_the_numbers_alone(a: frozenset[int], b: frozenset[int], one_in: int) -> None:
    assert sample(a, one_in) & sample(b, one_in) == sample(a & b, one_in)
    assert sample(a, one_in) | sample(b, one_in) == sample(a | b, one_in)
    assert sample(a, 16) <= sample(a, 4) <= a


def test_a_sample_has_about_its_share() -> None:
    runs = hashes([f"w{n}" for n in range(20_000)], 5)
    assert 0.9 < len(sample(runs, 16)) / (len(runs) / 16) < 1.1
    assert 0.9 < len(sample(runs, 4)) / (len(runs) / 4) < 1.1


def test_different_texts_share_no_runs() -> None:
    one = hashes([f"a{n}" for n in range(3000)], 5)
    other = hashes([f"b{n}" for n in range(3000)], 5)
    assert len(set(one) & set(other)) <= 1
