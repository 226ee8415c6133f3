"""Who may see the owner's page, and who may press its buttons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.api.status.door import COOKIE, LASTS, TRIES, WINDOW, Door, Visitor, hostname, is_loopback

TOKEN = "correct horse battery staple"
NOW = datetime(2026, 11, 20, 10, 7, tzinfo=UTC)
FAR = Visitor("203.0.113.9", {"host": "feeds.example", "sec-fetch-site": "same-origin"})
HERE = Visitor("127.0.0.1", {"host": "127.0.0.1:8000", "sec-fetch-site": "same-origin"})


def said(visitor: Visitor, **headers: str) -> Visitor:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(visitor, headers={**visitor.headers, **more})


def inside(door: Door, visitor: Visitor = FAR, now: datetime = NOW) -> Visitor:
    """The same visitor, signed in."""
    session = door.session(TOKEN, visitor, now)
    assert session is not None
    return said(visitor, cookie=f"theme=dark; {COOKIE}={session}")


def test_the_token_opens_a_session_that_every_process_knows_and_that_ends() -> None:
    door = Door(TOKEN, "https://feeds.example")
    visitor = inside(door)
    for one in (door, Door(TOKEN, "https://feeds.example")):
        who = one.enter(visitor, NOW)
        assert (who.see, who.act) == (True, True)
        assert one.pressed(visitor, who, door.word(who))
    assert not door.enter(visitor, NOW + LASTS).see
    assert not Door("another token", "https://feeds.example").enter(visitor, NOW).see
    assert not Door("", "https://feeds.example").enter(visitor, NOW).act


@pytest.mark.parametrize("change", [lambda c: c[:-1] + ("0" if c[-1] != "0" else "1"), lambda c: "9" + c, lambda c: ""])
def test_a_cookie_that_was_changed_opens_nothing(change: Callable[[str], str]) -> None:
    door = Door(TOKEN, "https://feeds.example")
    cookie = inside(door).headers["cookie"]
    name, _, value = cookie.rpartition("=")
    assert not door.enter(said(FAR, cookie=f"{name}={change(value)}"), NOW).see


@pytest.mark.parametrize(
    "given", ["", "correct horse battery stapl", "CORRECT HORSE BATTERY STAPLE", "ü" * 9, "\udcff"]
)
def test_another_token_opens_nothing(given: str) -> None:
    door = Door(TOKEN, "https://feeds.example")
    assert door.session(given, FAR, NOW) is None
    assert not door.enter(said(FAR, authorization=f"Bearer {given.rstrip()}x"), NOW).see


def test_a_program_comes_with_the_token_itself_and_needs_no_form() -> None:
    door = Door(TOKEN, "https://feeds.example")
    program = said(FAR, authorization=f"bearer {TOKEN}", origin="https://evil.example", sec_fetch_site="cross-site")
    who = door.enter(program, NOW)
    assert (who.see, who.act) == (True, True)
    assert door.pressed(program, who, "")
    assert not door.enter(said(FAR, authorization=f"Basic {TOKEN}"), NOW).see


def test_whoever_guesses_has_to_wait_and_nobody_else_does() -> None:
    door = Door(TOKEN, "https://feeds.example")
    for attempt in range(TRIES):
        assert door.wait_s(FAR, NOW + timedelta(seconds=attempt)) == 0
        assert door.session("guess", FAR, NOW + timedelta(seconds=attempt)) is None
    assert door.wait_s(FAR, NOW + timedelta(seconds=TRIES)) == WINDOW.total_seconds() - TRIES
    assert door.wait_s(replace(FAR, peer="203.0.113.10"), NOW) == 0
    assert door.wait_s(FAR, NOW + WINDOW) == 0


def test_a_form_of_another_site_presses_nothing() -> None:
    door = Door(TOKEN, "https://feeds.example")
    visitor = inside(door)
    who = door.enter(visitor, NOW)
    word = door.word(who)
    assert door.pressed(visitor, who, word)
    assert not door.pressed(said(visitor, sec_fetch_site="cross-site"), who, word)
    assert not door.pressed(said(visitor, sec_fetch_site="same-site"), who, word)
    old = replace(visitor, headers={name: value for name, value in visitor.headers.items() if name != "sec-fetch-site"})
    assert door.pressed(said(old, origin="https://feeds.example"), who, word)
    assert not door.pressed(said(old, origin="https://evil.example"), who, word)
    assert not door.pressed(said(old, origin="null"), who, word)


def test_the_word_of_one_session_is_none_in_another() -> None:
    door = Door(TOKEN, "https://feeds.example")
    mine, other = inside(door), inside(door)
    who = door.enter(mine, NOW)
    assert door.word(who) != door.word(door.enter(other, NOW))
    assert not door.pressed(mine, who, door.word(door.enter(other, NOW)))
    assert not door.pressed(mine, who, "")


@pytest.mark.parametrize(
    ("base_url", "visitor", "acts"),
    [
        ("http://127.0.0.1:8000", HERE, True),
        ("http://localhost:8000", said(HERE, host="localhost:8000"), True),
        ("http://[::1]:8000", replace(said(HERE, host="[::1]:8000"), peer="::1"), True),
        ("https://feeds.example", HERE, False),  # a proxy in front may make everybody seem to be here
        ("http://127.0.0.1:8000", FAR, False),
        ("http://127.0.0.1:8000", said(HERE, host="feeds.example"), False),
        ("http://127.0.0.1:8000", said(HERE, host="127.0.0.1.evil.example"), False),  # DNS rebinding
        ("http://127.0.0.1:8000", said(HERE, x_forwarded_for="203.0.113.9"), False),
        ("http://127.0.0.1:8000", said(HERE, host=""), False),
        ("http://127.0.0.1:8000", said(HERE, host="[::1"), False),
        ("http://127.0.0.1:8000", replace(HERE, peer=""), False),
    ],
)
def test_without_a_token_everybody_sees_and_only_the_machine_itself_acts(
    base_url: str, visitor: Visitor, acts: bool
) -> None:
    door = Door(None, base_url)
    who = door.enter(visitor, NOW)
    assert (who.see, who.act) == (True, acts)
    assert door.pressed(visitor, who, door.word(who)) is acts
    assert not Door(None, base_url).pressed(visitor, who, door.word(who))  # another process, another word


def test_the_cookie_is_for_nobody_else() -> None:
    secure = Door(TOKEN, "https://feeds.example").set_cookie("value", FAR)
    assert secure == f"{COOKIE}=value; Max-Age={int(LASTS.total_seconds())}; HttpOnly; SameSite=Strict; Secure"
    assert "Secure" not in Door(TOKEN, "http://feeds.example").set_cookie("value", FAR)
    assert "Secure" not in Door(TOKEN, "https://feeds.example").set_cookie("value", HERE)
    assert "Max-Age=0" in Door(TOKEN, "https://feeds.example").set_cookie("", FAR)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "localhost.evil.example", "127.0.0.1.nip.io", "10.0.0.1", "0.0.0.0", "2130706433"]
)
def test_no_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_a_host_header_that_is_none() -> None:
    assert [hostname(one) for one in ("a.example:80", "[::1]:80", "[", "")] == ["a.example", "::1", "", ""]
