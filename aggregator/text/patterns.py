"""Patterns that owners write: searched by an engine whose time grows with the text, whatever the pattern.

The engine is the one of Rust's ``regex``, as pydantic's core has it: it knows every script's letters, and has no
backreferences and no lookaround, for which no such engine is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

from aggregator.errors import ConfigError

LENGTH = 500  # characters of a pattern
SIZE = 1_000  # characters that it comes to with its counted repetitions written out: 2 s for 100,000 characters of text

Finder = Callable[[str], bool]

# What the engine says of something, or how that begins; and what to write instead.
_ADVICE = (
    ("look-around", "looks ahead or behind; a pattern of `exclude` says what must not be there"),
    ("backreferences", "refers back to a group; write out what stands there: (?:go go|no no)"),
    ("(?P=", "refers back to a group; write out what stands there: (?:go go|no no)"),
    ("\\Z", "has \\Z; write $"),
    ("(?>", "has a group (?>...); write (?:...)"),
    ("(?#", "has a comment (?#...); leave it out"),
    ("(?(", "has a condition (?(...)...); write the two cases as (?:...|...)"),
    ("unrecognized flag", "has a flag that is none; there are (?s), (?x), (?-i) and (?-u)"),
    ("missing expression", "repeats nothing; for the sign itself put a \\ before it"),
    ("size limit", "is too large; use * or + where it counts to a high number"),
)
_EITHER_CASE = "(?i)"
_CARETS = re.compile(r"^ {4}( *)\^+$", re.MULTILINE)  # of a pattern that is one line
_ATOM = re.compile(r"\\[pPux]\{[^}]*\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?[^:=!<)(]*[:=!<]?|.", re.DOTALL)
_REPEAT = re.compile(r"[*+?]|\{\s*(\d+)?\s*(?:,\s*(\d+)?\s*)?\}")


@lru_cache(maxsize=1024)
def finder(pattern: str) -> Finder:
    """Whether a text holds the pattern anywhere, letters in either case; as a function that never raises.

    Raises:
        ConfigError: it is no pattern, or one that could not be searched for in bounded time; one phrase that says what
            to write instead, to stand behind "the pattern". It shows nothing of the pattern.
    """
    if not pattern or len(pattern) > LENGTH:
        raise ConfigError([f"must have 1 to {LENGTH} characters"])
    if _size(pattern) > SIZE:
        raise ConfigError([f"counts further than {SIZE:,} in all; use * or + or smaller numbers"])
    schema = core_schema.str_schema(pattern=f"{_EITHER_CASE}{pattern}", regex_engine="rust-regex", strict=True)
    try:
        return SchemaValidator(schema).isinstance_python
    except SchemaError as error:
        raise ConfigError([_explained(str(error), pattern)]) from error


def _explained(said: str, pattern: str) -> str:
    """What the engine says, in the owner's words; its last line is the reason, a line of carets shows the place."""
    reason = said.strip().splitlines()[-1].strip().removeprefix("error: ")
    carets = _CARETS.search(said)
    place = max(-1, len(carets[1]) - len(_EITHER_CASE)) if carets else -1
    if place >= 2 and pattern[place - 2 : place] == "(?":
        place -= 2
    found = pattern[place:] if place >= 0 else ""
    advice = (words for sign, words in _ADVICE if sign in reason or found.startswith(sign))
    return f"{next(advice, f'is no regular expression: {reason}')}{_at(place)}"


def _at(place: int) -> str:
    return f" (character {place + 1})" if place >= 0 else ""


def _size(pattern: str) -> int:
    r"""About how many characters a pattern is with its counted repetitions written out: 10 for ``(?:ab){5}``.

    Raises:
        ConfigError: it repeats a repetition, which ``c++`` means to this engine and to nobody who writes it.
    """
    sizes = [0]  # of each open group, innermost last
    at = 0
    while match := _ATOM.match(pattern, at):
        atom, at = match.group(), match.end()
        if atom.startswith("("):
            sizes.append(0)
            continue
        size = sizes.pop() if atom == ")" and len(sizes) > 1 else 1
        if repeat := _REPEAT.match(pattern, at):
            at = repeat.end() + pattern.startswith("?", repeat.end())
            size *= max(1, *(int(number or 1) for number in repeat.groups()))
            if _REPEAT.match(pattern, at):
                raise ConfigError([rf"repeats a repetition; for the signs themselves write \+\+ (character {at + 1})"])
        sizes[-1] += size
    return sum(sizes)
