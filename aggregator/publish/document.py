"""A document that is ready to leave: its bytes in every encoding, its validators, its headers."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import blake2b

import brotli

COMPRESSED_FROM = 400  # bytes; below that a compressed answer is no shorter on the wire
GZIP_LEVEL = 6
BROTLI_QUALITY = 5  # a tenth of the time of 11 for a few per cent more bytes; documents change with every article

CACHE = "public, max-age=900, stale-while-revalidate=3600, stale-if-error=86400"

Headers = tuple[tuple[bytes, bytes], ...]

OPEN: Headers = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link, Last-Modified"),
    (b"timing-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)
"""What every answer says: pages of any origin may read it, without credentials (traps T18)."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A document in one content coding: a representation of its own (RFC 9110 section 8.8.3.3)."""

    coding: str  # "br", "gzip" or "identity"
    body: bytes
    tag: str  # strong entity tag, with its quotes
    fresh: Headers  # of the answer that carries the body
    unchanged: Headers  # of a 304


@dataclass(frozen=True, slots=True)
class Document:
    """One view in one format. ``etag`` is the digest of the plain bytes, without quotes."""

    body: bytes
    etag: str
    last_modified: datetime | None  # whole seconds; None: nobody can tell, the entity tag alone is a validator
    modified_s: float  # the same, in seconds since 1970
    media_type: str
    links: tuple[str, ...]  # values of the Link header
    revision: int  # of the store when it was selected
    variants: Mapping[str, Variant]  # by coding, the shortest first
    codings: tuple[str, ...]  # the same order

    def outdated(self) -> Document:
        """The same, but of no revision that the store will ever have again."""
        return replace(self, revision=-1)

    @property
    def size(self) -> int:
        """Bytes in all codings."""
        return sum(len(variant.body) for variant in self.variants.values())


def ready(
    body: bytes,
    media_type: str,
    last_modified: datetime | None,
    links: tuple[str, ...],
    revision: int,
    policy: str = "",
    headers: Iterable[tuple[str, str]] = (),
    quality: int = BROTLI_QUALITY,
) -> Document:
    """Compress and sign the bytes of a document and write its headers down, once per change.

    ``headers``: further ones, or others in place of the usual, names in lower case; ``quality``: of brotli, at most 11.
    """
    etag = blake2b(body, digest_size=12).hexdigest()
    bodies = {"identity": body}
    if len(body) >= COMPRESSED_FROM:
        bodies = {
            "br": brotli.compress(body, quality=quality),
            "gzip": gzip.compress(body, GZIP_LEVEL, mtime=0),
            **bodies,
        }
    usual = {b"cache-control": CACHE.encode(), b"vary": b"Accept-Encoding"}
    own = {name.encode(): value.encode() for name, value in headers}
    shared = [*OPEN, *(usual | own).items()]
    if last_modified is not None:
        shared.append((b"last-modified", http_date(last_modified).encode()))
    if links:
        shared.append((b"link", ", ".join(links).encode("ascii")))
    if policy:
        shared.append((b"content-security-policy", policy.encode()))
    return Document(
        body=body,
        etag=etag,
        last_modified=last_modified,
        modified_s=last_modified.timestamp() if last_modified is not None else 0.0,
        media_type=media_type,
        links=links,
        revision=revision,
        variants={coding: _variant(coding, found, etag, media_type, shared) for coding, found in bodies.items()},
        codings=tuple(bodies),
    )


def _variant(coding: str, body: bytes, etag: str, media_type: str, shared: list[tuple[bytes, bytes]]) -> Variant:
    tag = f'"{etag}"' if coding == "identity" else f'"{etag}-{coding}"'
    unchanged = (*shared, (b"etag", tag.encode()))
    encoding = () if coding == "identity" else ((b"content-encoding", coding.encode()),)
    length = (b"content-length", str(len(body)).encode())
    fresh = (*unchanged, (b"content-type", media_type.encode()), length, *encoding)
    return Variant(coding=coding, body=body, tag=tag, fresh=fresh, unchanged=unchanged)


def http_date(moment: datetime) -> str:
    """An IMF-fixdate (RFC 9110 section 5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
