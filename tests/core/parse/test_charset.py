"""Characters come out right whatever a document or a server claims about its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.charset import decode

DECLARED = '<?xml version="1.0" encoding="{}"?><a>{}</a>'


@pytest.mark.parametrize(
    ("text", "real", "declared", "content_type"),
    [
        ("Übung – “ja”", "utf-8", "utf-8", ""),
        ("Übung – “ja”", "utf-8", "iso-8859-1", "text/xml; charset=iso-8859-1"),
        ("Übung – “ja”", "cp1252", "utf-8", "text/xml; charset=utf-8"),
        ("Übung – “ja”", "cp1252", "iso-8859-1", ""),
        ("Übung", "latin-1", "us-ascii", "text/xml; charset=us-ascii"),
        ("вода", "cp1251", "windows-1251", "text/xml"),
        ("вода", "koi8-r", "utf-8", 'application/rss+xml; charset="KOI8-R"'),
        ("水のポンプ", "cp932", "shift_jis", ""),
        ("水泵", "gbk", "gb2312", ""),
        ("물 펌프", "euc-kr", "euc-kr", ""),
        ("ポンプ", "iso2022_jp", "iso-2022-jp", ""),
        ("żółw", "iso8859-2", "iso-8859-2", "application/xml; charset=utf-8"),
        ("€ and more", "iso8859-15", "iso-8859-15", ""),
        ("Übung 水", "utf-16", "utf-16", "text/xml; charset=utf-8"),
        ("Übung 水", "utf-16-le", "utf-16", ""),
        ("Übung 水", "utf-16-be", "utf-16", ""),
        ("Übung 水", "utf-32", "utf-32", ""),
        ("Übung 水", "utf-8-sig", "iso-8859-1", "text/xml; charset=iso-8859-1"),
        ("plain", "ascii", "punycode", "text/xml; charset=unicode_escape"),
        ("plain", "ascii", "no-such-thing", "text/xml; charset=base64"),
    ],
)
def test_the_text_comes_out_as_it_was_meant(text: str, real: str, declared: str, content_type: str) -> None:
    document = DECLARED.format(declared, text)
    assert decode(document.encode(real), content_type) == document


def test_stray_bytes_cost_only_themselves() -> None:
    assert decode("Grüße ".encode() + b"Gr\xf6\xdfe \x93x\x94 \x81", "") == "Grüße Größe “x” \ufffd"


@given(st.binary(max_size=300), st.text(max_size=60))
def test_any_bytes_have_some_reading(body: bytes, content_type: str) -> None:
    decode(body, content_type).encode("utf-8", "surrogatepass")


@given(st.text(max_size=200))
def test_utf_8_is_never_misread(text: str) -> None:
    body = text.encode("utf-8", "replace")
    if body[:1] not in (b"\xff", b"\xfe", b"\x00") and b"\x00" not in body[:4]:
        assert decode(body, "text/xml; charset=iso-8859-1") == body.decode().removeprefix("\ufeff")
