"""Reads what a server says beside its document: how long it is good, when to come back, where else to look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from multidict import CIMultiDictProxy
from yarl import URL

from aggregator.model import Freshness, NotModified, Outcome, Validators

Headers = CIMultiDictProxy[str]

MAX_RETRY_AFTER_S = 7 * 24 * 3600
_MAX_FRESH_S = 365 * 24 * 3600
_MAX_VALIDATOR = 2048
_MAX_LINKS = 64
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)
_FEED = re.compile(r';\s*type\s*=\s*"?application/(?:rss\+xml|atom\+xml|feed\+json)', re.IGNORECASE)
_DIRECTIVE = re.compile(r'([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,]*)))?', re.IGNORECASE)


def status(outcome: Outcome) -> int | None:
    """The status that a server answered with; None where no answer came."""
    return 304 if isinstance(outcome, NotModified) else outcome.status


def freshness(headers: Headers, now: datetime) -> Freshness:
    """How long the answer is good for, counted from now on the server's own clock (RFC 9111 section 4.2)."""
    age = _seconds(headers.get("Age")) or 0
    return Freshness(max_age_s=_max_age(headers, age), expires_in_s=_expires_in(headers, age, now))


def retry_after(headers: Headers, now: datetime) -> int | None:
    """Seconds the server asks to be left alone (RFC 9110 section 10.2.3), at most seven days; None if it does not say.

    A moment is taken relative to the server's Date: its clock may be wrong, its difference is not.
    """
    value = headers.get("Retry-After")
    seconds = _seconds(value)
    if seconds is None:
        moment = _moment(value)
        if moment is None:
            return None
        seconds = max(0, int((moment - _date(headers, now)).total_seconds()))
    return min(seconds, MAX_RETRY_AFTER_S)


def validators(headers: Headers, url: str | None) -> Validators:
    """ETag and Last-Modified, byte for byte (RFC 9110 section 8.8); ``url`` if it is not the address that was asked.

    One that cannot be sent back as it came (bytes that are no UTF-8, beyond 2 KiB) is as good as none.
    """
    etag, last_modified = _sendable(headers.get("ETag")), _sendable(headers.get("Last-Modified"))
    return Validators(etag=etag, last_modified=last_modified, url=url if etag or last_modified else None)


def links(headers: Headers, base: URL) -> tuple[tuple[str, str], ...]:
    """(rel, absolute href) pairs of the Link header (RFC 8288), one per relation, http and https only."""
    return tuple(dict.fromkeys(_links(", ".join(headers.getall("Link", ())), base)))[:_MAX_LINKS]


def challenged(status: int, headers: Headers) -> bool:
    """Tell whether a bot wall answered in place of the server (gatsby #17335, Miniflux: cf-mitigated)."""
    if "cf-mitigated" in headers:
        return True
    return (
        status in {HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE}
        and headers.get("Server", "").lower().startswith("cloudflare")
        and "html" in headers.get("Content-Type", "").lower()
    )


def printable(value: str) -> str:
    """Header value without the bytes that were no UTF-8 (they arrive as lone surrogates)."""
    return value.encode("utf-8", "replace").decode("utf-8")


def phrase(status: int) -> str:
    """``403 Forbidden``."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _max_age(headers: Headers, age: int) -> int | None:
    found: int | None = None
    for name, quoted, bare in _DIRECTIVE.findall(", ".join(headers.getall("Cache-Control", ()))[:4096]):
        directive, value = name.lower(), quoted or bare
        if directive in {"no-cache", "no-store"} and not value:
            return 0
        if directive == "max-age" and found is None:
            found = _seconds(value)
    return None if found is None else min(max(0, found - age), _MAX_FRESH_S)


def _expires_in(headers: Headers, age: int, now: datetime) -> int | None:
    value = headers.get("Expires")
    if value is None:
        return None
    moment = _moment(value)
    if moment is None:  # "0" and the like mean: already over (RFC 9111 section 5.3)
        return 0
    return min(max(0, int((moment - _date(headers, now)).total_seconds()) - age), _MAX_FRESH_S)


def _links(value: str, base: URL) -> Iterator[tuple[str, str]]:
    for target, parameters in _LINK.findall(value[:16384]):
        rel = _REL.search(parameters)
        href = _absolute(printable(target), base)
        if rel is None or href is None:
            continue
        for relation in printable(rel[1] or rel[2] or "").lower().split():
            yield relation, href
            if relation == "alternate" and _FEED.search(parameters):
                yield "feed", href  # what HTML once called it: an alternate of which the server says that it is one


def _absolute(target: str, base: URL) -> str | None:
    try:
        url = base.join(URL(target.strip()))
        host = url.host
    except ValueError:
        return None
    return str(url) if url.scheme in {"http", "https"} and host else None


def _sendable(value: str | None) -> str | None:
    if value is None or not value or len(value) > _MAX_VALIDATOR:
        return None
    return value if printable(value) == value else None


def _date(headers: Headers, now: datetime) -> datetime:
    return _moment(headers.get("Date")) or now


def _moment(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _seconds(value: str | None) -> int | None:
    digits = (value or "").strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    return int(digits[:12]) if len(digits) <= 12 else 10**12
