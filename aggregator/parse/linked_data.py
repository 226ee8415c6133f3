"""Finds the article among what a page says in JSON-LD, and reads its fields whatever shape they were given."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import orjson

Node = Mapping[str, Any]

_MAX_SCRIPTS = 20
_MAX_LENGTH = 256 * 1024  # characters of one script
_MAX_NODES = 2_000  # of one script
_WORKS = ("Article", "BlogPosting")  # and what ends so: NewsArticle, TechArticle, LiveBlogPosting


def article(scripts: Iterable[str], is_here: Callable[[str], bool]) -> Node:
    """The article that the page is about: the one that names an address which ``is_here``, else the first; {} if none.

    Objects are looked at from the outside in, so that an article stands before the related ones inside it.
    """
    found = [node for script in islice(scripts, _MAX_SCRIPTS) for node in _nodes(script) if _is_work(node)]
    return next((node for node in found if any(map(is_here, _addresses(node)))), found[0] if found else {})


def text(node: Node, *names: str) -> str:
    """The first of these fields that holds a text; of a list its first, of an object its name or value."""
    return next((said for name in names if (said := _text(node.get(name)))), "")


def objects(node: Node, name: str) -> tuple[Node, ...]:
    """Every object of a field that may be a list; a plain text counts as an object of that name and address."""
    value = node.get(name)
    found = (_object(one) for one in (value if isinstance(value, list) else [value]))
    return tuple(one for one in found if one)


def _nodes(script: str) -> Iterator[Node]:
    """Every object in a script, the outer ones first."""
    left = deque([_load(script[:_MAX_LENGTH])])
    for _ in range(_MAX_NODES):
        if not left:
            return
        value = left.popleft()
        if isinstance(value, Mapping):
            yield value
            left.extend(one for one in value.values() if isinstance(one, dict | list))
        elif isinstance(value, list):
            left.extend(one for one in value if isinstance(one, dict | list))


def _load(script: str) -> Any:
    """The value; None if it is not JSON. The standard library takes the raw line breaks that templates leave in it."""
    try:
        return orjson.loads(script)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        try:
            return json.loads(script, strict=False)
        except (ValueError, RecursionError):
            return None


def _is_work(node: Node) -> bool:
    kinds = node.get("@type")
    names = [str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])[:10]]
    return any(name.endswith(_WORKS) for name in names)


def _addresses(node: Node) -> tuple[str, ...]:
    page = node.get("mainEntityOfPage")
    said = (node.get("url"), node.get("@id"), page.get("@id") if isinstance(page, Mapping) else page)
    return tuple(one for one in said if isinstance(one, str))


def _object(value: object) -> Node:
    if isinstance(value, Mapping):
        return value
    return {"name": value, "url": value} if isinstance(value, str) else {}


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping):
        value = value.get("name") or value.get("@value")
    return value.strip() if isinstance(value, str) else ""
