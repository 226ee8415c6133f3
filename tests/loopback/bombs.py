"""Small files that unpack to two gigabytes, made once per process."""

from __future__ import annotations

import struct
import sys
import zlib
from functools import cache

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PLAIN_BYTES = 2 * 1024**3
_BLOCK = bytes(1024**2)
_BLOCKS = PLAIN_BYTES // len(_BLOCK)
_CRC_OF_ZEROS = 0x4DBDF21C  # zlib.crc32 of 2 GiB of zeros


@cache
def bomb(coding: str) -> bytes:
    """2 GiB of zeros, packed as ``gzip``, ``br`` or ``zstd``: 2 MB, 2 KB and 64 KB."""
    return {"gzip": _gzip, "br": _brotli, "zstd": _zstd}[coding]()


def _gzip() -> bytes:
    """One member: a block that ends at a byte boundary, repeated."""
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = machine.compress(_BLOCK) + machine.flush(zlib.Z_FULL_FLUSH)
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    end = machine.flush(zlib.Z_FINISH)
    return header + block * _BLOCKS + end + struct.pack("<II", _CRC_OF_ZEROS, PLAIN_BYTES & 0xFFFFFFFF)


def _brotli() -> bytes:
    """A window of zeros, and then the same few bytes for every further one."""
    window = bytes(16 * 1024**2)
    machine = brotli.Compressor(quality=5, lgwin=24)
    first, again = (bytes(machine.process(window) + machine.flush()) for _ in range(2))
    return first + again * (PLAIN_BYTES // len(window) - 1) + bytes(machine.finish())


def _zstd() -> bytes:
    machine = zstd.ZstdCompressor(level=1)
    return b"".join(machine.compress(_BLOCK) for _ in range(_BLOCKS)) + machine.flush()
