"""Reads what stands above a Markdown text: YAML, TOML or JSON, under the names that site generators use."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

_MOST = 64 * 1024
_DEPTH = 5
_NAMES = ("src", "url", "image", "relative", "feature", "name")  # of a mapping: what it stands for

Meta = Mapping[str, Any]  # names in lower case without "_" and "-"


@dataclass(frozen=True, slots=True)
class Parted:
    """A document taken apart."""

    meta: Meta | None  # None: nothing stands above the text
    text: str


def part(document: str) -> Parted:
    """Front matter and text. Raises ValueError, with a sentence, for front matter that is broken."""
    document = document.removeprefix("\ufeff").replace("\r\n", "\n")
    for mark, read in (("---", _yaml), ("+++", _toml)):
        if document.startswith(f"{mark}\n"):
            head, found, text = document[len(mark) + 1 :].partition(f"\n{mark}")
            if not found:
                raise ValueError(f"its front matter has no end ({mark})")
            return Parted(_folded(read(_bounded(head))), text.partition("\n")[2])
    if document.startswith("{\n"):
        try:
            meta, end = json.JSONDecoder().raw_decode(_bounded(document[:_MOST]))
        except (ValueError, RecursionError) as error:
            raise ValueError("its front matter is no JSON") from error
        return Parted(_folded(meta), document[end:])
    return Parted(None, document)


def text(meta: Meta, *names: str) -> str:
    """The first of these that is a word, a number or a date."""
    return next((said for name in names if (said := _said(_looked(meta, name)))), "")


def texts(meta: Meta, *names: str, separators: str = ",") -> tuple[str, ...]:
    """All words of the first of these that has any: a list, or a text with separators."""
    for name in names:
        value = _looked(meta, name)
        if isinstance(value, list):
            found = [_said(one) for one in value]
        else:
            said = _said(value)
            for mark in separators[1:]:
                said = said if separators[0] in said else said.replace(mark, separators[0])
            found = said.split(separators[0])
        if found := [one.strip() for one in found if one.strip()]:
            return tuple(dict.fromkeys(found))
    return ()


def says(meta: Meta, name: str, *words: str) -> bool:
    """Whether this is one of these words."""
    return _said(_looked(meta, name)).casefold() in words


def inside(meta: Meta, *names: str) -> str:
    """A text, or the address or name in a mapping or the first of a list: how images and authors are written."""
    for name in names:
        value = _looked(meta, name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                one = next(
                    (one[key] for key in ("src", "url", "image", "relative", "feature", "name") if one.get(key)), ""
                )
            if said := _said(one):
                return said
    return ""


def _bounded(head: str) -> str:
    if len(head) > _MOST:
        raise ValueError("its front matter is larger than 64 KiB")
    return head


def _yaml(head: str) -> object:
    reader = YAML(typ="base", pure=True)  # every value as it is written: dates and versions are nobody's numbers
    reader.allow_duplicate_keys = True
    try:
        return reader.load(head)
    except (YAMLError, ValueError, RecursionError, TypeError, AttributeError, KeyError) as error:
        raise ValueError("its front matter is no YAML") from error


def _toml(head: str) -> object:
    try:
        return tomllib.loads(head)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ValueError("its front matter is no TOML") from error


def _folded(meta: object, depth: int = 0) -> Meta:
    """The keys in one spelling, at every level."""
    if meta is None:
        return {}
    if not isinstance(meta, Mapping):
        raise ValueError("its front matter is no list of names and values")
    return {
        str(key).lower().replace("_", "").replace("-", ""): _folded(value, depth + 1)
        if isinstance(value, Mapping) and depth < _DEPTH
        else value
        for key, value in meta.items()
    }


def _looked(meta: Meta, name: str) -> object:
    """The value of ``a`` or ``a.b``."""
    value: object = meta
    for key in name.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value).strip() if isinstance(value, str | int | float) else ""
