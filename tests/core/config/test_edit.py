"""A config that people wrote is changed in one place and nowhere else."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from aggregator.config.rewrite import Said, added, listed, removed, word
from aggregator.errors import ConfigError

PAIR = ["https://asha.example/kafka-1", "https://dev.to/asharao/kafka-one-4h7e"]
OTHER = ["https://asha.example/a?x=[1]", "https://medium.com/@asharao/a-b40e19d7c358"]

LIVED_IN = """\
# yaml-language-server: $schema=aggregator.schema.json
#   kept by hand since 2019 — ask Asha

site: {title: "Feeds",   base_url: 'https://feeds.example'}   # public

include: [owners/*.yaml]
owners:
  # the one who writes
  - id: asha     # in every address
    name: 'Asha Rao'
    home_page_url: "https://asha.example"
    sources:
      - dev: asharao # since 2017
      # - medium: "@old"

      - feed: https://asha.example/feed.xml
        id: blog
        # only what she wrote
        author: Asha Rao

    # what nobody should see
    hide: [https://asha.example/1,   https://asha.example/2]   # two drafts
    different: [
      [https://asha.example/1, https://asha.example/3],  # not the same talk
      [https://asha.example/2, https://asha.example/4]   # nor these
    ]


  - {id: bo, name: Bo Ek}   # short
  - name: 森 葵
    id: aoi
    same: []  # none yet
    different:
    #   (none either)
webhooks: []
"""


def values(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def difference(old: str, new: str) -> list[str]:
    """The lines that went, with "-", and those that came, with "+", in the order of the file."""
    from difflib import ndiff

    return [line.rstrip("\r\n") for line in ndiff(old.splitlines(True), new.splitlines(True)) if line[0] in "+-"]


# ── adding a source ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_source_goes_behind_the_last_one_and_what_is_said_of_it() -> None:
    new = added(LIVED_IN, 0, "sources", {"medium": "@asharao", "id": "medium-2"})
    assert difference(LIVED_IN, new) == ['+       - medium: "@asharao"', "+         id: medium-2"]
    before, line, _ = new.partition('      - medium: "@asharao"')
    assert line
    assert before.endswith("# only what she wrote\n        author: Asha Rao\n")


def test_a_source_of_an_owner_who_has_none() -> None:
    assert difference(LIVED_IN, added(LIVED_IN, 1, "sources", {"dev": "bo"})) == [
        "-   - {id: bo, name: Bo Ek}   # short",
        "+   - {id: bo, name: Bo Ek, sources: [{dev: bo}]}   # short",
    ]
    new = added(LIVED_IN, 2, "sources", {"feed": "https://aoi.example/index.xml"})
    assert difference(LIVED_IN, new) == ["+     sources:", "+       - feed: https://aoi.example/index.xml"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sources: [{dev: a}]", "sources: [{dev: a}, {dev: new}]"),
        ("sources: [ {dev: a}, ]", "sources: [ {dev: a}, {dev: new}, ]"),
        ("sources: []", "sources:\n      - dev: new"),
        ("sources: [] # soon", "sources: # soon\n      - dev: new"),
        ("sources:", "sources:\n      - dev: new"),
        ("sources: ~", "sources:\n      - dev: new"),
        ("sources: [ # soon\n    ]", "sources: [{dev: new} # soon\n    ]"),
        ("sources:\n    - dev: a", "sources:\n    - dev: a\n    - dev: new"),
        ("sources:\n        -   dev: a", "sources:\n        -   dev: a\n        -   dev: new"),
        ("sources:\n      - # mine\n        dev: a", "sources:\n      - # mine\n        dev: a\n      - dev: new"),
        ("sources:\n      - {dev: a} # x", "sources:\n      - {dev: a} # x\n      - dev: new"),
        ("sources:\n      - dev: >-\n          a\n", "sources:\n      - dev: >-\n          a\n      - dev: new\n"),
        ('"sources":\n      - "dev": a', '"sources":\n      - "dev": a\n      - dev: new'),
        ("? sources\n    : - dev: a", "? sources\n    : - dev: a\n      - dev: new"),
        (
            "sources: [\n      {dev: a}, # one\n      {dev: b}  # two\n    ]",
            "sources: [\n      {dev: a}, # one\n      {dev: b},  # two\n      {dev: new}\n    ]",
        ),
        (
            "sources: [\n      {dev: a}, # one\n      {dev: b}, # two\n    ]",
            "sources: [\n      {dev: a}, # one\n      {dev: b}, # two\n      {dev: new},\n    ]",
        ),
        ("sources: [\n      {dev: a}]", "sources: [\n      {dev: a},\n      {dev: new}]"),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\n    hide: []\n", "\n\n# end\n", "\n...\n"], ids=repr)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=repr)
def test_a_source_in_every_way_in_which_a_list_is_written(old: str, new: str, end: str, newline: str) -> None:
    head = "owners:\n  - id: a\n    name: A\n    "
    text, wanted = ((head + body + end).replace("\n", newline) for body in (old, new))
    if text.endswith(old.replace("\n", newline)) and old.endswith("\n"):
        wanted = text + wanted[len(text) :]
    assert added(text, 0, "sources", {"dev": "new"}) == wanted


def test_a_byte_order_mark_stays() -> None:
    text = "\ufeffowners:\n- id: a\n  name: A"
    assert added(text, 0, "same", PAIR) == f"{text}\n  same:\n  - [{PAIR[0]}, {PAIR[1]}]"


# ── the owner's word ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_group_where_the_docs_name_it() -> None:
    new = added(LIVED_IN, 0, "same", PAIR)
    assert difference(LIVED_IN, new) == ["+     same:", f"+       - [{PAIR[0]}, {PAIR[1]}]"]
    assert "   # two drafts\n    same:\n" in new


def test_a_group_in_a_list_over_several_lines() -> None:
    assert difference(LIVED_IN, added(LIVED_IN, 0, "different", OTHER)) == [
        "-       [https://asha.example/2, https://asha.example/4]   # nor these",
        "+       [https://asha.example/2, https://asha.example/4],   # nor these",
        f'+       ["{OTHER[0]}", {OTHER[1]}]',
    ]


def test_the_first_group_of_an_empty_list_and_of_a_key_without_a_value() -> None:
    line = f"+       - [{PAIR[0]}, {PAIR[1]}]"
    new = added(LIVED_IN, 2, "same", PAIR)
    assert difference(LIVED_IN, new) == ["-     same: []  # none yet", "+     same:  # none yet", line]
    assert difference(LIVED_IN, added(LIVED_IN, 2, "different", PAIR)) == [line]


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("key", ["same", "different"])
def test_what_was_added_can_be_taken_back(place: int, key: str) -> None:
    said: Said = "same" if key == "same" else "different"
    once = added(LIVED_IN, place, said, PAIR)
    twice = added(once, place, said, OTHER)
    assert removed(twice, place, said, lambda group: list(group) == OTHER) == once
    back = removed(once, place, said, lambda group: list(group) == PAIR)
    if place < 2:
        assert values(back) == values(LIVED_IN)
        assert [line for line in difference(LIVED_IN, back) if "nor these" not in line] == []
    else:  # the key was there without need; what somebody wrote beside it stays
        assert difference(LIVED_IN, back) in (
            ["-     same: []  # none yet", "+     same: []  # none yet"],
            [],
            ["-     different:"],
        )


def test_what_stood_behind_a_key_without_a_value_can_be_taken_away() -> None:
    text = "owners: [{different: , same: [[x, y]], id: a}, {id: b, hide: , same: [[x, y]]}]\n"
    once = removed(text, 0, "same", lambda group: True)
    assert removed(once, 1, "same", lambda group: True) == "owners: [{different: , id: a}, {id: b, hide: }]\n"


def test_the_comment_of_a_line_that_goes_stays() -> None:
    new = removed(LIVED_IN, 0, "different", lambda group: group[0].endswith("/1"))
    assert "# not the same talk" in new
    assert listed(new, 0, "different") == [["https://asha.example/2", "https://asha.example/4"]]
    text = "owners:\n- id: a\n  name: A\n  same: # sure\n  - [x, y] # both mine\n  - - z # one\n    - w\n  hide: []\n"
    assert removed(text, 0, "same", lambda group: "x" in group) == text.replace("- [x, y] # both mine", "# both mine")
    assert removed(text, 0, "same", lambda group: True) == (
        "owners:\n- id: a\n  name: A\n  same: [] # sure\n  # both mine\n  # one\n  hide: []\n"
    )


# ── what only a person can change ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "owners:\n- id: a\n  name: A\n  sources: &s [{dev: a}]\n- id: b\n  name: B\n  sources: *s\n",
        "owners:\n- &a\n  id: a\n  name: A\n  sources: [{dev: a}]\n- <<: *a\n  id: b\n",
        "owners:\n- id: a\n  name: A\n  sources: nonsense\n",
        "owners: &o\n- id: a\n  name: A\nwebhooks: *o\n",
    ],
)
def test_a_list_that_several_share_is_left_alone(text: str) -> None:
    with pytest.raises(ConfigError, match="by hand"):
        added(text, text.count("id: b"), "sources", {"dev": "new"})


def test_an_anchor_is_no_hindrance_where_nobody_uses_it() -> None:
    text = "owners:\n- &a\n  id: a\n  name: A\n  sources: &s\n  - &one\n    dev: a\n  tags: {}\n"
    assert added(text, 0, "sources", {"dev": "new"}) == text.replace("  tags", "  - dev: new\n  tags")


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("said", ["asharao", "https://asha.example/feed.xml?a=b&c=%20#x", "森", "3k2f", "a:b"])
def test_plain_words(said: str) -> None:
    assert word(said) == said


@pytest.mark.parametrize("said", ["@asharao", "2018", "true", "null", "", " a", "a: b", "a #b", "[x]", "1e3", "~", "-"])
def test_words_that_need_quotes(said: str) -> None:
    assert word(said) == f'"{said}"'


def test_what_looks_like_a_variable_is_none() -> None:
    new = added("owners: [{id: a, name: A}]", 0, "sources", {"feed": "https://a.example/${HOME}"})
    assert values(new)["owners"][0]["sources"] == [{"feed": "https://a.example/$${HOME}"}]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_a_word_is_read_as_it_was_said(said: str) -> None:
    for text in (f"- {word(said)}\n", f"[{word(said)}]", f"a: {word(said)} # c\n"):
        assert next(iter(values(text).values() if "a:" in text[:2] else values(text))) == said


# ── any config, any edits ───────────────────────────────────────────────────────────────────────────────────────────

ADDRESSES = [f"https://{host}/{path}" for host in ("a.example", "dev.to/a") for path in ("x", "y?b=1,2", "ü#z")]
PAIRS = [[a, b] for a in ADDRESSES[:3] for b in ADDRESSES[3:]]
VALUES: dict[str, list[Any]] = {
    "name": ["Asha Rao", "森 葵", 'O\'Neil: "x" # no comment', "yes", "2018"],
    "home_page_url": ["https://a.example"],
    "prefer": [["site", "dev"], []],
    "sources": [None, [], [{"dev": "a"}], [{"dev": "a"}, {"feed": "https://a.example/f", "id": "f", "enabled": False}]],
    "entries": [[{"title": "Two\nlines", "summary": "one\n\ntwo\n", "date": 2018}], []],
    "tags": [{"kafka": {"label": "Kafka", "aliases": ["k"]}}, {}],
    "hide": [[], ["https://a.example/h"]],
    "same": [None, [], PAIRS[:1], PAIRS[1:3]],
    "different": [None, [], PAIRS[4:7]],
}


@dataclass
class Scribe:
    """Writes values as YAML, each in a way of its own, with comments wherever one can stand."""

    draw: st.DrawFn
    numbers: Any

    def chance(self, of: int = 3) -> bool:
        return self.draw(st.integers(0, of - 1)) == 0

    def comment(self) -> str:
        return f"{' ' * self.draw(st.integers(1, 3))}# c{next(self.numbers)}" if self.chance() else ""

    def between(self, indent: int) -> list[str]:
        lines = [""] * self.draw(st.integers(0, 1))
        if self.chance(4):
            lines.append(f"{' ' * (indent + self.draw(st.sampled_from([0, 2])))}# c{next(self.numbers)}")
        return lines

    def scalar(self, value: Any) -> str:
        if value is None:
            return self.draw(st.sampled_from(["", "~", "null"]))
        if not isinstance(value, str):
            return str(value).lower()
        styles = [word(value), f"'{value.replace(chr(39), chr(39) * 2)}'" if "\n" not in value else word(value)]
        return self.draw(st.sampled_from(styles))

    def flow(self, value: Any) -> str:
        space = self.draw(st.sampled_from(["", " "]))
        if isinstance(value, dict):
            return "{" + space + ", ".join(f"{key}: {self.flow(one)}" for key, one in value.items()) + space + "}"
        if isinstance(value, list):
            return "[" + space + ",  ".join(map(self.flow, value)) + space + "]"
        return self.scalar(value)

    def flow_lines(self, items: list[Any], indent: int) -> list[str]:
        """Brackets over several lines."""
        lines = ["[" + self.comment()]
        for place, item in enumerate(items):
            last = place == len(items) - 1
            comma = "" if last and self.chance(2) else ","
            lines.append(f"{' ' * (indent + 2)}{self.flow(item)}{comma}{self.comment()}")
        return [*lines, " " * indent + "]"]

    def pair(self, key: str, value: Any, indent: int) -> list[str]:
        pad = " " * indent
        if not isinstance(value, dict | list):
            if isinstance(value, str) and "\n" in value and self.chance(2):
                mark = "|" if value.endswith("\n") else "|-"
                return [
                    f"{pad}{key}: {mark}{self.comment()}",
                    *(f"{pad}  {line}".rstrip() for line in value.splitlines()),
                ]
            text = self.scalar(value)
            return [f"{pad}{key}:{' ' if text else ''}{text}{self.comment()}"]
        if not value or self.chance():
            return [f"{pad}{key}: {self.flow(value)}{self.comment()}"]
        if isinstance(value, list) and self.chance(4):
            first, *rest = self.flow_lines(value, indent)
            return [f"{pad}{key}: {first}", *rest]
        deeper = self.draw(st.sampled_from([0, 2, 4] if isinstance(value, list) else [2, 4]))
        return [f"{pad}{key}:{self.comment()}", *self.block(value, indent + deeper)]

    def block(self, value: Any, indent: int) -> list[str]:
        lines: list[str] = []
        if isinstance(value, dict):
            for key, one in value.items():
                lines += [*self.between(indent), *self.pair(key, one, indent)]
            return lines
        for item in value:
            lines += self.between(indent)
            if isinstance(item, dict | list) and item and not self.chance():
                gap = self.draw(st.sampled_from([1, 3]))
                inner = [line for line in self.block(item, indent + 1 + gap) if line.strip()]
                while inner[0].lstrip().startswith("#"):
                    lines.append(inner.pop(0))
                lines += [f"{' ' * indent}-{inner[0][indent + 1 :]}", *inner[1:]]
            else:
                lines.append(f"{' ' * indent}- {self.flow(item)}{self.comment()}")
        return lines


@st.composite
def configs(draw: st.DrawFn) -> str:
    owners = []
    for number in range(draw(st.integers(1, 3))):
        keys = draw(st.permutations(["id", "name", *draw(st.sets(st.sampled_from(sorted(VALUES)[:])))]))
        chosen = {key: draw(st.sampled_from(VALUES[key])) if key != "id" else f"o{number}" for key in keys}
        owners.append(chosen)
    scribe = Scribe(draw, count())
    lines = [*scribe.between(0), *scribe.pair("site", {"title": "T"}, 0), *scribe.pair("owners", owners, 0)]
    if draw(st.booleans()):
        lines += [*scribe.between(0), *scribe.pair("webhooks", [{"url": "${HOOK}"}], 0)]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return newline.join(lines) + draw(st.sampled_from(["", newline, newline * 2]))


def comments(text: str) -> Counter[str]:
    return Counter(re.findall(r"# c\d+", text))


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[str, str, Any]]:
    kinds = st.sampled_from(["add", "add", "remove"])
    sources = st.fixed_dictionaries({"dev": st.sampled_from(["b", "@c", "007"])}, optional={"id": st.just("n")})
    made = []
    for kind in draw(st.lists(kinds, min_size=1, max_size=5)):
        key = draw(st.sampled_from(["same", "different", "sources"] if kind == "add" else ["same", "different"]))
        made.append((kind, key, draw(sources) if key == "sources" else draw(st.sampled_from(PAIRS))))
    return made


def said(text: str) -> Any:
    """What a config says; an empty list of these says nothing."""
    found = values(text)
    for owner in found["owners"]:
        for key in ("sources", "same", "different"):
            if not owner.get(key):
                owner.pop(key, None)
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(configs(), edits(), st.integers(0, 2))
def test_comments_and_all_other_values_survive_any_edits(text: str, made: list[tuple[str, str, Any]], at: int) -> None:
    old, expected = text, said(text)
    place = at % len(expected["owners"])
    owner = expected["owners"][place]
    for kind, key, item in made:
        if kind == "add":
            text = added(text, place, key, item)
            owner[key] = [*owner.get(key, []), item]
        else:
            which: Said = "same" if key == "same" else "different"
            text = removed(text, place, which, item.__eq__)
            owner[key] = [group for group in owner.get(key, []) if group != item]
        if not owner[key]:
            del owner[key]
        assert said(text) == expected
    assert comments(text) == comments(old)
    assert set(re.findall(r"\r\n|\n|\r", text)) <= ({"\r\n"} if "\r\n" in old else {"\n"})
    assert text.endswith("\n") == old.endswith("\n")
