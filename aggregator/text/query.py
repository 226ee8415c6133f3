"""Reads what people type into a search field; there is nothing that it does not understand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aggregator.text.search import fold, is_unspaced, words

_PIECE = re.compile(r'(-?)"([^"]*)"?|(\S+)')
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』＂", '"'))
_PREFIX_FROM = 3  # letters; "go" is not the beginning of "google"


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that stand side by side: one word, a phrase in quotes, a name such as ``node.js``."""

    words: tuple[str, ...]
    excluded: bool = False
    quoted: bool = False
    text: str = ""  # folded, as it was typed

    @property
    def is_character(self) -> bool:
        """One character of a script without spaces: any word that begins with it is meant."""
        return len(self.words) == 1 and len(self.words[0]) == 1 and is_unspaced(self.words[0])

    def __str__(self) -> str:
        said = f'"{self.text}"' if self.quoted else self.text
        return f"-{said}" if self.excluded else said


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. Without a piece: nothing that could be found."""

    pieces: tuple[Piece, ...]

    @property
    def wanted(self) -> tuple[Piece, ...]:
        """The pieces that must be there."""
        return tuple(piece for piece in self.pieces if not piece.excluded)

    @property
    def excluded(self) -> tuple[Piece, ...]:
        """The pieces that must not."""
        return tuple(piece for piece in self.pieces if piece.excluded)

    @property
    def beginning(self) -> str | None:
        """The last word, if it may be the beginning of one: somebody is still typing."""
        last = self.pieces[-1] if self.pieces else None
        if last is None or last.excluded or last.quoted or len(last.words) != 1 or is_unspaced(last.words[0]):
            return None
        return last.words[0] if len(last.words[0]) >= _PREFIX_FROM else None

    def __str__(self) -> str:
        """The one spelling of this query: parsed again, it is the same."""
        return " ".join(map(str, self.pieces))


def parse(text: str) -> Query:
    """Words, ``"phrases"``, and ``-word`` or ``-"phrase"`` for what must not be there.

    A quote without its partner ends with the text; signs that are no part of a word are passed over.
    """
    found: dict[Piece, None] = {}
    for match in _PIECE.finditer(" ".join(fold(text.translate(_QUOTES)).split())):
        minus, phrase, bare = match.groups()
        said = phrase if phrase is not None else bare.removeprefix("-")
        excluded = minus == "-" if phrase is not None else bare.startswith("-")
        piece = Piece(tuple(words(said)), excluded, phrase is not None, said.strip())
        if piece.words:
            found.setdefault(piece)
    return Query(tuple(found))
