"""Reads the config of a Planet (Planet 2.0, Venus, Pluto): a section for each feed, named by its address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from aggregator.parse.subscriptions import Subscription, address
from aggregator.text.characters import fold

MARK = re.compile(rb"^[ \t]*\[(planet\]|(https?|feed)://[^\s\]]+\])", re.IGNORECASE | re.MULTILINE)
_SECTION = re.compile(r"\[([^\]]+)\]\s*")
_SETTING = re.compile(r"([\w-]+)\s*[=:]\s*(.*)")


def read(body: bytes) -> tuple[Subscription, ...]:
    """Every feed of the config, in its order.

    The name of a feed there is its author's; it becomes the title. Pluto names the section as it likes, with ``feed``
    in it. Venus has patterns that entries must match (``filter``) or must not (``exclude``); they look at the whole
    source of an entry, which ours cannot, and without them the feed would bring what its owner does not want.
    """
    return tuple(found for name, said in _sections(body) if (found := _feed(name, said)) is not None)


def _sections(body: bytes) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Sections and their settings. ``configparser`` gives up the whole file for one line that it does not know."""
    name, said = "", dict[str, str]()
    for line in body.decode("utf-8-sig", "replace").splitlines():
        line = line.strip()
        if line.startswith(("#", ";")):
            continue
        if begun := _SECTION.fullmatch(line):
            yield name, said
            name, said = begun[1], {}
        elif set_ := _SETTING.fullmatch(line):
            said[set_[1].lower()] = set_[2]
    yield name, said


def _feed(name: str, said: Mapping[str, str]) -> Subscription | None:
    url = address(name) or address(said.get("feed", ""))
    if url is None:
        return None
    problem = ""
    if said.get("content_type") == "opml":
        problem = "it is a list of feeds: save it, and import it, too"
    elif pattern := said.get("filter") or said.get("exclude"):
        problem = f'it has a pattern, "{pattern}": add it by hand, with `include` or `exclude`'
    return Subscription(url, fold(said.get("name") or said.get("title") or ""), problem=problem)
