"""Reads what people type where a source is wanted: a name with its kind, a profile, the address of a feed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from aggregator import sources
from aggregator.config.problems import suggestion
from aggregator.errors import ConfigError
from aggregator.model import Source
from aggregator.sources import Resolved

_NAMED = re.compile(r"([A-Za-z]+):(?!//)(.+)", re.DOTALL)
_BARE = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#]\S*)?")


@dataclass(frozen=True, slots=True)
class Target:
    """One place to read, as a config would name it: ``kind: value``."""

    kind: str
    value: str
    resolved: Resolved

    def source(self, owner: str) -> Source:
        """A source of this owner that stands in no config, to look at only."""
        found = self.resolved
        return Source(
            key=f"{owner}/{self.kind}",
            owner=owner,
            id=self.kind,
            kind=self.kind,
            feed_url=found.feed_url,
            home_page_url=found.home_page_url,
        )


def target(text: str, other: str = "") -> Target:
    """The source that ``dev:asharao``, a profile's address or a feed's address names; ``other``: what else would do.

    Raises:
        ConfigError: no kind of source takes it; with what would be right.
    """
    text = text.strip()
    named = _NAMED.fullmatch(text)
    if named and named[1].lower() in sources.kinds():
        kind, value = named[1].lower(), named[2].strip()
    elif re.match(r"https?://", text, re.IGNORECASE):
        kind, value = sources.platform(text) or "feed", text
    else:
        raise ConfigError([_unknown(text, named[1] if named else None, other)])
    return Target(kind, value, sources.resolve(kind, value))


def _unknown(text: str, kind: str | None, other: str) -> str:
    if _BARE.fullmatch(text):
        return f'"{text}" is no address; did you mean "https://{text}"?'
    known = sources.kinds()
    also = f"{other}, or an address" if other else "an address"
    if kind is None:
        return f'"{text}" says not where: write a kind before it, as in "dev:{text}", or give {also}; {_listed(known)}'
    near = suggestion(kind, known)
    return f'there is no kind "{kind}"{near or f"; {_listed(known)}"}' + (f"; or give {also}" if not near else "")


def _listed(known: Iterable[str]) -> str:
    return f"the kinds are {', '.join(known)}"
