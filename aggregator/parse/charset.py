"""Bytes to characters, because declared encodings are wrong often enough that the bytes have to be heard first."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16 LE, whose mark is its first half
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
_WIDE = ((b"\x00<\x00", "utf-16-be"), (b"<\x00", "utf-16-le"), (b"\x00{\x00", "utf-16-be"), (b"{\x00", "utf-16-le"))
_XML_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s{0,8}=\s{0,8}["']([\w.:-]{1,40})["']""")
_HTTP_CHARSET = re.compile(r"""charset\s{0,8}=\s{0,8}["']?([\w.:-]{1,40})""", re.IGNORECASE)

# Python also has codecs such as punycode and unicode_escape, which no document may choose: quadratic, or no charset.
_ONE_BYTE = frozenset(
    (
        *(f"cp125{n}" for n in range(9)),
        *(f"iso8859-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)),
        *("koi8-r", "koi8-u", "mac-roman", "cp866", "cp874"),
    )
)
_MORE_BYTES = frozenset({"gb18030", "big5hkscs", "euc_jp", "cp932", "iso2022_jp", "cp949"})
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso8859-1": "cp1252",
}
_SURROGATES = {0xDC00 + byte: bytes([byte]).decode("cp1252", "ignore") or chr(0xFFFD) for byte in range(0x80, 0x100)}


def decode(body: bytes, content_type: str) -> str:
    """Every character of the body; never raises.

    A byte order mark wins; then the declared encoding (HTTP before XML, RFC 7303 section 3), except that bytes which
    are valid UTF-8 are not taken for a one-byte encoding; what is left is UTF-8 in which stray bytes count as
    windows-1252.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for start, encoding in _WIDE:
        if body.startswith(start):
            return body.decode(encoding, "replace")
    declared = _declared(body, content_type)
    for encoding in (*(name for name in declared if name in _MORE_BYTES), "utf-8", *declared):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", "surrogateescape").translate(_SURROGATES)


def _declared(body: bytes, content_type: str) -> list[str]:
    """Python names of the declared encodings that are known and allowed, HTTP's first."""
    named = _HTTP_CHARSET.findall(content_type)[:1]
    if inside := _XML_ENCODING.match(body[:400]):
        named.append(inside[1].decode("ascii", "ignore"))
    found = []
    for name in named:
        try:
            codec = codecs.lookup(name).name
        except LookupError:
            continue
        codec = _WIDER.get(codec, codec)
        if codec in _ONE_BYTE or codec in _MORE_BYTES:
            found.append(codec)
    return found
