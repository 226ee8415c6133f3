"""Makes the ids of new articles again as they were made before: a database restored from a backup gives the same ones
to what came after it.

An id is drawn from a secret that the database carries and from what the first copy answers to for ever. Nothing of the
time goes into it: a source may re-date its archive meanwhile. Which of two ids is the older one is therefore not to be
seen from them; `Copy.born_at` tells.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator
from itertools import count

from aggregator.dedupe.index import guid_key
from aggregator.model import Copy

_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
_BYTES = 16


def new_ulid(founder: Copy, secret: bytes, taken: Collection[str]) -> str:
    """The id of the article that ``founder`` is the first copy of: of those it may have, the first that is free."""
    return next(ulid for name in _names(founder) if (ulid := _ulid(secret, name)) not in taken)


def _names(copy: Copy) -> Iterator[str]:
    """What an article may be named by: its identity, else its first copy's own guid, else that with a number.

    The identity is the original that the copy names, where it does: whichever of the two is polled first, the article
    is the same. Guids come last, because some generators make all of them anew at every build. An address that turned
    out to name many works names none of them.
    """
    entry = copy.entry
    yield from [key for key in (*entry.declared, *entry.keys) if key not in copy.crowded][:1]
    own = guid_key(copy.source_key, entry.guid)
    yield own
    yield from (f"{own}\0{number}" for number in count(1))


def _ulid(secret: bytes, name: str) -> str:
    """128 bits as 26 characters (github.com/ulid/spec); unlike a ULID made by a clock it tells no time."""
    number = int.from_bytes(hmac.digest(secret, name.encode(), "sha256")[:_BYTES])
    return "".join(_BASE32[number >> shift & 31] for shift in range(125, -1, -5))
