"""Words as a search compares them, and queries as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.query import parse
from aggregator.text.search import LONGEST, fold, variants, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kafka, briefly", ["kafka", "briefly"]),
        ("C++ and C# for F#-lovers; a+b #tag", ["c＋＋", "and", "c＃", "for", "f＃", "lovers", "a", "b", "tag"]),
        ("about_it don't 3.5", ["about", "it", "don", "t", "3", "5"]),
        ("Café CAFE\u0301 Straße Łódź Søren", ["cafe", "cafe", "strasse", "lodz", "soren"]),
        ("ＦＵＬＬ ﬁne", ["full", "fine"]),
        ("分散システム", ["分散", "散シ", "シス", "ステ", "テム"]),
        ("猫 Kafka入門", ["猫", "kafka", "入門"]),
        ("한국어", ["한국", "국어"]),
        ("ภาษา", ["ภา", "าษ", "ษา"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("الكِتاب", ["الكتاب"]),
        ("שָׁלוֹם", ["שלום"]),
        ("Привет, Ёлка", ["привет", "елка"]),
        ("می‌خواهم", ["میخواهم"]),
        ("x" * 50, ["x" * LONGEST]),
        ("\ud800 … — %$!'\"\\ \x00", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_no_word_is_syntax(text: str) -> None:
    for word in words(text):
        assert word
        assert not any(
            sign.isspace() or sign in "'\"\\:*()^-+&|!<>,\x00\ue000\ue001\ue002\ue003\ue004" for sign in word
        )


@given(st.text(alphabet="abcdefgh", min_size=5, max_size=9), st.data())
def test_words_with_one_typo_have_a_variant_in_common(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    typos = [
        word[:at] + word[at + 1 :],
        word[:at] + "z" + word[at:],
        word[:at] + "z" + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ]
    assert all(variants(word) & variants(typo) for typo in typos)


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("  Kafka   STREAMS ", "kafka streams"),
        ('"Event  Loop" -Java', '"event loop" -java'),
        ("“event loop", '"event loop"'),
        ('-"a b" c', '-"a b" c'),
        ("node.js c++", "node.js c++"),
        ("kafka kafka Kafka", "kafka"),
        ('- "" -- % " -', ""),
        ("a -", "a"),
        ('say"this', 'say"this'),
    ],
)
def test_one_spelling(typed: str, spelled: str) -> None:
    assert str(parse(typed)) == spelled


@given(st.text(alphabet=st.one_of(st.sampled_from('"-+# “ab分'), st.characters())))
def test_a_query_that_was_spelled_is_the_same_query(typed: str) -> None:
    query = parse(typed)
    assert parse(str(query)) == query
    assert all(piece.words for piece in query.pieces)


def test_the_last_word_may_be_the_beginning_of_one() -> None:
    assert [parse(q).beginning for q in ("kafka str", "str", "go", "分散", "-str", '"str"', "node.js", "")] == [
        "str",
        "str",
        *[None] * 6,
    ]
