"""Reads the feeds of blog-post-workflow out of a workflow of GitHub Actions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from aggregator.errors import NotAFeed
from aggregator.parse.subscriptions import Subscription, address
from aggregator.text.characters import fold

MARK = re.compile(rb"^\s*feed_list\s*:", re.MULTILINE)


def read(body: bytes) -> tuple[Subscription, ...]:
    """The feeds of every step that has a ``feed_list``, in their order, with their ``feed_names``.

    Raises:
        NotAFeed: this is no workflow.
    """
    try:
        said = YAML(typ="safe", pure=True).load(body.decode("utf-8", "replace"))
    except (YAMLError, ValueError) as error:
        raise NotAFeed("the file is no workflow: it is no YAML") from error
    return tuple(found for inputs in _inputs(said) for found in _feeds(inputs))


def _inputs(said: object) -> Iterator[Mapping[str, object]]:
    """What steps are called with; of a workflow, of an action that is made of steps, or of one job."""
    if isinstance(said, Mapping):
        if isinstance(said.get("feed_list"), str):
            yield said
        else:
            for value in said.values():
                yield from _inputs(value)
    elif isinstance(said, list):
        for value in said:
            yield from _inputs(value)


def _feeds(inputs: Mapping[str, object]) -> Iterator[Subscription]:
    # its own settings say "comma separated", and long lists are folded over lines
    urls = [one.strip() for one in re.split(r"[,\s]+", str(inputs["feed_list"])) if one.strip()]
    names = [one.strip() for one in str(inputs.get("feed_names") or "").split(",")]
    if "${{" in str(inputs["feed_list"]):
        yield Subscription(
            str(inputs["feed_list"]).strip(), problem="only GitHub knows what stands for this expression"
        )
        return
    for text, name in zip_longest(urls, names[: len(urls)], fillvalue=""):
        url = address(text)
        problem = "" if url else "it is no address of the web"
        yield Subscription(url or text, fold(name), problem=problem)
