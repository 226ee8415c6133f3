"""Which addresses may be connected to: one table, since ``ipaddress.is_global`` differs between Python versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from yarl import URL

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA IPv4 Special-Purpose Address Registry, whole: also the anycast blocks it marks as reachable, since nobody
# publishes there. Multicast has a registry of its own (RFC 5771).
_SPECIAL_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared address space: carrier NAT, and the metadata service of one cloud
            "127.0.0.0/8",
            "168.63.129.16/32",  # not in the registry: the host's own services inside Azure
            "169.254.0.0/16",  # link-local, and the metadata service of most clouds
            "172.16.0.0/12",
            "192.0.0.0/24",  # IETF protocol assignments, and the metadata service of one cloud
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",  # 6to4 relays, deprecated
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
# Only 2000::/3 is handed out as global unicast: what is outside (mapped, compatible, translated, ULA, link-local,
# site-local, multicast, SRv6, discard) needs no row of its own.
_UNICAST_6 = IPv6Network("2000::/3")
_SPECIAL_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocol assignments: Teredo, benchmarking, ORCHID
            "2001:db8::/32",
            "2002::/16",  # 6to4 carries any IPv4 address
            "2620:4f:8000::/48",
            "3ffe::/16",  # 6bone, returned
            "3fff::/20",
        ),
    )
)
# NAT64 (RFC 6052) is how a machine without IPv4 reaches IPv4 servers: as good as the address inside it.
_NAT64 = IPv6Network("64:ff9b::/96")


def parse(text: str) -> Address | None:
    """Read an address in its canonical notation; anything else (``127.1``, ``0x7f000001``, a name) is None."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Tell whether a server of the public internet can live at ``address`` (IANA special-purpose registries)."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_4)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _UNICAST_6 and not any(address in network for network in _SPECIAL_6)


@dataclass(frozen=True, slots=True)
class Allowance:
    """One entry of ``fetch.allow_private``: a name or a network, on one port or on all."""

    name: str | None
    network: Network | None
    port: int | None = None

    def covers(self, address: Address, name: str, port: int) -> bool:
        """Tell whether this entry lets ``name:port`` be reached at ``address``."""
        if self.port is not None and self.port != port:
            return False
        if self.network is not None:
            return address.version == self.network.version and address in self.network
        return self.name == canonical(name)


def allowances(entries: Iterable[str]) -> tuple[Allowance, ...]:
    """Read ``fetch.allow_private``: ``host``, ``host:port``, ``address``, ``address:port`` or CIDR.

    An entry that is none of these allows nothing; the config room has refused it before.
    """
    return tuple(found for entry in entries if (found := _allowance(entry.strip())) is not None)


def canonical(name: str) -> str:
    """Host name as it is compared: lower case, IDNA, no trailing dot."""
    try:
        host = URL.build(scheme="http", host=name).raw_host or ""
    except ValueError:
        host = name
    return host.lower().rstrip(".")


def _allowance(entry: str) -> Allowance | None:
    try:
        return Allowance(None, ip_network(entry, strict=False))
    except ValueError:
        pass
    try:
        url = URL(f"http://{entry}")
        host, port = url.raw_host, url.explicit_port
    except ValueError:
        return None
    if not host or url.raw_path not in {"", "/"} or url.raw_user is not None:
        return None
    address = parse(host)
    return Allowance(None, ip_network(address), port) if address is not None else Allowance(canonical(host), None, port)
