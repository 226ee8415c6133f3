"""Makes new identities: random, ordered by time, and unlike those of every other process."""

from __future__ import annotations

import secrets
import threading
import time

_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
_RANDOM_BITS = 80


class Mint:
    """Mints ULIDs (github.com/ulid/spec) and 63-bit copy ids; never the same twice, never smaller than before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_ulid = 0
        self._last_id = 0

    def ulid(self) -> str:
        """48 bits of milliseconds and 80 random bits, 26 characters."""
        with self._lock:
            fresh = int(time.time() * 1000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
            # Within one millisecond, and when the clock was set back, the next one still is the greater one.
            self._last_ulid = max(fresh, self._last_ulid + 1 + secrets.randbits(32))
            number = self._last_ulid
        return "".join(_BASE32[number >> shift & 31] for shift in range(125, -1, -5))

    def copy_id(self) -> int:
        """43 bits of milliseconds and 20 random bits."""
        with self._lock:
            fresh = int(time.time() * 1000) << 20 | secrets.randbits(20)
            self._last_id = max(fresh, self._last_id + 1)
            return self._last_id
