"""Where everything stands in the text of a YAML file, so that a line can be added without touching the others."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.tokens import BlockEntryToken, ValueToken

_BREAK = re.compile(r"\r\n|\n|\r")
_COMMENT = re.compile(r"(?:(?<=\s)|^)#[^\r\n]*")


@dataclass(slots=True)
class Node:
    """One value: its characters are ``text[start:end]``, without the comments and blank lines behind it."""

    kind: str  # "scalar", "list", "mapping" or "alias"
    start: int
    end: int
    value: str = ""  # of a scalar
    flow: bool = False  # written with brackets
    inside: int = 0  # of a flow collection: behind its opening bracket
    items: list[Node] = field(default_factory=list)
    pairs: list[tuple[Node, Node]] = field(default_factory=list)

    def get(self, key: str) -> tuple[Node, Node] | None:
        """Key and value of a mapping."""
        return next((pair for pair in self.pairs if pair[0].kind == "scalar" and pair[0].value == key), None)

    def leaves(self) -> Iterator[Node]:
        """Every scalar and alias in it, in order."""
        if self.kind in ("scalar", "alias"):
            yield self
        for item in self.items:
            yield from item.leaves()
        for key, value in self.pairs:
            yield from key.leaves()
            yield from value.leaves()


class Layout:
    """A text and its nodes. ``root`` is None where there is nothing in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = _BREAK.search(text)
        self.newline = found.group() if found else "\n"
        tokens = list(YAML(typ="safe", pure=True).scan(text))
        self._dashes = [token.start_mark.index for token in tokens if isinstance(token, BlockEntryToken)]
        self._colons = [token.start_mark.index for token in tokens if isinstance(token, ValueToken)]
        events = (
            event
            for event in YAML(typ="safe", pure=True).parse(text)
            if isinstance(
                event,
                AliasEvent | ScalarEvent | SequenceStartEvent | SequenceEndEvent | MappingStartEvent | MappingEndEvent,
            )
        )
        first = next(events, None)
        self.root = self._node(first, events) if first is not None else None

    # ── lines ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def line_start(self, at: int) -> int:
        """Where the line of a place begins."""
        start = max(self.text.rfind("\n", 0, at), self.text.rfind("\r", 0, at)) + 1
        return start if start != at or self.text[at - 1 : at + 1] != "\r\n" else self.line_start(at - 1)

    def line_end(self, at: int) -> int:
        """Where the line of a place ends, before its line break."""
        found = _BREAK.search(self.text, at)
        return found.start() if found else len(self.text)

    def next_line(self, at: int) -> int:
        """Where the line behind that of a place begins; the end of the text where there is none."""
        found = _BREAK.search(self.text, at)
        return found.end() if found else len(self.text)

    def column(self, at: int) -> int:
        """How many characters stand before a place on its line."""
        return len(self.text[self.line_start(at) : at].removeprefix("\ufeff"))

    def leads(self, at: int) -> bool:
        """Whether nothing but blanks stands before a place on its line."""
        return not self.text[self.line_start(at) : at].strip(" \t\ufeff")

    def behind(self, end: int, column: int) -> int:
        """The line behind a value, and behind the comments that are indented deeper than ``column``: they are its."""
        at = self.next_line(end)
        while at < len(self.text):
            line = self.text[at : self.line_end(at)]
            if not line.lstrip().startswith("#") or len(line) - len(line.lstrip()) <= column:
                break
            at = self.next_line(at)
        return at

    def dash(self, item: Node) -> int:
        """Where the dash of an item of a block list stands."""
        return self._dashes[bisect_left(self._dashes, item.start) - 1]

    def colon(self, key: Node) -> int:
        """Where the colon behind a key stands."""
        return self._colons[bisect_left(self._colons, key.end)]

    def comments(self, start: int, end: int) -> list[str]:
        """The comments between two places, each from its ``#`` on."""
        if self.root is None:
            return []
        found: list[str] = []
        at = start
        for leaf in (*self.root.leaves(), None):
            gap_end = end if leaf is None else min(leaf.start, end)
            if gap_end > at:
                found += (match.group() for match in _COMMENT.finditer(self.text, at, gap_end))
            at = at if leaf is None else max(at, leaf.end)
            if at >= end:
                break
        return found

    # ── nodes ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _node(self, event: Event, events: Iterator[Event]) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, AliasEvent):
            return Node("alias", start, end)
        if isinstance(event, ScalarEvent):
            return Node("scalar", start, self._end_of_scalar(event), event.value)
        node = Node("list", start, end, flow=bool(getattr(event, "flow_style", False)), inside=end)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(node, events)
        node.kind = "mapping"
        return self._mapping(node, events)

    def _end_of_scalar(self, event: ScalarEvent) -> int:
        end = int(event.end_mark.index)
        if event.style not in ("|", ">"):
            return end
        kept = "+" in self.text[event.start_mark.index : self.line_end(event.start_mark.index)].partition("#")[0]
        return end - 1 if kept and self.text[end - 1 : end] in ("\n", "\r") else len(self.text[:end].rstrip())

    def _sequence(self, node: Node, events: Iterator[Event]) -> Node:
        for event in events:
            if isinstance(event, SequenceEndEvent):
                node.end = event.end_mark.index if node.flow else node.items[-1].end
                break
            node.items.append(self._node(event, events))
        return node

    def _mapping(self, node: Node, events: Iterator[Event]) -> Node:
        for event in events:
            if isinstance(event, MappingEndEvent):
                node.end = event.end_mark.index if node.flow else node.pairs[-1][1].end
                break
            key = self._node(event, events)
            value = self._node(next(events), events)
            if value.kind == "scalar" and value.start == value.end and (colon := self.colon(key)) < value.start:
                value.start = value.end = colon + 1  # nothing there: it stands right behind the colon
            node.pairs.append((key, value))
        return node
