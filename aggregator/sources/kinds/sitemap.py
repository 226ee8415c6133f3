"""A site by its sitemap: every article's address, its date only where the sitemap's dates can be believed."""

from __future__ import annotations

from dataclasses import replace

from aggregator.errors import NoListing
from aggregator.model import Fetched, ParsedFeed, Rule, Source
from aggregator.sources.address import refusal
from aggregator.sources.kind import Kind, Resolved
from aggregator.sources.pages import is_root, listed, resolved

ACCEPTS = ("the http(s) address of a sitemap, or of a site that has it at /sitemap.xml (https://asha.example)",)


def resolve(value: str, base_url: str | None) -> Resolved:
    """The address itself; of a bare host its ``/sitemap.xml``."""
    if base_url is not None:
        raise refusal("sitemap", value, "is a whole address and takes no base_url", ACCEPTS)
    found = resolved("sitemap", value, ACCEPTS)
    url = f"{found.feed_url.rstrip('/')}/sitemap.xml" if is_root(found.feed_url) else found.feed_url
    return replace(found, feed_url=url, home_page_url=None)


def read(fetched: Fetched, source: Source, rule: Rule | None) -> ParsedFeed:
    """The articles of a sitemap; a page in its place is none."""
    found = listed(fetched, rule)
    if found.format != "sitemap":
        raise NoListing(f"{fetched.url} is a page and no sitemap; use `site:` to have it read")
    return found


KIND = Kind(
    name="sitemap",
    label="Sitemap",
    accepts=ACCEPTS,
    resolve=resolve,
    read=read,
    reads_pages=True,
    anywhere=True,
    rank=12,
)
