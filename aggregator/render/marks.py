"""Shows in a title and a summary which of their words were searched for."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup, escape
from rapidfuzz.distance import OSA

from aggregator.text.query import Piece, Query
from aggregator.text.search import TYPO_FROM, fold, is_unspaced, may_be_mistyped, runs, words

_Word = tuple[str, int, int]  # as a search compares it, and where it begins and ends
_Span = tuple[int, int]


def marked(text: str, query: Query, *, forgiving: bool = False) -> Markup:
    """``text`` escaped, what matches in `<mark>`; ``forgiving``: words with one typo as well, where nothing else is."""
    placed = list(_placed(text))
    spans = [span for piece in query.wanted for span in _found(placed, piece, query.beginning)]
    if not spans and forgiving:
        spans = [span for piece in query.wanted for span in _nearly(placed, piece)]
    html, end = Markup(), 0
    for start, until in _joined(spans):
        html += escape(text[end:start]) + Markup("<mark>%s</mark>") % text[start:until]
        end = until
    return html + escape(text[end:])


def _placed(text: str) -> Iterator[_Word]:
    for match in runs(text):
        run, start = match[0], match.start()
        if is_unspaced(run) and len(fold(run)) == len(run):
            for at in range(max(len(run) - 1, 1)):
                yield fold(run[at : at + 2]), start + at, min(start + at + 2, match.end())
        else:
            yield " ".join(words(run)), start, match.end()


def _found(placed: list[_Word], piece: Piece, beginning: str | None) -> Iterator[_Span]:
    if piece.is_character:
        character = piece.words[0]
        for word, start, _ in placed:
            if is_unspaced(word):
                yield from ((start + at, start + at + 1) for at, one in enumerate(word) if one == character)
        return
    size = len(piece.words)
    for at in range(len(placed) - size + 1):
        here = placed[at : at + size]
        begun = size == 1 and piece.words[0] == beginning and here[0][0].startswith(beginning)
        if begun or tuple(word for word, _, _ in here) == piece.words:
            yield here[0][1], here[-1][2]


def _nearly(placed: list[_Word], piece: Piece) -> Iterator[_Span]:
    if piece.quoted or len(piece.words) != 1 or len(piece.words[0]) < TYPO_FROM - 1:
        return
    for word, start, end in placed:
        if may_be_mistyped(word) and OSA.distance(word, piece.words[0], score_cutoff=1) <= 1:
            yield start, end


def _joined(spans: list[_Span]) -> list[_Span]:
    """In order, those that touch as one."""
    found: list[_Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
