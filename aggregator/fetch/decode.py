"""Unpacks a body in small slices and stops at the cap, so that a small file that unpacks to gigabytes never does."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence

import brotli

from aggregator.errors import TooLarge, Unreachable
from aggregator.fetch import sentences

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, br, zstd"

_IN = 16 * 1024
_OUT = 256 * 1024
_MAX_CODINGS = 2  # one, and one more from a proxy that did not look (CVE-2025-66418: an endless chain)
_MAX_MEMBERS = 64  # gzip members or zstd frames in one body; each costs time, even an empty one
_ZSTD_WINDOW_LOG = 23  # 8 MiB, the most that a web server may ask for (RFC 9659)
_NAMES = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "br": "br", "zstd": "zstd"}


def codings(headers: Iterable[str], where: str) -> tuple[str, ...]:
    """Codings of a body in the order they were applied, from its Content-Encoding headers. Raises Unreachable.

    A coding that nobody knows (``utf-8``, ``none``) counts as none, as it does in browsers: the parser will judge.
    """
    named = [name.strip().lower() for header in headers for name in header.split(",")]
    known = tuple(_NAMES[name] for name in named if name in _NAMES)
    if len(known) > _MAX_CODINGS:
        raise Unreachable(f"{where} is packed {len(known)} times over ({', '.join(known[:5])}), which no server needs.")
    return known


def unpack(raw: bytes | bytearray, packed: Sequence[str], limit: int, where: str) -> Iterator[bytes]:
    """Yield the body in slices of a quarter to half a MiB at most.

    Raises TooLarge as soon as more than ``limit`` bytes came out of any stage, Unreachable if it is damaged or cut off.
    """
    view = memoryview(raw)
    slices: Iterable[bytes] = (bytes(view[at : at + _IN]) for at in range(0, len(view), _IN))
    for coding in reversed(packed):
        slices = _capped(_STAGES[coding](slices), limit, where)
    try:
        yield from slices
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
        raise Unreachable(
            f"{where} arrived damaged: it cannot be unpacked as {', '.join(packed)} ({error}). It is asked again later."
        ) from error


def _capped(slices: Iterable[bytes], limit: int, where: str) -> Iterator[bytes]:
    total = 0
    for piece in slices:
        total += len(piece)
        if total > limit:
            raise TooLarge(sentences.too_large(where, limit))
        yield piece


def _gunzip(slices: Iterable[bytes]) -> Iterator[bytes]:
    return _inflate(slices, 31)


def _deflate(slices: Iterable[bytes]) -> Iterator[bytes]:
    """Zlib as RFC 9110 section 8.4.1.2 says, or the bare stream that some servers send."""
    rest = iter(slices)
    first = b""
    for piece in rest:
        first += piece
        if len(first) > 1:
            break
    wrapped = len(first) > 1 and first[0] & 0x0F == 8 and int.from_bytes(first[:2], "big") % 31 == 0
    return _inflate(_chain(first, rest), 15 if wrapped else -15)


def _chain(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _inflate(slices: Iterable[bytes], wbits: int) -> Iterator[bytes]:
    machine = zlib.decompressobj(wbits)
    members = 1
    for piece in slices:
        while piece:
            if machine.eof:
                if wbits != 31 or piece[0] != 0x1F:  # padding behind the last member
                    break
                members += 1
                if members > _MAX_MEMBERS:
                    raise zlib.error("too many members")
                machine = zlib.decompressobj(wbits)
            yield machine.decompress(piece, _OUT)
            piece = machine.unused_data if machine.eof else machine.unconsumed_tail
    while not machine.eof:
        piece = machine.decompress(b"", _OUT)
        if not piece and not machine.eof:
            raise EOFError("the end is missing")
        yield piece


def _unbrotli(slices: Iterable[bytes]) -> Iterator[bytes]:
    machine = brotli.Decompressor()
    for piece in slices:
        if machine.is_finished():
            break
        yield machine.process(piece, output_buffer_limit=_OUT)
        while not machine.can_accept_more_data() and not machine.is_finished():
            yield machine.process(b"", output_buffer_limit=_OUT)
    while not machine.is_finished():  # output that the limit held back
        piece = machine.process(b"", output_buffer_limit=_OUT)
        if not piece and not machine.is_finished():
            raise EOFError("the end is missing")
        yield piece


def _unzstd(slices: Iterable[bytes]) -> Iterator[bytes]:
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
    machine = zstd.ZstdDecompressor(options=options)
    frames = 1
    for piece in slices:
        while piece or not (machine.needs_input or machine.eof):
            if machine.eof:
                frames += 1
                if frames > _MAX_MEMBERS:
                    raise zstd.ZstdError("too many frames")
                machine = zstd.ZstdDecompressor(options=options)
            yield machine.decompress(piece, _OUT)
            piece = machine.unused_data if machine.eof else b""
    if not machine.eof:
        raise EOFError("the end is missing")


_STAGES = {"gzip": _gunzip, "deflate": _deflate, "br": _unbrotli, "zstd": _unzstd}
