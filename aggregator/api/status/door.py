"""Decides who may see the owner's page and who may press its buttons; the reasons are in docs/notes/status-page.md."""

from __future__ import annotations

import hmac
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import urlsplit

COOKIE = "aggregator_status"
LASTS = timedelta(days=30)
TRIES, WINDOW = 10, timedelta(minutes=1)  # wrong tokens from one address in this time; then it has to wait
_PLACES = 1000  # addresses that are watched at once
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a request says about who sends it; header names in lower case."""

    peer: str  # address of the other end of the connection
    headers: Mapping[str, str]

    @property
    def host(self) -> str:
        """The Host header."""
        return self.headers.get("host", "")

    @property
    def here(self) -> bool:
        """Whether it was sent on this machine, to an address of this machine, through nothing else.

        The Host header counts because a web page elsewhere can make a browser here connect to a name that leads here,
        but not send another name.
        """
        through = any(name in self.headers for name in _FORWARDED)
        return not through and is_loopback(self.peer) and is_loopback(hostname(self.host))


@dataclass(frozen=True, slots=True)
class Pass:
    """What somebody may do."""

    see: bool
    act: bool
    session: str = ""  # what the form's word is bound to
    trusted: bool = False  # it came with the token itself, which no browser sends by itself


class Door:
    """The door of one process. ``token``: ``AGGREGATOR_ADMIN_TOKEN``; processes with the same one know each other's
    sessions."""

    def __init__(self, token: str | None, base_url: str) -> None:
        self._token = token or None
        self._key = _digest(token, "session") if token else secrets.token_bytes(32)
        self._home = urlsplit(base_url)
        self._wrong: dict[str, deque[datetime]] = {}

    @property
    def guarded(self) -> bool:
        """Whether a token is needed."""
        return self._token is not None

    def enter(self, visitor: Visitor, now: datetime) -> Pass:
        """What this visitor may do."""
        if self._token is None:
            # Behind a proxy on this machine everybody seems to be here; a public address means that there is one.
            return Pass(see=True, act=visitor.here and is_loopback(self._home.hostname or ""))
        kind, _, given = visitor.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            known = self._is_token(given.strip())
            return Pass(known, known, trusted=known)
        session = _cookie(visitor.headers.get("cookie", ""))
        known = self._is_session(session, now)
        return Pass(known, known, session if known else "")

    # ── the way in ──────────────────────────────────────────────────────────────────────────────────────────────────

    def wait_s(self, visitor: Visitor, now: datetime) -> int:
        """For how many seconds this address may not try a token; 0: it may."""
        wrong = self._wrong.get(visitor.peer, deque())
        if len(wrong) < TRIES or now - wrong[0] >= WINDOW:
            return 0
        return max(1, round((wrong[0] + WINDOW - now).total_seconds()))

    def session(self, given: str, visitor: Visitor, now: datetime) -> str | None:
        """The value of a cookie for whoever gives the right token; None: it is another one."""
        if not self._is_token(given):
            if len(self._wrong) >= _PLACES:
                self._wrong.clear()
            self._wrong.setdefault(visitor.peer, deque(maxlen=TRIES)).append(now)
            return None
        self._wrong.pop(visitor.peer, None)
        said = f"{int((now + LASTS).timestamp())}.{secrets.token_urlsafe(12)}"
        return f"{said}.{self._sign(said)}"

    def set_cookie(self, value: str, visitor: Visitor) -> str:
        """The Set-Cookie header that opens a session; "" ends it.

        Without Path it goes to the folder of the form that it answers, wherever a proxy puts that.
        """
        lasts = int(LASTS.total_seconds()) if value else 0
        secure = "; Secure" if self._home.scheme == "https" and not visitor.here else ""
        return f"{COOKIE}={value}; Max-Age={lasts}; HttpOnly; SameSite=Strict{secure}"

    # ── the buttons ─────────────────────────────────────────────────────────────────────────────────────────────────

    def word(self, who: Pass) -> str:
        """What every form of a page carries; nobody who cannot read the page knows it."""
        return self._sign(f"form.{who.session}")

    def pressed(self, visitor: Visitor, who: Pass, word: str) -> bool:
        """Whether the button was pressed on a page of ours, by whoever it was shown to."""
        if not who.act:
            return False
        if who.trusted:
            return True
        return self.from_here(visitor) and hmac.compare_digest(word.encode(), self.word(who).encode())

    def from_here(self, visitor: Visitor) -> bool:
        """Whether a form was sent from a page of this very site, as far as the browser tells."""
        site = visitor.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = visitor.headers.get("origin")
        return origin is None or urlsplit(origin).netloc in {visitor.host, self._home.netloc} - {""}

    # ── signs ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _is_token(self, given: str) -> bool:
        expected = _digest(self._token or secrets.token_hex(), "token")
        return hmac.compare_digest(_digest(given, "token"), expected) and self._token is not None

    def _is_session(self, given: str, now: datetime) -> bool:
        said, _, sign = given.rpartition(".")
        until = said.partition(".")[0]
        right = hmac.compare_digest(sign.encode(), self._sign(said).encode())
        return right and until.isascii() and until.isdigit() and int(until) > now.timestamp()

    def _sign(self, said: str) -> str:
        return hmac.new(self._key, said.encode(), sha256).hexdigest()


def is_loopback(host: str) -> bool:
    """Whether this names the machine itself: localhost, or a loopback address."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def hostname(host: str) -> str:
    """A Host header without its port, and without the brackets of an IPv6 address."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _digest(text: str, purpose: str) -> bytes:
    """Of fixed length, so that comparing tells nothing about the length of the token."""
    return hmac.new(purpose.encode(), text.encode("utf-8", "surrogateescape"), sha256).digest()


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None else ""
