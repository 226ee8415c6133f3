"""What the config says about matching, in the terms in which copies are compared."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from aggregator import ingest, sources
from aggregator.model import Config, Owner, Source
from aggregator.text.urls import is_unfit


@dataclass(frozen=True, slots=True)
class Steering:
    """Derived once from a config, used by every merge."""

    owners: Mapping[str, Owner]
    sources: Mapping[str, Source]
    authority: str
    same: tuple[frozenset[str], ...]
    different: tuple[frozenset[str], ...]
    fit: Callable[[str], bool]

    @property
    def told(self) -> tuple[frozenset[str], ...]:
        """Every set of identity keys about which an owner said something: who has one of a set concerns the others."""
        return (*self.same, *self.different)


def steering(config: Config) -> Steering:
    """What merges need to know of ``config``."""
    return Steering(
        owners={owner.id: owner for owner in config.owners},
        sources={source.key: source for source in config.sources},
        authority=urlsplit(config.site.base_url).hostname or "localhost",
        same=tuple(_keys(group) for owner in config.owners for group in owner.same),
        different=tuple(_keys(group) for owner in config.owners for group in owner.different),
        fit=_fit(config.fetch.allow_private),
    )


def round_of(steer: Steering, now: datetime, *, founding: bool = False, backfilled: bool = False) -> ingest.Round:
    """A merge of what no poll brought."""
    return ingest.Round(
        owners=steer.owners,
        now=now,
        authority=steer.authority,
        fit=steer.fit,
        founding=founding,
        backfilled=backfilled,
        same=steer.same,
        different=steer.different,
    )


def _keys(addresses: Iterable[str]) -> frozenset[str]:
    return frozenset(key for address in addresses for key in sources.keys_of(address))


def _fit(allowed: Iterable[str]) -> Callable[[str], bool]:
    """Whether an address may be an article's: no staging host, mirror or redirector, nothing private.

    A private host that the owner allowed by name is one that the owner's readers can reach, too.
    """
    names = {entry.lower() for entry in allowed if "/" not in entry}
    networks = [ipaddress.ip_network(entry, strict=False) for entry in allowed if "/" in entry]

    def private_but_allowed(url: str) -> bool:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host in names or parts.netloc.lower() in names:
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in networks)

    return lambda url: not is_unfit(url) or private_but_allowed(url)
