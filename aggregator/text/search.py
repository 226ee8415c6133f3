"""Brings texts and queries into the words that a search compares: the same ones for every database engine."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 40  # characters of a word; what is longer is a digest or an address
TYPO_FROM = 5  # letters of a word in which one may be wrong

# Scripts without spaces between words, and Hangul, whose particles stick to the word: two characters at a time.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30fa\u30fc-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
# Signs inside the words of Indic and Tibetan scripts, which Python does not count as letters.
_SIGNS = "\u0900-\u0963\u0966-\u0dff\u0f71-\u0f84\u0f8d-\u0fbc"
_ASCII = re.compile(r"[A-Za-z0-9]+(?:\+\+|#(?![A-Za-z0-9]))?")
_PLAIN = bytes(byte if chr(byte) in "abcdefghijklmnopqrstuvwxyz0123456789" else 0x20 for byte in range(256))
_WORD = re.compile(rf"[{_UNSPACED}]+|(?:(?![{_UNSPACED}_])[\w{_SIGNS}])+(?:\+\+|#(?!\w))?")
_RUN = re.compile(rf"[{_UNSPACED}]")

# Accents, points and vowel signs that are often left out when writing, and characters without a width.
_DROPPED = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0640\u064b-\u065f\u0670\u00ad\u200b-\u200f\u2060\ufeff]"
)
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_C_PLUS = str.maketrans("+#", "＋＃")  # "c++" is one word to engines that split at every ASCII sign


def fold(text: str) -> str:
    """``text`` without case, width, accents and points: what sounds the same to a searcher is written the same."""
    if text.isascii():
        return text.lower()
    bare = _DROPPED.sub("", unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold()))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)


def runs(text: str) -> Iterator[re.Match[str]]:
    """Every word of a text, and every stretch without spaces of a script that has none."""
    return (_ASCII if text.isascii() else _WORD).finditer(text)


def is_unspaced(run: str) -> bool:
    """Whether a run is of a script without spaces."""
    return _RUN.match(run) is not None


def words(text: str) -> list[str]:
    """The words of a text in their order; of scripts without spaces every two neighbouring characters."""
    folded = fold(text)
    if folded.isascii() and "+" not in folded and "#" not in folded:  # most texts: in a tenth of the time
        found = folded.encode("ascii").translate(_PLAIN).decode("ascii").split()
        return [run[:LONGEST] for run in found] if max(map(len, found), default=0) > LONGEST else found
    found = []
    for match in runs(folded):
        run = match[0]
        if is_unspaced(run):
            found += [run[at : at + 2] for at in range(max(len(run) - 1, 1))]
        else:
            found.append(run[:LONGEST].translate(_C_PLUS))
    return found


def endings(text: str) -> list[str]:
    """The last character of each run without spaces: no pair of ``words`` begins with it."""
    return [match[0][-1] for match in runs(fold(text)) if is_unspaced(match[0])]


def variants(word: str) -> frozenset[str]:
    """``word``, and what is left of it without any one letter (a deletion neighbourhood, as Mor and Fraenkel call it).

    Two words that one typo tells apart have one of these in common: a letter wrong, missing, too many, or two
    neighbours swapped.
    """
    return frozenset((word, *(word[:at] + word[at + 1 :] for at in range(len(word)))))


def may_be_mistyped(word: str) -> bool:
    """Whether a typo in this word of a title is forgiven: long enough, of letters, of a script with spaces."""
    return len(word) >= TYPO_FROM and word.isalpha() and not is_unspaced(word)
