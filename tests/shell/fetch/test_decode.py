"""Bodies are unpacked whole or not at all, and never beyond the cap."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import TooLarge, Unreachable
from aggregator.fetch.decode import codings, unpack
from tests.loopback import bomb

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def _bare(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-15)


def _brotli(data: bytes) -> bytes:
    return bytes(brotli.compress(data))


PACKERS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", _bare),
    ("br", _brotli),
    ("zstd", zstd.compress),
)
MEGABYTE = 1024**2


def whole(raw: bytes, packed: tuple[str, ...], limit: int = 4 * MEGABYTE) -> bytes:
    return b"".join(unpack(raw, packed, limit, "asha.example/feed"))


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
@given(data=st.binary(max_size=2000), copies=st.integers(1, 400))
def test_what_was_packed_comes_out(coding: str, pack: Callable[[bytes], bytes], data: bytes, copies: int) -> None:
    assert whole(pack(data * copies), (coding,)) == data * copies


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
def test_the_cap_is_exact(coding: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b"a" * MEGABYTE)
    assert len(whole(packed, (coding,), MEGABYTE)) == MEGABYTE
    with pytest.raises(TooLarge, match=r"asha\.example/feed is larger than 1,048,575 bytes"):
        whole(packed, (coding,), MEGABYTE - 1)


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
def test_a_body_that_is_cut_off_is_refused(coding: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(bytes(range(256)) * 1000)
    for end in (1, 5, len(packed) // 2, len(packed) - 1):
        with pytest.raises(Unreachable, match="damaged"):
            whole(packed[:end], (coding,))


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
def test_a_damaged_body_is_refused(coding: str, pack: Callable[[bytes], bytes]) -> None:
    packed = bytearray(pack(bytes(range(256)) * 1000))
    packed[0] ^= 0xFF
    packed[len(packed) // 2] ^= 0xFF
    with pytest.raises(Unreachable):
        whole(bytes(packed), (coding,))


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_bomb_is_left_at_the_cap(coding: str) -> None:
    """No slice of it is larger than the machine was allowed, and nothing is unpacked beyond the cap."""
    slices: list[int] = []
    with pytest.raises(TooLarge):
        slices.extend(map(len, unpack(bomb(coding), (coding,), 4 * MEGABYTE, "x")))
    assert max(slices, default=0) <= 512 * 1024
    assert sum(slices) <= 4 * MEGABYTE


@pytest.mark.parametrize(("coding", "size"), [("gzip", 3 * MEGABYTE), ("br", 4096), ("zstd", 100_000)])
def test_the_bombs_are_small_outside_and_large_inside(coding: str, size: int) -> None:
    assert len(bomb(coding)) < size
    with pytest.raises(TooLarge):
        whole(bomb(coding), (coding,), 100 * MEGABYTE)


def test_two_codings_are_undone_in_order() -> None:
    assert whole(_brotli(gzip.compress(b"hedge")), ("gzip", "br")) == b"hedge"


def test_a_bomb_inside_a_bomb_is_left_at_the_cap_of_the_first() -> None:
    with pytest.raises(TooLarge):
        whole(gzip.compress(bomb("gzip")), ("gzip", "gzip"), MEGABYTE)


def test_members_and_frames_follow_each_other() -> None:
    assert whole(gzip.compress(b"one ") + gzip.compress(b"two"), ("gzip",)) == b"one two"
    assert whole(zstd.compress(b"one ") + zstd.compress(b"two"), ("zstd",)) == b"one two"
    assert whole(gzip.compress(b"one") + bytes(500), ("gzip",)) == b"one"


@pytest.mark.parametrize(("coding", "empty"), [("gzip", gzip.compress(b"", mtime=0)), ("zstd", zstd.compress(b""))])
def test_members_without_end_are_refused(coding: str, empty: bytes) -> None:
    with pytest.raises(Unreachable, match="too many"):
        whole(empty * 300_000, (coding,))


def test_a_zstd_window_beyond_what_the_web_allows_is_refused() -> None:
    """RFC 9659: 8 MiB; a frame that asks for 128 MiB would make us hold them."""
    options: dict[int, int] = {zstd.CompressionParameter.window_log: 27}
    packed = zstd.ZstdCompressor(options=options).compress(b"hedge", zstd.ZstdCompressor.FLUSH_FRAME)
    machine = zstd.ZstdCompressor(options=options)
    streamed = machine.compress(b"hedge") + machine.flush()
    assert whole(packed, ("zstd",)) == b"hedge"  # a frame that tells its length needs no window
    with pytest.raises(Unreachable):
        whole(streamed, ("zstd",))


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        ((), ()),
        (("gzip",), ("gzip",)),
        (("X-GZIP",), ("gzip",)),
        (("identity",), ()),
        (("utf-8",), ()),
        (("", " , "), ()),
        (("gzip, br",), ("gzip", "br")),
        (("gzip", "zstd"), ("gzip", "zstd")),
    ],
)
def test_codings(headers: tuple[str, ...], known: tuple[str, ...]) -> None:
    assert codings(headers, "x") == known


def test_a_chain_of_codings_is_refused() -> None:
    with pytest.raises(Unreachable, match="1000 times"):
        codings(["gzip"] * 1000, "asha.example/feed")
