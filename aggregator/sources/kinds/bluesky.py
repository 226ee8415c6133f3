"""Bluesky: the posts of an account by handle or DID; posts have no titles and are plain text."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import SplitResult

from aggregator.model import ParsedFeed, RawEntry, RawText
from aggregator.sources.address import below, host, opaque, pasted, refusal, segments
from aggregator.sources.kind import Kind, Resolved
from aggregator.sources.markup import as_content, opening

ORIGIN = "https://bsky.app"
APP = "bsky.app"
SERVER = "bsky.social"  # where handles are given away; each is a host that leads to the profile
HOSTS = (APP, SERVER)

ACCEPTS = (
    "a handle (asha.bsky.social, asha.example)",
    "a DID (did:plc:...), which outlasts a handle",
    "a profile (https://bsky.app/profile/asha.example)",
)

_HANDLE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,10}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DID = re.compile(r"did:(?:plc:[a-z2-7]{24}|web:[A-Za-z0-9.%:-]{1,200})")
_POST = re.compile(r"[a-z0-9]{1,20}")
_COLLECTION = "app.bsky.feed.post"


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of an account; ``base_url`` stands in for https://bsky.app."""
    home = base_url or ORIGIN
    name = _name(value, _asked(value, base_url))
    return Resolved(f"{home}/profile/{name}/rss", f"{home}/profile/{name}", "bluesky", "Bluesky")


def _asked(value: str, base_url: str | None) -> str:
    named = opaque(value)
    if named is not None and named.scheme == "at":
        return value.strip().removeprefix("at://").split("/", 1)[0]
    if value.startswith("did:"):
        return value
    parts = pasted(value)
    path = below(parts, base_url) if parts is not None and base_url else None
    if parts is not None and path is None and (host(parts) == APP or "/" in value):
        if host(parts) != APP:
            if host(parts).endswith(f".{SERVER}") and not segments(parts):
                return host(parts)
            raise refusal("bluesky", value, f"is not on {APP if base_url is None else base_url}", ACCEPTS)
        path = segments(parts)
    if path is None:
        return value.removeprefix("@")
    if path[:1] != ["profile"] or len(path) < 2:
        raise refusal("bluesky", value, "is a page of the platform and nobody's profile", ACCEPTS)
    if path[2:] not in ([], ["rss"]):
        raise refusal("bluesky", value, f'is one page of a profile; did you mean "{path[1]}"?', ACCEPTS)
    return path[1]


def _name(value: str, name: str) -> str:
    if _DID.fullmatch(name):
        return name
    handle = name.lower()
    if _LABEL.fullmatch(handle):
        handle = f"{handle}.{SERVER}"
    if not _HANDLE.fullmatch(handle):
        raise refusal("bluesky", value, "is no handle and no DID", ACCEPTS)
    return handle


def identity(parts: SplitResult) -> str | None:
    """The record's key and whose it is: by DID in guids, which outlasts a handle."""
    path = segments(parts)
    if parts.scheme == "at":
        key, who = (path[1], parts.netloc) if len(path) == 2 and path[0] == _COLLECTION else ("", "")
    elif host(parts) == APP and len(path) == 4 and path[0] == "profile" and path[2] == "post":
        key, who = path[3], path[1]
    else:
        return None
    return f"{key}@{who.lower()}" if _POST.fullmatch(key) and who else None


def listing(parts: SplitResult) -> bool:
    """Everything but a post."""
    return identity(parts) is None


_EMBEDDED = "[contains quote post or other embedded content]"


def refine(raw: RawEntry, feed: ParsedFeed) -> RawEntry:
    """The description is the whole post, plain text in a place where feeds have markup; the title is how it begins."""
    entry = as_content(raw)
    content = entry.content
    if content.type == "html":
        content = RawText(content.value.strip().removesuffix(_EMBEDDED).strip(), "text")
    title = entry.title if entry.title.value.strip() else opening(content)
    return replace(entry, title=title, content=content)


KIND = Kind(
    name="bluesky",
    label="Bluesky",
    accepts=ACCEPTS,
    resolve=resolve,
    sign=re.compile(r"at://\S+|did:(?:plc|web):\S+|@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{0,62}"),
    hosts=HOSTS,
    identity=identity,
    listing=listing,
    refine=refine,
    rank=60,
    spacing_s=1.0,
)
