"""Keeps characters out that a document cannot carry or that would leak out of the line they stand in."""

from __future__ import annotations

import re
import unicodedata

# XML 1.0 section 2.2, Char. Lone surrogates fall outside it, too.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_XML_ASCII = bytes(byte for byte in range(0x20) if byte not in b"\t\n\r")

# Invisible and meaningless in a line of text: C1 controls, soft hyphen, zero-width space, word joiner, byte order mark,
# annotation anchors; and the embeddings, overrides and isolates (UAX 9) that would turn around what follows the line.
# ZWJ and ZWNJ stay: emoji, Persian and Indic scripts are spelled with them.
_JUNK = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u180e\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)

_OVERLAY = "\u0338"  # the only one that composes with < = >
_JOINER = "\u200d"
_ELLIPSIS = "…"
_DANGLING = " \t\n,;:.!?…-–—_/|\\&([{<«‹“‘„\"'*#、。，；：！？「『（"


def xml_safe(s: str) -> str:
    """Drop the characters that no XML 1.0 document can hold, lone surrogates included."""
    if s.isascii():  # a tenth of the time of the pattern, and most texts have nothing to drop
        data = s.encode("ascii")
        kept = data.translate(None, _NOT_XML_ASCII)
        return s if len(kept) == len(data) else kept.decode("ascii")
    return s if s.isprintable() else _NOT_XML.sub("", s)  # what can be printed XML can hold


def fold(text: str) -> str:
    """One clean line: NFC, every run of white space one space, no controls, no invisible junk, trimmed."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    text = _JUNK.sub("", xml_safe(text))
    return " ".join(unicodedata.normalize("NFC", text).split())


def composed(html: str) -> str:
    """Markup in NFC: a letter and the accent behind it are one character, whoever typed them.

    Not where there is an overlay that would make one character of it and the end of a tag.
    """
    return html if html.isascii() or _OVERLAY in html else unicodedata.normalize("NFC", html)


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters: cut after a word, and in scripts without spaces after a whole character, with "…"."""
    if len(text) <= limit:
        return text
    end = limit - len(_ELLIPSIS)
    space = text.rfind(" ", 0, end + 1)
    if space < end * 2 // 3:  # one very long word, or no spaces at all
        space = _whole(text, end)
    return text[:space].rstrip(_DANGLING) + _ELLIPSIS


def _whole(text: str, end: int) -> int:
    """The last place at or before `end` that is not inside what a reader sees as one character (UAX 29, roughly)."""
    for place in range(end, max(end - 32, 0), -1):
        if not _continues(text[place]) and text[place - 1] != _JOINER and not _between_flags(text, place):
            return place
    return end


def _continues(character: str) -> bool:
    return (
        character == _JOINER
        or unicodedata.category(character) in ("Mn", "Mc", "Me")
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags of regional flags
        or "\u1160" <= character <= "\u11ff"  # Hangul vowels and finals
    )


def _between_flags(text: str, place: int) -> bool:
    """Two regional indicators are one flag: count how many stand before."""
    start = place
    while start and "\U0001f1e6" <= text[start - 1] <= "\U0001f1ff":
        start -= 1
    return "\U0001f1e6" <= text[place] <= "\U0001f1ff" and (place - start) % 2 == 1
