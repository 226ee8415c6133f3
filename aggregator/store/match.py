"""What an article must hold to be found, and how that is said to FTS5 and to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """These words side by side; ``beginning``: the only one may be the beginning of a longer one."""

    words: tuple[str, ...]
    beginning: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    """All of these, at least one, and none of ``but``."""

    parts: tuple[Match, ...]
    but: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these, at least one."""

    parts: tuple[Match, ...]


Match = Words | Every | Either


def all_of(parts: Iterable[Match], but: Iterable[Match] = ()) -> Match:
    """Every one of these, and none of those."""
    return Every(tuple(parts), tuple(but))


def any_of(parts: Iterable[Match]) -> Match:
    """At least one of these."""
    found = tuple(parts)
    return found[0] if len(found) == 1 else Either(found)


def fts5(match: Match) -> str:
    """The MATCH expression (sqlite.org/fts5.html section 3). Words hold no quote: nothing in them is syntax."""
    match match:
        case Words(words, beginning):
            return f'"{" ".join(words)}"{" *" if beginning else ""}'
        case Either(parts):
            return f"({' OR '.join(map(fts5, parts))})"
        case Every(parts, but):
            wanted = f"({' AND '.join(map(fts5, parts))})"
            return f"({wanted} NOT ({' OR '.join(map(fts5, but))}))" if but else wanted


def tsquery(match: Match) -> str:
    """The text of a tsquery (PostgreSQL 8.11.2). Words hold no quote and no backslash: nothing in them is syntax."""
    match match:
        case Words(words, beginning):
            said = (f"'{word}':*" if beginning else f"'{word}'" for word in words)
            return f"({' <-> '.join(said)})"
        case Either(parts):
            return f"({' | '.join(map(tsquery, parts))})"
        case Every(parts, but):
            return f"({' & '.join((*map(tsquery, parts), *(f'!{tsquery(one)}' for one in but)))})"
