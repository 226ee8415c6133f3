"""Adds and removes single lines of an owner in the text of a config, every other character kept as it is.

Text to text, without a file: what people wrote (comments, order, quotes, anchors, line endings) is theirs. The lines
go in beside what is there; afterwards both texts are read, and a change that would alter any other value is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from aggregator.config.layout import Layout, Node
from aggregator.config.shape import OwnerShape
from aggregator.errors import ConfigError

Said = Literal["same", "different"]
Item = Mapping[str, str] | Sequence[str]

_ORDER = tuple(OwnerShape.model_fields)
_PLAIN = re.compile(r"[^\W_][^\x00-\x20\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\"'`\[\]{},]*")
_COMMA = re.compile(r"[ \t]*,")


def added(text: str, place: int, key: str, item: Item) -> str:
    """``text`` with one more item in the list ``key`` of the owner at ``place`` (0: the first of ``owners:``).

    Raises:
        ConfigError: that list is written in a way in which nothing can be added without changing something else.
    """
    item = _literal(item)
    layout, owner = owner_at(text, place)
    pair = owner.get(key)
    if pair is None:
        changed = _with_key(layout, owner, place, key, item)
    elif pair[1].kind == "list" and not pair[1].flow:
        changed = _in_block(layout, pair[1], item)
    elif pair[1].kind == "list" and (pair[1].items or owner.flow or _commented(layout, pair[1])):
        changed = in_brackets(layout, pair[1].inside, pair[1].items, pair[1].end, in_flow(item))
    elif pair[1].kind == "list" or (pair[1].kind == "scalar" and pair[1].value in ("", "~", "null", "Null", "NULL")):
        changed = _in_nothing(layout, owner, pair, place, item)
    else:
        changed = text
    wanted = values_of(text)
    if not isinstance(wanted["owners"][place].get(key), list):
        wanted["owners"][place][key] = []
    wanted["owners"][place][key].append(item)
    return checked(changed, wanted, place, key)


def removed(text: str, place: int, key: Said, wanted: Callable[[Sequence[str]], bool]) -> str:
    """``text`` without the lists of addresses under ``key`` that ``wanted`` picks; an empty ``key`` goes with them.

    Comments stay, each on a line of its own where its line went.

    Raises:
        ConfigError: as above.
    """
    values = values_of(text)
    groups = values["owners"][place].get(key) or []
    for index in reversed([number for number, group in enumerate(groups) if wanted(group)]):
        layout, owner = owner_at(text, place)
        pair = owner.get(key)
        if pair is None or pair[1].kind != "list":
            raise shared(key)
        del groups[index]
        text = checked(_without(layout, owner, pair, index), values, place, key)
    return text


def listed(text: str, place: int, key: Said) -> list[list[str]]:
    """The lists under ``key`` of an owner, as they stand there."""
    found: list[list[str]] = values_of(text)["owners"][place].get(key) or []
    return found


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def owner_at(text: str, place: int) -> tuple[Layout, Node]:
    """Where everything stands in a text, and the owner at ``place`` in it. Raises ConfigError: it is an alias."""
    layout = Layout(text)
    owners = layout.root.get("owners") if layout.root is not None else None
    if owners is None or owners[1].kind != "list" or place >= len(owners[1].items):
        raise shared("owners")
    owner = owners[1].items[place]
    if owner.kind != "mapping":
        raise shared("owners")
    return layout, owner


def values_of(text: str) -> Any:
    """What a text says, without regard to how."""
    return _apart(YAML(typ="safe", pure=True).load(text))


def _apart(value: Any) -> Any:
    """The same value without parts that stand in it twice, as an alias makes them: a change to one is none to all."""
    if isinstance(value, dict):
        return {key: _apart(one) for key, one in value.items()}
    return [_apart(one) for one in value] if isinstance(value, list) else value


def checked(text: str, wanted: Any, place: int, key: str) -> str:
    """``text``, if it says what is wanted; a list that is empty and one that is not there are the same."""
    try:
        found = values_of(text)
        for values in (found, wanted):
            if not values["owners"][place].get(key):
                values["owners"][place].pop(key, None)
    except (YAMLError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise shared(key) from error
    if found != wanted:
        raise shared(key)
    return text


def shared(key: str) -> ConfigError:
    """For what cannot be changed without changing something else."""
    return ConfigError(
        [f'"{key}" is written in a way that only a person can change (an alias, a merge); edit it by hand']
    )


def _commented(layout: Layout, node: Node) -> bool:
    return bool(layout.comments(node.inside, node.end))


# ── how an item is written ──────────────────────────────────────────────────────────────────────────────────────────


def _literal(item: Item) -> dict[str, str] | list[str]:
    """The item with every ``${`` doubled: what somebody typed is no name of a variable."""
    if isinstance(item, Mapping):
        return {key: value.replace("${", "$${") for key, value in item.items()}
    return [value.replace("${", "$${") for value in item]


@lru_cache(maxsize=4096)  # YAML itself is asked, which takes its time
def word(text: str) -> str:
    """A text as it stands in a config: as it is where YAML reads it so, else in double quotes."""
    if _PLAIN.fullmatch(text):
        try:
            if values_of(f"[{text}]") == [text] and values_of(f"a: {text}") == {"a": text}:
                return text
        except YAMLError:
            pass
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else _escaped(one) for one in quoted)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def in_flow(item: Item) -> str:
    """An item between brackets."""
    if isinstance(item, Mapping):
        return "{" + ", ".join(f"{key}: {word(value)}" for key, value in item.items()) + "}"
    return "[" + ", ".join(map(word, item)) + "]"


def group_line(addresses: Sequence[str]) -> str:
    """One list of addresses as it stands below `same:` or `different:`."""
    return f"- {in_flow(_literal(addresses))}"


def _lines(item: Item, column: int, gap: str = " ") -> list[str]:
    """An item of a block list, its dash at ``column``."""
    if not isinstance(item, Mapping):
        return [f"{' ' * column}-{gap}{in_flow(item)}"]
    indent = " " * (column + 1 + len(gap))
    lines = [f"{indent}{key}: {word(value)}" for key, value in item.items()]
    return [f"{' ' * column}-{gap}{lines[0].lstrip()}", *lines[1:]]


# ── adding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def inserted(layout: Layout, at: int, lines: Sequence[str]) -> str:
    """Whole lines put in before the line that begins at ``at``; the end of the text may lack its line break."""
    text, block = layout.text, layout.newline.join(lines)
    if at == len(text) and text[-1:] not in ("\n", "\r", ""):
        return f"{text}{layout.newline}{block}"
    return f"{text[:at]}{block}{layout.newline}{text[at:]}"


def _in_block(layout: Layout, block: Node, item: Item) -> str:
    dash = layout.dash(block.items[-1])
    between = layout.text[dash + 1 : block.items[-1].start]
    gap = between if between and not between.strip(" ") else " "
    column = layout.column(dash)
    return inserted(layout, layout.behind(block.end, column), _lines(item, column, gap))


def in_brackets(layout: Layout, inside: int, items: Sequence[Node], end: int, piece: str) -> str:
    """One more piece between brackets: on a line of its own where the last one has that."""
    text, closing = layout.text, end - 1
    if not items:
        blank = not text[inside:closing].strip()
        return f"{text[:inside]}{piece}{text[closing if blank else inside :]}"
    last = items[-1]
    if last.start == last.end:  # a key without a value: "key:," would be read as one word
        return f"{text[: last.end]} , {piece}{text[last.end :]}"
    if not layout.leads(last.start) or layout.line_start(last.start) <= inside:
        return f"{text[: last.end]}, {piece}{text[last.end :]}"
    indent = text[layout.line_start(last.start) : last.start]
    comma = _COMMA.match(text, last.end)
    behind = comma.end() if comma else last.end
    head = text[:behind] + ("" if comma else ",")
    tail = "," if comma else ""
    if layout.line_end(behind) >= closing:  # the bracket closes on the last one's line
        return f"{head}{layout.newline}{indent}{piece}{tail}{text[behind:]}"
    at = layout.next_line(behind)
    return f"{head}{text[behind:at]}{indent}{piece}{tail}{layout.newline}{text[at:]}"


def _in_nothing(layout: Layout, owner: Node, pair: tuple[Node, Node], place: int, item: Item) -> str:
    """The first item of a list that is empty, or of a key that has no value."""
    key, value = pair
    text = layout.text
    if owner.flow or not layout.leads(key.start):
        lead = "" if value.start < value.end or text[value.start - 1 : value.start] == " " else " "
        return f"{text[: value.start]}{lead}[{in_flow(item)}]{text[value.end :]}"
    colon = layout.colon(key) + 1
    kept = text[colon : value.start].rstrip() if value.start > colon else ""
    rest = Layout(f"{text[:colon]}{kept}{text[value.end :]}")
    column = layout.column(key.start)
    return inserted(rest, rest.behind(colon, column), _lines(item, column + _offset(layout, owner)))


def _with_key(layout: Layout, owner: Node, place: int, key: str, item: Item) -> str:
    """The key with its first item, behind the last of those keys that the docs name before it."""
    if owner.flow:
        values = [value for _, value in owner.pairs]
        return in_brackets(layout, owner.inside, values, owner.end, f"{key}: [{in_flow(item)}]")
    before = _ORDER[: _ORDER.index(key)]
    found = [pair for pair in owner.pairs if pair[0].value in before]
    latest = max(found or owner.pairs, key=lambda pair: before.index(pair[0].value) if found else pair[0].start)
    column = layout.column(owner.pairs[0][0].start)
    lines = [f"{' ' * column}{key}:", *_lines(item, column + _offset(layout, owner))]
    return inserted(layout, layout.behind(latest[1].end, column), lines)


def _offset(layout: Layout, owner: Node) -> int:
    """How far this person indents a list below its key: as the owner's other lists are, else as `owners:` itself."""
    for mapping in (owner, layout.root):
        for key, value in mapping.pairs if mapping is not None else ():
            if value.kind == "list" and not value.flow:
                return layout.column(layout.dash(value.items[0])) - layout.column(key.start)
    return 2


# ── removing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _without(layout: Layout, owner: Node, pair: tuple[Node, Node], index: int) -> str:
    key, groups = pair
    if len(groups.items) == 1:
        return _without_last(layout, owner, key, groups)
    item = groups.items[index]
    if not groups.flow:
        dash = layout.dash(item)
        start, end = layout.line_start(dash), layout.next_line(item.end)
        return _cut(layout, start, end, " " * layout.column(dash))
    if _on_its_own(layout, groups, item):
        return _without_line(layout, groups, index)
    if index + 1 < len(groups.items):
        return _cut(layout, item.start, groups.items[index + 1].start, None)
    return _cut(layout, groups.items[index - 1].end, item.end, None)


def _on_its_own(layout: Layout, groups: Node, item: Node) -> bool:
    """Whether an item between brackets has its lines for itself."""
    comma = _COMMA.match(layout.text, item.end)
    behind = comma.end() if comma else item.end
    return (
        layout.leads(item.start)
        and layout.line_start(item.start) > groups.inside
        and not _closes_more(layout, behind)
        and layout.line_end(behind) < groups.end - 1
    )


def _without_line(layout: Layout, groups: Node, index: int) -> str:
    item = groups.items[index]
    comma = _COMMA.match(layout.text, item.end)
    start, end = layout.line_start(item.start), layout.next_line(comma.end() if comma else item.end)
    rest = _cut(layout, start, end, layout.text[start : item.start])
    before = _COMMA.match(rest, groups.items[index - 1].end) if index else None
    if before is None or comma is not None or index + 1 < len(groups.items):
        return rest
    return rest[: before.start()] + rest[before.end() :]


def _without_last(layout: Layout, owner: Node, key: Node, groups: Node) -> str:
    start, end = layout.line_start(key.start), layout.next_line(groups.end)
    alone = not owner.flow and layout.leads(key.start) and not layout.comments(key.end, layout.line_end(groups.end))
    if alone and len(owner.pairs) > 1 and not _closes_more(layout, groups.end):
        return _cut(layout, start, end, "")
    earlier = [value for name, value in owner.pairs if name.start < key.start]
    if owner.flow and earlier and not layout.comments(earlier[-1].end, groups.end):
        before = earlier[-1]
        rest = _cut(layout, before.end, groups.end, None)
        # behind a key without a value a blank stays: "key:," would be read as one word
        return rest if before.start < before.end else f"{rest[: before.end]} {rest[before.end :]}"
    if groups.flow:
        return _cut(layout, groups.inside, groups.end - 1, None)
    colon = layout.colon(key) + 1
    head = f"{layout.text[:colon]} []{layout.text[colon : layout.line_end(colon)]}"
    below = layout.next_line(colon)
    column = layout.column(layout.dash(groups.items[0]))
    comments = layout.comments(below, layout.line_end(groups.end))
    lines = [f"{' ' * column}{comment}" for comment in comments]
    return layout.newline.join([head, *lines]) + layout.text[layout.line_end(groups.end) :]


def _closes_more(layout: Layout, end: int) -> bool:
    """Whether anything but a comment stands behind a value on its line."""
    rest = layout.text[end : layout.line_end(end)].strip()
    return bool(rest) and not rest.startswith("#")


def _cut(layout: Layout, start: int, end: int, indent: str | None) -> str:
    """The text without ``start:end``, but with the comments in it; ``indent``: whole lines, None: between brackets."""
    text, comments = layout.text, layout.comments(start, end)
    if indent is not None:
        kept = "".join(f"{indent}{comment}{layout.newline}" for comment in comments)
        if end == len(text) and text[-1:] not in ("\n", "\r"):  # it had no line break at its end, and has none after
            return (text[:start] + kept).removesuffix(layout.newline)
        return text[:start] + kept + text[end:]
    here = layout.line_start(start)
    margin = text[here : here + len(text[here:]) - len(text[here:].lstrip(" "))] + "  "
    kept = f"{layout.newline}{margin}".join(f" {comment}" for comment in comments)
    return text[:start] + (f"{kept}{layout.newline}{margin}" if kept else "") + text[end:]
