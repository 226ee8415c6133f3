"""Reads the config's files: YAML 1.2 with lines, ``${NAME}`` from the environment, and the files they include."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from glob import has_magic
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from aggregator.config.problems import FromEnvironment, Key, Part, Report, listed, spelled

MAX_BYTES = 16 * 1024 * 1024
MAX_VALUES = 500_000  # after aliases are expanded: what keeps a billion laughs out
MAX_DEPTH = 40
INCLUDABLE = ("owners", "webhooks", "include")

_REFERENCE = re.compile(r"(\$?)\$\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TAG = "tag:yaml.org,2002:"
_YAML_MISTAKES = (
    ("found character '\\t'", "a tab stands where spaces are needed; indent with spaces"),
    ("found character '@'", 'a text that begins with "@" needs quotes, as in medium: "@asharao"'),
    ("found character", "a text that begins with this character needs quotes"),
    (
        "mapping values are not allowed here",
        'a ":" stands where none can be; put a text that contains ": " in quotes, and write a space after a key\'s ":"',
    ),
    ("sequence entries are not allowed here", 'begin a list on a line of its own, each item with "- "'),
    ("found unexpected end of stream", "a quote is opened and never closed"),
    ("expected <block end>", "the indentation does not fit the lines above"),
    ("but found another document", 'a second document begins ("---"); one file is one document'),
    ("found undefined alias", 'a text that begins with "*" needs quotes'),
)


@dataclass(slots=True)
class Reader:
    """Reads one config with everything that it includes; each file once."""

    environ: Mapping[str, str]
    report: Report
    instead: Mapping[Path, bytes] = field(default_factory=dict)  # absolute path -> what counts as its content
    parts: list[Part] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    names: list[Path] = field(default_factory=list)  # the same as they are called: what a link leads to may change
    _reading: list[Path] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Read a file and, after it, its includes; problems go to the report."""
        self.files.append(path.resolve())
        self.names.append(path.absolute())
        part = self._load(path)
        if part is None:
            return
        self.parts.append(part)
        self._reading.append(path.resolve())
        self._include(part, path)
        self._reading.pop()

    def _load(self, path: Path) -> Part | None:
        file = str(path)
        self.report.files.append(file)
        try:
            given = self.instead.get(path.resolve())
            size = path.stat().st_size if given is None else len(given)
            data = (path.read_bytes() if given is None else given) if size <= MAX_BYTES else b""
        except OSError as error:
            self.report.add_at(file, 1, f"cannot be read: {error.strerror or error}")
            return None
        if size > MAX_BYTES:
            self.report.add_at(file, 1, f"is {size} bytes long; split it, at most {MAX_BYTES} are read")
            return None
        part = Part(file)
        root = self._compose(file, data)
        if root is None:
            return None
        value = Tree(part, self.report, self.environ).plain(root, ())
        if not isinstance(value, dict):
            self.report.add_at(file, 1, "must be a mapping: keys such as owners: at the left margin")
            return None
        part.value = value
        return part

    def _compose(self, file: str, data: bytes) -> Node | None:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self.report.add_at(file, line, "is not UTF-8 text")
            return None
        try:
            yaml = YAML(typ="safe", pure=True)
            yaml.composer.warn_double_anchors = False  # legal, and the warning would quote the file
            root = yaml.compose(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = str(error.problem or error.context)
            words = next((words for part, words in _YAML_MISTAKES if part in problem), f"is no YAML: {problem}")
            self.report.add_at(file, mark.line + 1 if mark else 1, words)
        except YAMLError:  # of the reader: a character that YAML does not allow
            at = next((n for n, c in enumerate(text) if not (c.isprintable() or c in "\t\n\r\x85\ufeff")), 0)
            self.report.add_at(file, text.count("\n", 0, at) + 1, "contains a control character")
        except RecursionError:
            self.report.add_at(file, 1, f"is nested more than {MAX_DEPTH} levels deep")
        else:
            if isinstance(root, Node):
                return root
            self.report.add_at(file, 1, "is empty")
        return None

    def _include(self, part: Part, path: Path) -> None:
        patterns = part.value.get("include", [])
        if not isinstance(patterns, list):
            self._refuse(part, ("include",), 'must be a list (lines that begin with "- ")')
            return
        for index, pattern in enumerate(patterns):
            key = ("include", index)
            if not isinstance(pattern, str):
                self._refuse(part, key, "must be text: a file name or a pattern such as owners/*.yaml")
                continue
            found = _matching(path.parent, pattern)
            if not found:
                self.report.add(part, key, f"no file matches {part.shown(key, pattern)}, seen from {path.parent}/")
            for file in found:
                self._include_one(part, key, file, by_name=not has_magic(pattern))

    def _refuse(self, part: Part, key: Key, message: str) -> None:
        self.report.add(part, key, message)
        part.broken.add(key)

    def _include_one(self, part: Part, key: Key, path: Path, *, by_name: bool) -> None:
        if path.resolve() in self._reading:
            if by_name:
                chain = [*self._reading[self._reading.index(path.resolve()) :], path]
                self.report.add(part, key, f"includes itself: {' -> '.join(file.name for file in chain)}")
            return
        if path.resolve() in self.files:
            return
        position = len(self.parts)
        self.read(path)
        for added in self.parts[position : position + 1]:
            for name in added.value:
                if name not in INCLUDABLE:
                    self.report.add(
                        added, (name,), f"belongs in {self.parts[0].file}; an included file has {listed(INCLUDABLE)}"
                    )


def _matching(folder: Path, pattern: str) -> list[Path]:
    """The files that a pattern means, seen from a folder, in alphabetical order."""
    pattern = str(pattern)  # not a subclass: pathlib interns its parts
    asked = Path(pattern)
    start, rest = (Path(asked.anchor), str(asked.relative_to(asked.anchor))) if asked.anchor else (folder, pattern)
    try:
        return sorted(file for file in start.glob(rest) if file.is_file())
    except (ValueError, NotImplementedError, IndexError, OSError):  # no pattern at all
        return []


@dataclass(slots=True)
class Tree:
    """Turns the nodes of one file into plain values and remembers where each stood."""

    part: Part
    report: Report
    environ: Mapping[str, str]
    values: int = 0
    open: set[int] = field(default_factory=set)

    def plain(self, node: Node, key: Key) -> object:
        """The value of a node; problems go to the report, and the value is what best avoids more of them."""
        self.part.lines.setdefault(key, node.start_mark.line + 1)
        self.values += 1
        if self.values > MAX_VALUES or len(key) > MAX_DEPTH or id(node) in self.open:
            self._once(key, "its aliases (*name) expand to too much, or to themselves")
            return None
        if isinstance(node, ScalarNode):
            return self._scalar(node, key)
        self.open.add(id(node))
        value = self._mapping(node, key) if isinstance(node, MappingNode) else self._sequence(node, key)
        self.open.discard(id(node))
        return value

    def _once(self, key: Key, message: str) -> None:
        self.report.add(self.part, key, message)
        self.part.broken.add(key)

    def _sequence(self, node: Node, key: Key) -> list[object]:
        assert isinstance(node, SequenceNode)
        return [self.plain(item, (*key, index)) for index, item in enumerate(node.value) if self.values <= MAX_VALUES]

    def _mapping(self, node: MappingNode, key: Key) -> dict[str, object]:
        result: dict[str, object] = {}
        merged: dict[str, object] = {}
        for name, item in node.value:
            line = name.start_mark.line + 1
            if self.values > MAX_VALUES:
                break
            if str(name.tag) == f"{_TAG}merge":
                for shared in item.value if isinstance(item, SequenceNode) else [item]:
                    value = self.plain(shared, key)
                    merged = {**value, **merged} if isinstance(value, dict) else merged
                continue
            if not isinstance(name, ScalarNode) or not name.value:
                self.report.add_at(self.part.file, line, "a key must be a word")
                continue
            inner = (*key, name.value)
            if name.value in result or inner in self.part.empty:
                first = self.part.lines.get(inner, line)
                self.report.add_at(self.part.file, line, f"{spelled(inner)}: is here twice, on line {first} too")
                continue
            self.part.lines[inner] = line
            value = self.plain(item, inner)
            if value is None:
                self.part.empty.add(inner)
            else:
                result[name.value] = value
        return {**merged, **result}

    def _scalar(self, node: ScalarNode, key: Key) -> object:
        tag, text = str(node.tag).removeprefix(_TAG), node.value
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() in ("true", "yes", "on", "y")
        if tag in ("int", "float"):
            return _number(text)
        if tag not in ("str", "timestamp", "value"):
            self._once(key, f"the tag {node.tag} means nothing here")
        return self._replaced(text, key) if "${" in text else text

    def _replaced(self, text: str, key: Key) -> str:
        missing: list[str] = []

        def of(match: re.Match[str]) -> str:
            escaped, name = match.groups()
            if escaped:
                return f"${{{name}}}"
            if not _NAME.fullmatch(name):
                missing.append(f'"${{{name}}}" is no name of a variable')
            elif name not in self.environ:
                missing.append(f"${{{name}}} is not set in the environment")
            return self.environ.get(name, "")

        value = _REFERENCE.sub(of, text)
        for message in dict.fromkeys(missing):
            self.report.add(self.part, key, message)
        if missing:
            self.part.broken.add(key)
        self.part.written[key] = text
        return FromEnvironment(value)


def _number(text: str) -> object:
    """A number as YAML 1.2 writes it; what Python will not read stays text."""
    digits = text.replace("_", "")
    try:
        if re.fullmatch(r"[-+]?\d+", digits):
            return int(digits)
        return int(digits, 0) if digits[:2] in ("0x", "0o") else float(digits)
    except ValueError:
        return text
