"""Which addresses count as public, the same on every Python version."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch.addresses import allowances, canonical, is_public, parse
from tests.shell.fetch.special import PUBLIC, SPECIAL


def test_the_list_is_whole() -> None:
    assert len(SPECIAL) == len(set(SPECIAL)) == 61


@pytest.mark.parametrize("text", SPECIAL)
def test_special_purpose_addresses_are_not_public(text: str) -> None:
    address = parse(text)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize("text", PUBLIC)
def test_ordinary_addresses_are_public(text: str) -> None:
    address = parse(text)
    assert address is not None
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_nat64_is_as_good_as_the_address_inside(inside: ipaddress.IPv4Address) -> None:
    outside = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) | int(inside))
    assert is_public(outside) == is_public(inside)


@given(st.ip_addresses(v=6))
def test_what_python_calls_private_is_never_public(address: ipaddress.IPv6Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved:
        assert not is_public(address) or address in ipaddress.IPv6Network("64:ff9b::/96")


@pytest.mark.parametrize(
    "text", ["2130706433", "0x7f000001", "127.1", "0", "127.0.0.1.", "", "localhost", "１２７.0.0.1"]
)
def test_only_the_canonical_notation_is_an_address(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("entry", "address", "name", "port", "covered"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", 8000, True),
        ("127.0.0.1:8000", "127.0.0.1", "127.0.0.1", 8000, True),
        ("127.0.0.1:8000", "127.0.0.1", "127.0.0.1", 8001, False),
        ("127.0.0.1:8000", "127.0.0.2", "127.0.0.2", 8000, False),
        ("10.0.0.0/8", "10.20.30.40", "wiki.lan", 80, True),
        ("10.0.0.0/8", "11.0.0.1", "wiki.lan", 80, False),
        ("10.0.0.7/8", "10.20.30.40", "wiki.lan", 80, True),
        ("10.0.0.0/8", "::ffff:10.0.0.1", "wiki.lan", 80, False),
        ("wiki.lan", "10.0.0.1", "wiki.lan", 80, True),
        ("Wiki.LAN.", "10.0.0.1", "wiki.lan", 443, True),
        ("wiki.lan", "10.0.0.1", "WIKI.lan.", 443, True),
        ("wiki.lan", "10.0.0.1", "evil.wiki.lan", 80, False),
        ("wiki.lan:8080", "10.0.0.1", "wiki.lan", 8080, True),
        ("wiki.lan:8080", "10.0.0.1", "wiki.lan", 80, False),
        ("bücher.lan", "10.0.0.1", "xn--bcher-kva.lan", 80, True),
        ("::1", "::1", "::1", 80, True),
        ("[::1]:8000", "::1", "::1", 8000, True),
        ("[::1]:8000", "::1", "::1", 80, False),
        ("fd00::/8", "fd00::12", "wiki.lan", 80, True),
        ("user@wiki.lan", "10.0.0.1", "wiki.lan", 80, False),
        ("wiki.lan/path", "10.0.0.1", "wiki.lan", 80, False),
        ("http://wiki.lan", "10.0.0.1", "wiki.lan", 80, False),
        ("", "10.0.0.1", "wiki.lan", 80, False),
        ("*", "10.0.0.1", "wiki.lan", 80, False),
    ],
)
def test_what_an_entry_of_allow_private_covers(entry: str, address: str, name: str, port: int, covered: bool) -> None:
    at = parse(address)
    assert at is not None
    assert any(allowance.covers(at, name, port) for allowance in allowances([entry])) is covered


def test_names_are_compared_in_one_form() -> None:
    assert canonical("WIKI.Lan.") == canonical("wiki.lan") == "wiki.lan"
