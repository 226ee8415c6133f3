"""Answers conditional requests for a ready document without rendering anything (RFC 9110 sections 8.8, 12.5, 13)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""What Thunderbird sends as If-Modified-Since when it holds nothing (outputs.md H1)."""
_SHORT = 128  # characters of an If-None-Match header that is worth remembering


@lru_cache(maxsize=256)  # clients are of few kinds
def weights(accept_encoding: str) -> Mapping[str, float]:
    """What an Accept-Encoding header says: content coding, or ``*``, to weight; 0 is "not that"."""
    found: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, *parameters = (one.strip() for one in part.split(";"))
        weight = _WEIGHT.fullmatch(parameters[0].replace(" ", "")) if parameters else None
        if name:
            found[name.removeprefix("x-")] = float(weight[1]) if weight else 0.0 if parameters else 1.0
    return found


@lru_cache(maxsize=256)
def prefers_html(accept: str) -> bool:
    """Whether a client would rather read HTML than JSON, by its Accept header (RFC 9110 section 12.5.1).

    The most specific range decides what each is worth. Of equals JSON is sent, unless the client names HTML and JSON
    is only anything to it.
    """
    ranges: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (one.strip() for one in part.split(";"))
        said = next((one.replace(" ", "") for one in parameters if one.replace(" ", "").startswith("q=")), "q=1")
        weight = _WEIGHT.fullmatch(said)
        if name and "/" in name:
            ranges[name] = max(ranges.get(name, 0.0), float(weight[1]) if weight else 0.0)
    html, json = (
        next(((ranges[one], -place) for place, one in enumerate((*names, "*/*")) if one in ranges), (0.0, 0))
        for names in (("text/html", "text/*"), ("application/json", "application/*"))
    )
    return html[0] > 0 and html > json


@lru_cache(maxsize=256)
def choose(accept_encoding: str | None, available: tuple[str, ...]) -> str:
    """The content coding to send: of those that the client likes best the first available one.

    ``available`` ends with "identity", which is sent too where nothing fits: a client that refuses everything gets
    what every client can read.
    """
    if not accept_encoding:
        return "identity"
    said = weights(accept_encoding)
    liked = {name: said.get(name, 0.0 if name == "identity" else said.get("*", 0.0)) for name in available}
    best = max(available, key=liked.__getitem__)
    if liked[best] > 0:
        return best
    if said.get("identity") == 0:
        return next((name for name in available if said.get(name, said.get("*", 1.0)) > 0), "identity")
    return "identity"


def accepted(accept_encoding: str | None, coding: str) -> bool:
    """Whether a client can use what is encoded so."""
    if accept_encoding is None:
        return True
    said = weights(accept_encoding)
    return said.get(coding, said.get("*", 1.0 if coding == "identity" else 0.0)) > 0


def held(if_none_match: str, etag: str, codings: tuple[str, ...], sent: str, accept_encoding: str | None) -> str | None:
    """The coding in which the client holds the document, None if it holds nothing that is current and that it can use.

    ``etag``: without quotes; ``sent``: the coding that it would be sent. Tags are compared weakly (RFC 9110 section
    8.8.3.2): proxies that compress by themselves make strong ones weak, or take the suffix off.
    """
    find = _remembered if len(if_none_match) <= _SHORT else _held
    return find(if_none_match, etag, codings, sent, accept_encoding)


def _held(
    if_none_match: str, etag: str, codings: tuple[str, ...], sent: str, accept_encoding: str | None
) -> str | None:
    if if_none_match.strip() == "*":
        return sent
    values = set(_TAG.findall(if_none_match))
    for coding in (sent, *codings):
        tag = etag if coding == "identity" else f"{etag}-{coding}"
        if tag in values and (coding == sent or accepted(accept_encoding, coding)):
            return coding
    return None


_remembered = lru_cache(maxsize=1024)(_held)  # most readers hold one of few states


def unmodified(if_modified_since: str, last_modified: datetime | None) -> bool:
    """Whether nothing changed since a moment that the client names (RFC 9110 section 13.1.3)."""
    if last_modified is None:
        return False
    try:
        moment = parsedate_to_datetime(if_modified_since)
        since = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return last_modified <= since and since > _NEVER
    except (ValueError, OverflowError):
        return False
