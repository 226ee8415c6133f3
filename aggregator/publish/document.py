"""A document that is ready to leave: its bytes in every encoding, its validators, its headers."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import brotli

COMPRESSED_FROM = 400  # bytes; below that a compressed answer is no shorter on the wire
GZIP_LEVEL = 6
BROTLI_QUALITY = 5  # a tenth of the time of 11 for a few per cent more bytes; documents change with every article


@dataclass(frozen=True, slots=True)
class Document:
    """One view in one format. ``etag`` is the digest of the plain bytes, without quotes."""

    body: bytes
    gzip: bytes | None
    brotli: bytes | None
    etag: str
    last_modified: datetime
    media_type: str
    links: tuple[str, ...]
    revision: int  # of the store when it was selected
    cache_control: str = "public, max-age=900, stale-while-revalidate=3600, stale-if-error=86400"
    policy: str = ""  # Content-Security-Policy; pages only

    def encoded(self, encoding: str) -> bytes:
        """The bytes for a content coding that ``encodings`` names."""
        return {"gzip": self.gzip, "br": self.brotli}.get(encoding) or self.body

    @property
    def encodings(self) -> tuple[str, ...]:
        """Content codings there are bytes for, the shortest first; "identity" last."""
        ready = {"br": self.brotli, "gzip": self.gzip}
        return (*(name for name, found in ready.items() if found is not None), "identity")

    def tag(self, encoding: str) -> str:
        """The strong entity tag of one encoding: two codings are two representations (RFC 9110 section 8.8.3.3)."""
        return f'"{self.etag}"' if encoding == "identity" else f'"{self.etag}-{encoding}"'


def ready(
    body: bytes, media_type: str, last_modified: datetime, links: tuple[str, ...], revision: int, policy: str = ""
) -> Document:
    """Compress and sign the bytes of a document, once per change."""
    long = len(body) >= COMPRESSED_FROM
    return Document(
        body=body,
        gzip=gzip.compress(body, GZIP_LEVEL, mtime=0) if long else None,
        brotli=brotli.compress(body, quality=BROTLI_QUALITY) if long else None,
        etag=blake2b(body, digest_size=12).hexdigest(),
        last_modified=last_modified,
        media_type=media_type,
        links=links,
        revision=revision,
        policy=policy,
    )
