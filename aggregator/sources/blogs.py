"""Reads which blog is meant on platforms that give each a host: by its name, its address, or a domain of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult

from aggregator.errors import ConfigError
from aggregator.sources.address import below, pasted, refusal, within

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")  # a label of a host (RFC 1123)


@dataclass(frozen=True, slots=True)
class Blogs:
    """The blogs of one platform; ``kind`` and ``accepts`` are the kind's."""

    kind: str
    label: str
    domain: str  # under which each has its host
    hosts: tuple[str, ...]  # all of the platform's
    accepts: tuple[str, ...]
    nameless: str  # what is wrong with a name that none can have: "is no name of a blog"
    services: frozenset[str] = frozenset()  # names of hosts that are nobody's blog

    def located(
        self, value: str, base_url: str | None, home: Callable[[str, SplitResult], tuple[str, list[str]]]
    ) -> tuple[str, list[str]]:
        """The address of a blog, and the path below it that was pasted; ``base_url`` stands in for that address.

        ``home`` tells both for an address anywhere but under ``base_url``. Raises ConfigError.
        """
        parts = pasted(value)
        if parts is None:
            address, path = self.named(value), list[str]()
        elif base_url is not None and (inside := below(parts, base_url)) is not None:
            address, path = base_url, inside
        else:
            address, path = home(value, parts)
        return base_url or address, path

    def named(self, value: str, name: str | None = None) -> str:
        """The address of the blog with a name; ``value`` is what was pasted. Raises ConfigError."""
        if name is None and "/" in value:
            raise self.refused(value, "is no address that can be read")
        label = (value if name is None else name).removeprefix("@").lower()
        if not _NAME.fullmatch(label) or label in self.services:
            raise self.refused(value, self.nameless)
        return f"https://{label}.{self.domain}"

    def title(self, home: str, base_url: str | None) -> str:
        """What to call a blog: its platform, or the domain that it has to itself."""
        name = home.partition("://")[2]
        return self.label if base_url or within(name, self.hosts) else name

    def serves(self, name: str) -> bool:
        """Whether a host is the platform's own and nobody's blog."""
        return name == self.domain or (within(name, self.hosts) and name.split(".", 1)[0] in self.services)

    def refused(self, value: str, why: str) -> ConfigError:
        """The error for a value that names no blog."""
        return refusal(self.kind, value, why, self.accepts)

    def one_page(self, value: str, home: str) -> ConfigError:
        """The error for an article where its blog is asked for."""
        return self.refused(value, f'is one page of a blog; did you mean "{home.partition("://")[2]}"?')
