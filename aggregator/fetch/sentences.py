"""What is said to the owner when a document does not come: what happened, at which address, what to do."""

from __future__ import annotations

import os
import socket
import ssl

import aiohttp
from yarl import URL

from aggregator.errors import FetchError, ForbiddenAddress, TooLarge, Unreachable
from aggregator.fetch.answers import phrase, printable
from aggregator.fetch.meter import FLOODED

_LATER = "It is asked again later."
_GONE = {
    404: "there is no document at this address. If it has moved, correct the source's address.",
    410: "the document was taken away for good. If it has moved, correct the source's address.",
}


def named(url: URL) -> str:
    """The address as the owner knows it, without a query that may hold a token."""
    host = url.host or ""
    port = f":{url.explicit_port}" if url.explicit_port else ""
    path = url.path if url.path.isprintable() else url.raw_path
    return f"{f'[{host}]' if ':' in host else host}{port}{path}"


def forbidden(name: str, port: int, address: str) -> str:
    """For an address that is not let through."""
    name = f"[{name}]" if ":" in name else name
    place = name if port in {80, 443} else f"{name}:{port}"
    leads = f"{place} is not" if name.strip("[]") == address else f"{place} leads to {address}, which is not"
    return (
        f"{leads} an address of the public internet, so it was not asked. "
        f"If it is yours, add {place} to fetch.allow_private."
    )


def too_large(where: str, limit: int) -> str:
    """For a document above ``limit`` bytes."""
    return f"{where} is larger than {limit:,} bytes. If that is right for this source, raise fetch.max_bytes."


def too_slow(url: URL, timeout_s: float) -> str:
    """For a document that was not complete in time."""
    return (
        f"{named(url)} did not deliver within {timeout_s:g} seconds. It is asked again later; "
        "if it is always slow, raise fetch.timeout."
    )


def gone(url: URL, status: int) -> str:
    """For 404 and 410."""
    return f"{named(url)} answered {phrase(status)}: {_GONE[status]}"


def refused(url: URL, status: int) -> str:
    """For a status that brings no document."""
    if status == 304:
        advice = (
            "although it was asked for the document itself. Its server or cache is at fault; it is asked again later."
        )
        return f"{named(url)} answered {phrase(status)} {advice}"
    if status in {401, 403, 407, 451}:
        advice = "it does not let this service read the document. Check that the address is open to everyone."
    elif status >= 500:
        advice = "the server is in trouble. It is asked again later."
    elif status < 300:
        advice = "that is no document. It is asked again later."
    else:
        advice = "it does not serve the document in this way. Check the source's address."
    return f"{named(url)} answered {phrase(status)}: {advice}"


def throttled(url: URL, status: int, retry_after_s: int | None) -> str:
    """For a server that asks to be left alone."""
    wait = "" if retry_after_s is None else f" for {retry_after_s:,} seconds"
    return f"{named(url)} answered {phrase(status)}: it asks to be left alone{wait}. It is asked again after that."


def resting(url: URL, seconds: int) -> str:
    """For an address that was not asked, because another one on the same host was told to wait."""
    return f"{url.host} has asked to be left alone for another {seconds:,} seconds, so {named(url)} was not asked."


def walled(url: URL, status: int) -> str:
    """For a bot wall."""
    return (
        f"{named(url)} answered {phrase(status)} with a challenge for browsers: a bot wall (Cloudflare) stands before "
        "it. Ask whoever runs it to let feed readers through, or use another address of this source."
    )


def circle(start: URL, url: URL) -> str:
    """For a redirect to where it has been already."""
    return f"{named(start)} redirects in a circle, back to {named(url)}. Use the address that a browser ends at."


def too_many_hops(start: URL, hops: int) -> str:
    """For a chain of redirects without an end."""
    return f"{named(start)} redirects more than {hops} times. Use the address that a browser ends at."


def translated(error: Exception, url: URL) -> FetchError:
    """The house's own error for what a library raised on the way to ``url``."""
    where, reason = named(url), _reason(error)
    if FLOODED in str(error):
        return TooLarge(f"{where} sent far more than a document has and did not come to its end. {_LATER}")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        if error.os_error.errno == socket.EAI_AGAIN:
            return Unreachable(f"{url.host} cannot be looked up: no DNS answers. Is there a network? {_LATER}")
        return Unreachable(f"{url.host} is not known to the DNS: check its spelling, and whether you are online.")
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError | ssl.SSLError):
        return Unreachable(f"{url.host} has no valid certificate ({reason}). Its operator must renew it.")
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unreachable(f"{url.host} does not take connections ({reason}). It is asked again later.")
    if isinstance(error, aiohttp.InvalidURL):
        return ForbiddenAddress(f"{where} was not asked: that is no ordinary name or address of a host.")
    if isinstance(error, aiohttp.ClientResponseError):
        return Unreachable(f"{where} answered with something that is not HTTP ({reason}). It is asked again later.")
    return Unreachable(f"{where} broke off ({reason}). Nothing of it was used; it is asked again later.")


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the connection ended before the document did"
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "the server hung up"
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        text = cause.verify_message
    elif isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
        text = os.strerror(cause.errno)
    else:
        text = cause.message if isinstance(cause, aiohttp.ClientResponseError) else str(cause)
    return " ".join(printable(text or type(error).__name__).split())[:160]
