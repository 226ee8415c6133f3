"""Turns text into small sets of numbers, so that two texts of any length are compared in microseconds.

Shingling after Broder, "On the resemblance and containment of documents" (1997): a text is the set of its runs of
``n`` words; the share of common runs says how much of one text stands in the other, whatever was put before, after
or between. Scripts without spaces are shingled by character, so that they compare as well as any other.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, count, islice
from operator import add
from zlib import crc32

_MASK = 0xFFFFFFFF

# One token per ideograph, kana or Hangul/Thai/Lao/Khmer/Myanmar syllable sign: these scripts write no spaces, or
# inflect within them; everything else is a run of letters and digits.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003134f"
)
_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")


def words(text: str) -> list[str]:
    """The comparable words of ``text``: NFKC, case-folded, punctuation and emoji gone."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def hashes(tokens: Sequence[str], n: int) -> list[int]:
    """One 32-bit number per run of ``n`` tokens; a text shorter than ``n`` is one run."""
    if not tokens:
        return []
    said = " ".join(tokens)
    text = said.encode("utf-8", "surrogatepass")
    sizes = map(len, tokens) if said.isascii() else (len(token.encode("utf-8", "surrogatepass")) for token in tokens)
    ends = list(map(add, accumulate(sizes), count(1)))  # with the space behind each
    starts = (0, *ends)
    last = islice(ends, min(n, len(ends)) - 1, None)
    return [crc32(text[start : end - 1]) for start, end in zip(starts, last, strict=False)]


def pack(numbers: Iterable[int]) -> bytes:
    """A set of 32-bit numbers as sorted little array, 4 bytes each."""
    return array("I", sorted(numbers if isinstance(numbers, frozenset) else set(numbers))).tobytes()


def unpack(packed: bytes) -> frozenset[int]:
    """The set that ``pack`` wrote."""
    numbers = array("I")
    numbers.frombytes(packed)
    return frozenset(numbers)


def shingles(tokens: Sequence[str], n: int) -> bytes:
    """The packed set of runs of ``n`` tokens."""
    return pack(hashes(tokens, n))


def sample(numbers: Iterable[int], one_in: int) -> frozenset[int]:
    """The same fraction of every set, chosen by the numbers themselves (FracMinHash, Irber et al. 2022).

    Two texts that share runs share their sampled runs, so that a look-up of a few numbers finds an excerpt as well as
    a whole copy.
    """
    limit = (_MASK + 1) // one_in
    return frozenset(number for number in numbers if number < limit)


def containment(a: frozenset[int], b: frozenset[int]) -> float:
    """Share of the smaller set that stands in the other, 0 to 1."""
    smaller = min(len(a), len(b))
    return len(a & b) / smaller if smaller else 0.0


def jaccard(a: frozenset[int], b: frozenset[int]) -> float:
    """Share of all runs that stand in both, 0 to 1."""
    both = len(a & b)
    either = len(a) + len(b) - both
    return both / either if either else 0.0
