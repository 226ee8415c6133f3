"""How copies, articles and verdicts become rows and come back: columns for what is searched, JSON for the rest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import RowMapping

from aggregator.model import ArticleState, Copy, Entry, IndexRows, Signature, Verdict
from aggregator.store.codec import build, fields_of

Row = RowMapping
Values = dict[str, Any]

_LONGEST = 1000  # bytes; PostgreSQL refuses index rows over 2,704


def indexed(text: str) -> str:
    """``text`` as it stands in an index: itself, or its beginning and a digest where an index could not hold it."""
    raw = text.encode()
    if len(raw) <= _LONGEST:
        return text
    return f"{raw[: _LONGEST - 80].decode(errors='ignore')}#{blake2b(raw, digest_size=32).hexdigest()}"


# ── copies ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_COPY = frozenset(("id", "source_key", "source_id", "owner", "kind", "article", "born"))
_COPY |= {"published_at", "date_precision", "first_seen_at", "founding", "announce", "own_site"}
_SIGNATURE = frozenset(("body", "lead", "summary"))


def copy_row(copy: Copy, index: IndexRows | None) -> Values:
    """The row of ``copies``; without ``index`` the columns that mirror its index rows are left out."""
    entry = copy.entry
    signature = entry.signature
    value = fields_of(copy, {*_COPY, "entry"})
    value["entry"] = fields_of(entry, ("content_html", "signature"))
    value["signature"] = fields_of(signature, _SIGNATURE)
    row: Values = {name: getattr(copy, name) for name in _COPY}
    row |= {f"signature_{name}": getattr(signature, name) for name in _SIGNATURE}
    row |= {"guid": indexed(entry.guid), "url": entry.url, "value": value, "content_html": entry.content_html}
    if index is not None:
        row["index_keys"] = sorted(map(indexed, index.keys))
        row["index_samples"] = samples_blob(index.samples)
    return row


def copy_of(row: Row) -> Copy:
    """The copy of a row of ``copies``."""
    value = row["value"]
    blobs = {name: bytes(row[f"signature_{name}"]) for name in _SIGNATURE}
    signature = build(Signature, value["signature"], **blobs)
    entry = build(Entry, value["entry"], content_html=row["content_html"], signature=signature)
    return build(Copy, value, entry=entry, **{name: row[name] for name in _COPY})


def samples_blob(samples: Iterable[int]) -> bytes:
    """Sorted 32-bit numbers, 4 bytes each, big-endian."""
    return b"".join(sample.to_bytes(4, "big") for sample in sorted(samples))


def samples_of(blob: bytes) -> frozenset[int]:
    """What ``samples_blob`` was given."""
    return frozenset(int.from_bytes(blob[at : at + 4], "big") for at in range(0, len(blob), 4))


# ── articles ────────────────────────────────────────────────────────────────────────────────────────────────────────

ARTICLE = frozenset(("ulid", "id", "kind", "language", "published_at", "announced_at", "updated_at"))
"""Fields of an article that are columns; its content is one more."""


def article_row(state: ArticleState, now: datetime) -> Values:
    """The row of ``articles``."""
    row: Values = {name: getattr(state, name) for name in ARTICLE}
    return row | {
        "changed_at": now,
        "value": fields_of(state, ARTICLE | {"content_html"}),
        "content_html": state.content_html,
    }


def article_of(row: Row) -> ArticleState:
    """The article of a row of ``articles``."""
    columns = {name: row[name] for name in ARTICLE}
    return build(ArticleState, row["value"], content_html=row["content_html"], **columns)


# ── verdicts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def verdict_row(verdict: Verdict) -> Values:
    """The row of ``verdicts``."""
    return fields_of(verdict)


def verdict_of(row: Row) -> Verdict:
    """The verdict of a row of ``verdicts``."""
    return build(Verdict, {}, **row)
