"""A page without a feed, read by the selectors of its owner, or by what it looks like where there are none."""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.errors import ConfigError
from aggregator.model import Fetched, ParsedFeed, Rule, Source
from aggregator.sources.address import refusal
from aggregator.sources.kind import Kind, Option, Resolved
from aggregator.sources.pages import listed, pairs, resolved

ACCEPTS = (
    "the http(s) address of the page (https://asha.example/notes)",
    "a mapping: url, item, and where you like title, link, date, summary, image",
)
OPTIONS = (
    Option("url", "The page that lists the articles", required=True),
    Option("item", "CSS selector of one article in the list, such as article or ul.posts > li"),
    Option("title", "Inside the item, such as h2"),
    Option("link", "Inside the item; an attribute stands behind @: a@href"),
    Option("date", "Inside the item: time@datetime, or .date for a text"),
    Option("summary", "Inside the item, such as p"),
    Option("image", "Inside the item: img@src"),
)


def resolve(value: str, base_url: str | None) -> Resolved:
    """The address itself."""
    if base_url is not None:
        raise refusal("page", value, "is a whole address and takes no base_url", ACCEPTS)
    return resolved("page", value, ACCEPTS)


def configure(value: Mapping[str, str], base_url: str | None) -> Resolved:
    """The address with the owner's selectors, each of which can be understood."""
    from aggregator.parse.selected import problem  # takes a tenth of a second, and most configs have no selectors

    said = pairs("page", value, OPTIONS)
    selectors = {name: text for name, text in said.items() if name != "url"}
    if selectors and "item" not in selectors:
        raise ConfigError(['page has selectors but no "item": say what one article of the list is'])
    for name, text in selectors.items():
        if wrong := problem(text):
            raise ConfigError([f'the selector for {name}, "{text[:80]}", {wrong}'])
    resolve(said["url"], base_url)
    return resolved("page", said["url"], ACCEPTS, tuple(selectors.items()))


def read(fetched: Fetched, source: Source, rule: Rule | None) -> ParsedFeed:
    """By the owner's selectors; without any by what was learnt."""
    return listed(fetched, Rule("selectors", options=source.options) if source.options else rule)


KIND = Kind(
    name="page",
    label="Page",
    accepts=ACCEPTS,
    resolve=resolve,
    options=OPTIONS,
    configure=configure,
    read=read,
    reads_pages=True,
    anywhere=True,
    rank=10,
)
