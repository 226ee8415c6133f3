"""A site by its address: its feed where it has one, else the list of articles on its page."""

from __future__ import annotations

from dataclasses import replace

from aggregator.model import Fetched, ParsedFeed, Rule, Source
from aggregator.sources.address import refusal
from aggregator.sources.kind import Kind, Resolved, read_feed
from aggregator.sources.pages import listed, resolved

ACCEPTS = ("the http(s) address of a site, or of its page with the articles (https://asha.example/blog)",)


def resolve(value: str, base_url: str | None) -> Resolved:
    """The address itself."""
    if base_url is not None:
        raise refusal("site", value, "is a whole address and takes no base_url", ACCEPTS)
    return resolved("site", value, ACCEPTS)


def read(fetched: Fetched, source: Source, rule: Rule | None) -> ParsedFeed:
    """The feed that was found for the site, and nothing else; without one its page."""
    if rule is not None and rule.rung == "feed":
        return replace(read_feed(fetched, source, rule), rule=Rule("feed"))
    return listed(fetched, rule)


KIND = Kind(
    name="site",
    label="Site",
    accepts=ACCEPTS,
    resolve=resolve,
    read=read,
    reads_pages=True,
    discovers=True,
    anywhere=True,
    rank=10,
)
