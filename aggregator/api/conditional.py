"""Answers conditional requests for a ready document without rendering anything (RFC 9110 sections 8.8, 12.5, 13)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def choose(accept_encoding: str | None, available: Sequence[str]) -> str:
    """The content coding to send: the first available one that the client takes; "identity" where none fits."""
    if not accept_encoding:
        return "identity"
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, _, parameter = part.partition(";")
        quality = parameter.strip().removeprefix("q=")
        try:
            weights[name.strip()] = float(quality) if quality else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    anything = weights.get("*", 0.0)
    wanted = [name for name in available if name != "identity" and weights.get(name, anything) > 0]
    return max(wanted, key=lambda name: weights.get(name, anything), default="identity")


def unchanged(headers: Mapping[str, str], etag: str, last_modified: datetime) -> bool:
    """Whether the client holds what we would send.

    Tags are compared weakly and without the suffix of the encoding: a cache that holds the gzip bytes holds the
    document. If-None-Match stands above If-Modified-Since (RFC 9110 section 13.2.2).
    """
    held = headers.get("if-none-match")
    if held is not None:
        if held.strip() == "*":
            return True
        return any(tag == etag or tag.startswith(f"{etag}-") for tag in _TAG.findall(held))
    since = headers.get("if-modified-since")
    if since is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        return False
    return last_modified <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def http_date(moment: datetime) -> str:
    """An IMF-fixdate (RFC 9110 section 5.6.7)."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
