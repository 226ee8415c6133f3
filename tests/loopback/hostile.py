"""Every way in which servers are known to misbehave, each with what a fetch of it must come to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aiohttp import web

from tests.loopback.answer import Answer, Wire
from tests.loopback.bombs import bomb

FEED = (
    b'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Hedge</title>'
    b"<link>https://hedge.example/</link><description>Notes</description>"
    b"<item><title>On hedges</title><guid>h-1</guid><link>https://hedge.example/1</link>"
    b"<description>A hedge keeps the wind out.</description></item></channel></rss>"
)
_HTML = b"<!doctype html><title>Back soon</title><p>We are painting the shop."
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"


@dataclass(frozen=True, slots=True)
class Kind:
    """One misbehaviour. ``outcome`` is the class name of the outcome, or the ``code`` of the failure."""

    outcome: str
    answer: Callable[[str], Answer] | None  # of the path it is installed at; None: nobody listens


def _fixed(answer: Answer) -> Callable[[str], Answer]:
    return lambda path: answer


def _redirect(location: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": location}, content_type=None)


def _wire(head: bytes, *, then: bytes = b"", every_s: float = 0.0, reset: bool = False, repeat: int = 0) -> Answer:
    """Send ``head``, then ``then`` again and again; at last break off, with a reset or as if all had been said."""

    async def play(request: web.BaseRequest, transport: asyncio.Transport) -> None:
        transport.write(head)
        for _ in range(repeat):
            if transport.is_closing():
                return
            await asyncio.sleep(every_s)
            transport.write(then)
        await asyncio.sleep(0.02)  # let the bytes arrive before the reset overtakes them
        if reset:
            transport.abort()
        else:
            transport.close()

    wire: Wire = play
    return Answer(wire=wire)


def _silence() -> Answer:
    return _wire(b"", then=b"", every_s=3600, repeat=1)


def _document(text: bytes) -> Callable[[str], Answer]:
    return _fixed(Answer(FEED.replace(b"<title>On hedges</title>", text)))


def _bomb(coding: str) -> Callable[[str], Answer]:
    return lambda path: Answer(bomb(coding), headers={"Content-Encoding": coding})


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{entities}]>'.encode()
    return head + FEED.split(b"?>", 1)[1].replace(b"On hedges", b"&l9;")


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        # no answer at all, or not a whole one
        "refused": Kind("Unreachable", None),
        "silent": Kind("TooSlow", _fixed(_silence())),
        "slow_headers": Kind("TooSlow", _fixed(_wire(_HEAD, then=b"X-More: 1\r\n", every_s=1, repeat=3600))),
        "slow_body": Kind(
            "TooSlow", _fixed(_wire(_HEAD + b"Content-Length: 9999\r\n\r\n", then=b"<", every_s=1, repeat=9999))
        ),
        "reset_in_headers": Kind("Unreachable", _fixed(_wire(_HEAD, reset=True))),
        "reset_in_body": Kind(
            "Unreachable", _fixed(_wire(_HEAD + b"Content-Length: 9999\r\n\r\n" + FEED[:200], reset=True))
        ),
        "reset_in_chunks": Kind(
            "Unreachable", _fixed(_wire(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n40\r\n" + FEED[:64] + b"\r\n"))
        ),
        "cut_off": Kind("Unreachable", _fixed(_wire(_HEAD + b"Content-Length: 9999\r\n\r\n" + FEED))),
        "length_too_small": Kind("Unreachable", _fixed(_wire(_HEAD + b"Content-Length: 200\r\n\r\n" + FEED))),
        "not_http": Kind("Unreachable", _fixed(_wire(b"220 mail.example ESMTP ready\r\n"))),
        # too much of it
        "endless_body": Kind("TooLarge", _fixed(Answer(endless=b"<item/>" * 9000))),
        "length_too_large": Kind("TooLarge", _fixed(_wire(_HEAD + b"Content-Length: 99999999999\r\n\r\n"))),
        "bomb_gzip": Kind("TooLarge", _bomb("gzip")),
        "bomb_br": Kind("TooLarge", _bomb("br")),
        "bomb_zstd": Kind("TooLarge", _bomb("zstd")),
        "interim_flood": Kind(
            "TooLarge", _fixed(_wire(b"", then=b"HTTP/1.1 103 Early Hints\r\n\r\n" * 40_000, repeat=8))
        ),
        "chunk_flood": Kind(
            "TooLarge",
            _fixed(
                _wire(
                    _HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
                    then=(b"1;" + b"a" * 1000 + b"\r\n<\r\n") * 1000,
                    repeat=40,
                )
            ),
        ),
        "header_flood": Kind("Unreachable", _fixed(_wire(_HEAD + b"X-Flood: 1\r\n" * 20_000 + b"\r\n" + FEED))),
        "long_header": Kind("Unreachable", _fixed(_wire(_HEAD + b"X-Long: " + b"1" * 1_000_000 + b"\r\n\r\n" + FEED))),
        # not what was asked for
        "html": Kind("Fetched", _fixed(Answer(_HTML, content_type="text/html; charset=utf-8"))),
        "empty": Kind("Fetched", _fixed(Answer(b""))),
        "truncated_xml": Kind("Fetched", _fixed(Answer(FEED[:-60]))),
        "damaged_gzip": Kind("Unreachable", _fixed(Answer(FEED, headers={"Content-Encoding": "gzip"}))),
        "cut_gzip": Kind("Unreachable", lambda path: Answer(bomb("gzip")[:500], headers={"Content-Encoding": "gzip"})),
        "packed_thrice": Kind("Unreachable", _fixed(Answer(FEED, headers={"Content-Encoding": "gzip, gzip, gzip"}))),
        "unasked_304": Kind("Refused", _fixed(Answer(status=304, content_type=None))),
        "no_content": Kind("Refused", _fixed(Answer(status=204, content_type=None))),
        # no
        "error_500": Kind("Refused", _fixed(Answer(b"oops", status=500, content_type="text/plain"))),
        "forbidden": Kind("Refused", _fixed(Answer(_HTML, status=403, content_type="text/html"))),
        "challenge": Kind(
            "Refused",
            _fixed(Answer(_HTML, status=403, content_type="text/html", headers={"cf-mitigated": "challenge"})),
        ),
        "gone": Kind("Gone", _fixed(Answer(b"", status=410))),
        "missing": Kind("Gone", _fixed(Answer(_HTML, status=404, content_type="text/html"))),
        "throttled": Kind("Throttled", _fixed(Answer(b"", status=429, headers={"Retry-After": "120"}))),
        "unavailable": Kind("Throttled", _fixed(Answer(b"", status=503, headers={"Retry-After": "600"}))),
        # elsewhere
        "redirect_loop": Kind("BadRedirect", lambda path: _redirect(path)),
        "redirect_private": Kind("ForbiddenAddress", _fixed(_redirect("http://169.254.169.254/latest/meta-data/"))),
        "redirect_file": Kind("BadRedirect", _fixed(_redirect("file:///etc/passwd"))),
        "redirect_nowhere": Kind("BadRedirect", _fixed(Answer(status=301, content_type=None))),
        # well-formed on the wire, made to hurt whoever reads it (traps T5, T6)
        "billion_laughs": Kind("Fetched", _fixed(Answer(_laughs()))),
        "quadratic_author": Kind("Fetched", _document(b"<author>a@" + b"a." * 32_000 + b"</author>")),
        "deep_html": Kind("Fetched", _document(b"<description>" + b"&lt;div&gt;" * 100_000 + b"</description>")),
        "deep_xml": Kind("Fetched", _document(b"<a>" * 100_000 + b"</a>" * 100_000)),
    }
)
