"""Reads what kinds without a feed read: a page by the ladder of ``parse.listing``, as if it were a feed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from aggregator.errors import ConfigError, NoListing
from aggregator.model import Fetched, ParsedFeed, Rule
from aggregator.sources.address import refusal, split
from aggregator.sources.kind import Option, Resolved
from aggregator.text import urls

_SLUG_BREAK = re.compile(r"[^a-z0-9]+")


def listed(fetched: Fetched, rule: Rule | None) -> ParsedFeed:
    """The articles that a page lists, with the rule by which they were found. Raises ParseError."""
    from aggregator.parse.listing import read_listing  # takes a tenth of a second, and feeds do not need it

    found = read_listing(fetched.body, fetched.content_type, fetched.url, rule)
    return ParsedFeed(
        format="sitemap" if found.rung == "sitemap" else "page",
        url=fetched.url,
        title=found.title,
        home_page_url=None if found.rung == "sitemap" else urls.clean(fetched.url),
        language=found.language,
        next_url=found.next_url,
        rule=found.rule,
        entries=found.entries,
    )


def listed_on(fetched: Fetched, rule: Rule | None) -> ParsedFeed:
    """A further page of the list that was read by ``rule``, or another list with some of the same articles.

    Raises ParseError, NoListing for a page that is neither: it may hold as little as one article, or none.
    """
    if rule is not None and not rule.options and rule.rung != "sitemap":
        found = _tried(fetched, replace(rule, found=1, known=()))
        if (
            found is not None
            and found.rule is not None
            and (found.rule.rung, found.rule.path) == (rule.rung, rule.path)
        ):
            return found
    return listed(fetched, replace(rule, misses=0) if rule is not None else None)  # however long nothing was read


def _tried(fetched: Fetched, rule: Rule) -> ParsedFeed | None:
    try:
        return listed(fetched, rule)
    except NoListing:
        return None


def resolved(kind: str, value: str, accepts: tuple[str, ...], options: tuple[tuple[str, str], ...] = ()) -> Resolved:
    """The address of a page as a source; raises ConfigError."""
    parts = split(value)
    url = urls.absolute(value)
    if parts is None or url is None:
        hint = f'; did you mean "https://{value}"?' if "." in value and "://" not in value and " " not in value else ""
        raise refusal(kind, value, f"is no http(s) address{hint}", accepts)
    slug = _SLUG_BREAK.sub("-", (parts.hostname or "").removeprefix("www.")).strip("-")
    return Resolved(url, url, slug or kind, None, options)


def pairs(kind: str, value: Mapping[str, str], known: tuple[Option, ...]) -> dict[str, str]:
    """A mapping as it may be: known keys, required ones there; raises ConfigError."""
    names = [option.name for option in known]
    strange = [name for name in value if name not in names]
    missing = [option.name for option in known if option.required and not value.get(option.name)]
    if strange or missing:
        said = f'has no "{missing[0]}"' if missing else f'has the unknown key "{strange[0]}"'
        raise ConfigError([f"{kind} {said}; it takes {', '.join(names)}"])
    return {name: value[name] for name in names if value.get(name)}


def is_root(url: str) -> bool:
    """Whether an address is a host and nothing else."""
    return urlsplit(url).path in ("", "/")
