"""Breaks a text into lines where nobody can measure it: in an image that is drawn with the reader's own fonts.

Widths are those of the sans-serif fonts that browsers and GitHub use (Helvetica, Segoe UI, Noto Sans), rounded up: a
line that is a little too short looks well, one that is too long leaves the image. Breaks follow UAX 14 as far as titles
need it: after spaces and hyphens, between ideographs, but never before what closes or after what opens.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_ELLIPSIS = "…"
_JOINER = "\u200d"
_LONGEST = 1000  # characters of a text that are looked at; no line of an image is so long

_THIN = frozenset("ijlI.,:;!|' ")
_NARROW = frozenset('frt`()[]{}/\\-·"*')
_BROAD = frozenset("mwMW@%—…")
_NOT_FIRST = frozenset("、。，．・：；？！」』）】〕〉》〙〗”’ー々ゝゞぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ…％")
_NOT_LAST = frozenset("「『（【〔〈《〘〖“‘")
_BREAK_AFTER = frozenset("-–—/")


def width(text: str) -> float:
    """About how wide a text is, in em."""
    return sum(_em(cluster) for cluster in clusters(text))


def clusters(text: str) -> Iterator[str]:
    """What readers see as one character each (UAX 29, roughly): marks, emoji sequences and flags stay together."""
    start = 0
    for place in range(1, len(text)):
        if not _continues(text, start, place):
            yield text[start:place]
            start = place
    if text:
        yield text[start:]


def lines(text: str, most_em: float, most: int) -> tuple[str, ...]:
    """The text in at most ``most`` lines of at most ``most_em``; what does not fit is cut with "…"."""
    left = [unit for piece in _pieces(" ".join(text[:_LONGEST].split())) for unit in _fitting(piece, most_em)]
    found: list[str] = []
    while left:
        if len(found) == most - 1 and width("".join(left).rstrip()) > most_em:
            found.append(_cut("".join(left), most_em))
            break
        taken = [left.pop(0)]
        while left and width("".join((*taken, left[0])).rstrip()) <= most_em:
            taken.append(left.pop(0))
        found.append("".join(taken).strip())
    return tuple(found)


def _continues(text: str, start: int, place: int) -> bool:
    """Whether the character at ``place`` belongs to the cluster that begins at ``start``."""
    one = text[place]
    if text[place - 1] == _JOINER or one == _JOINER or unicodedata.category(one) in ("Mn", "Mc", "Me"):
        return True
    if "\U0001f3fb" <= one <= "\U0001f3ff" or "\U000e0020" <= one <= "\U000e007f" or "\u1160" <= one <= "\u11ff":
        return True
    return "\U0001f1e6" <= one <= "\U0001f1ff" and place - start == 1 and "\U0001f1e6" <= text[start] <= "\U0001f1ff"


@lru_cache(maxsize=4096)
def _em(cluster: str) -> float:
    one = cluster[0]
    category = unicodedata.category(one)
    if _is_wide(one):
        return 1.3 if category == "So" else 1.0
    if category in ("Mn", "Me", "Cf", "Cc"):
        return 0.0
    if one in _BROAD:
        return 0.95
    if one in _THIN:
        return 0.28
    if one in _NARROW or category == "Zs":
        return 0.38
    if "\u0400" <= one <= "\u052f":  # Cyrillic is broader than Latin
        return 0.76 if category == "Lu" else 0.62
    return 0.7 if category == "Lu" else 0.56


def _is_wide(one: str) -> bool:
    return unicodedata.east_asian_width(one) in ("W", "F") or "\U0001f000" <= one <= "\U0001faff"


def _pieces(text: str) -> Iterator[str]:
    """The text in parts that stay on one line."""
    piece = ""
    for cluster in clusters(text):
        if piece and _may_break(piece[-1], cluster[0]):
            yield piece
            piece = ""
        piece += cluster
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if after == " " or after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return before == " " or before in _BREAK_AFTER or _is_wide(before) or _is_wide(after)


def _fitting(piece: str, most_em: float) -> Iterator[str]:
    """A word; where it is longer than a line, as much of it as fits into each."""
    if width(piece.rstrip()) <= most_em:
        yield piece
        return
    part, so_far = "", 0.0
    for cluster in clusters(piece):
        if part and so_far + _em(cluster) > most_em:
            yield part
            part, so_far = "", 0.0
        part, so_far = part + cluster, so_far + _em(cluster)
    yield part


def _cut(text: str, most_em: float) -> str:
    room = most_em - _em(_ELLIPSIS)
    kept, so_far = "", 0.0
    for cluster in clusters(text):
        so_far += _em(cluster)
        if so_far > room:
            break
        kept += cluster
    space = kept.rfind(" ")
    return (kept[:space] if space > len(kept) * 2 // 3 else kept).rstrip(" ,;:.-–—、。") + _ELLIPSIS
