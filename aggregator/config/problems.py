"""Collects everything that is wrong with a config, each mistake with its file, line, key and the nearest valid word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

Key = tuple[str | int, ...]

SECRETS = frozenset({"database_url", "secret", "token", "password"})


class FromEnvironment(str):
    """A text that came from the environment: it is never shown, and counts as a number where one is wanted."""

    __slots__ = ()


@dataclass(slots=True)
class Part:
    """One file of the config as plain values, with what is needed to speak about each of them."""

    file: str
    value: dict[str, object] = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)
    written: dict[Key, str] = field(default_factory=dict)  # as it stands in the file, where the value is another
    empty: set[Key] = field(default_factory=set)  # keys without a value; they count as absent
    broken: set[Key] = field(default_factory=set)  # reported already; nothing more is said about these

    def line(self, key: Key) -> int:
        """The line of a key, or of the nearest one around it."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)

    def shown(self, key: Key, value: object) -> str:
        """A value for a message, in quotes; secrets and what came from the environment as the file has them."""
        if key in self.written:
            return f'"{self.written[key]}"'
        if SECRETS.intersection(key) or (key[:1] == ("webhooks",) and key[-1:] == ("url",)) or key[-1:] == ("ntfy",):
            return "the value"
        text = str(value)
        return f'"{text if len(text) <= 80 else text[:79] + "…"}"'


@dataclass(slots=True)
class Report:
    """All problems so far, in the order in which they were found."""

    files: list[str] = field(default_factory=list)
    _found: dict[tuple[int, int, str], None] = field(default_factory=dict)

    def add(self, part: Part, key: Key, message: str) -> None:
        """Note one problem, unless something at that place was reported before."""
        if any(key[:length] in part.broken for length in range(1, len(key) + 1)):
            return
        self.add_at(part.file, part.line(key), f"{spelled(key)}: {message}" if key else message)

    def add_at(self, file: str, line: int, message: str) -> None:
        """Note a problem of a place that has no key."""
        if file not in self.files:
            self.files.append(file)
        self._found[self.files.index(file), line, f"{file}:{line}: {message}"] = None

    def lines(self) -> list[str]:
        """Every problem as ``file:line: key: what is wrong``, in reading order."""
        return [text for _, _, text in sorted(self._found, key=lambda found: found[:2])]


def spelled(key: Key) -> str:
    """A key as people write it: ``owners[0].sources[2].dev``."""
    text = ""
    for step in key:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def suggestion(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """`` (did you mean "..."?)`` with the nearest known word, or nothing."""
    near = get_close_matches(word.lower(), list(known), 1, likeness)
    return f' (did you mean "{near[0]}"?)' if near else ""


def listed(words: Iterable[str]) -> str:
    """Words as a list in a sentence."""
    return ", ".join(words)


def noun(value: object) -> str:
    """What kind of value YAML made of something, in words."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "a number" if isinstance(value, int | float) else "text"
