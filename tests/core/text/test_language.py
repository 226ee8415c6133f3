"""Languages: one spelling, no junk, and the side to which a text runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.language import direction, tag


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("en", "en"),
        ("EN", "en"),
        (" en-us ", "en-US"),
        ("en_US", "en-US"),
        ("en-UK", "en-GB"),
        ("en_US.UTF-8", "en-US"),
        ("de_DE@euro", "de-DE"),
        ("pt-br", "pt-BR"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("ZH-HANT", "zh-Hant"),
        ("sr-latn", "sr-Latn"),
        ("es-419", "es-419"),
        ("ca-valencia", "ca-valencia"),
        ("de-1996", "de-1996"),
        ("zh-yue", "zh-yue"),
        ("en-a-bbb-x-ccc", "en-a-bbb-x-ccc"),
        ("eng", "en"),
        ("ger", "de"),
        ("iw", "he"),
        ("in-ID", "id-ID"),
        ("nds", "nds"),
        ("fil-PH", "fil-PH"),
    ],
)
def test_a_tag_has_one_spelling(given: str, expected: str) -> None:
    assert tag(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        *(
            None,
            "",
            " ",
            "C",
            "POSIX",
            "English",
            "en-US, de",
            "en;q=0.8",
            "x-default",
            "und",
            "mul",
            "zxx",
            "xx",
            "us",
        ),
        *("e", "en--US", "en-", "-en", "en-toolongsubtag", "<b>en</b>", "en\x00", "ｅｎ", "日本語", "en" * 60),
    ],
)
def test_no_language(given: str | None) -> None:
    assert tag(given) is None


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ar", "Kafka from zero", "rtl"),
        ("fa-IR", "", "rtl"),
        ("he", "", "rtl"),
        ("iw", "", "rtl"),
        ("ur-Latn", "", "ltr"),
        ("pa-Arab", "", "rtl"),
        ("az_Arab_IR", "", "rtl"),
        ("en", "שלום", "ltr"),
        ("de-DE", "", "ltr"),
        (None, "שלום Kafka", "rtl"),
        (None, "«مرحبا»", "rtl"),
        (None, "12. — Kafka, مرحبا", "ltr"),
        (None, "日本語", "ltr"),
        (None, "123 🎉", "ltr"),
        (None, "", "ltr"),
        ("English", "שלום", "rtl"),
    ],
)
def test_direction(language: str | None, text: str, expected: str) -> None:
    assert direction(language, text) == expected


@given(
    st.one_of(
        st.text(max_size=30),
        st.lists(st.sampled_from(["en", "US", "Latn", "x", "a", "419", "-", "_", "1996"])).map("-".join),
    )
)
def test_a_tag_stays_itself(value: str) -> None:
    known = tag(value)
    if known is not None:
        assert tag(known) == known
        assert tag(known.upper().replace("-", "_")) == known
    assert direction(known, value) in ("ltr", "rtl")
