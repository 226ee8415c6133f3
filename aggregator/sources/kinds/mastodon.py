"""Mastodon: the public posts of an account on any server; posts have no titles."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import SplitResult

from aggregator.model import ParsedFeed, RawEntry, RawText
from aggregator.sources.address import below, host, origin, pasted, refusal, segments
from aggregator.sources.kind import Kind, Resolved
from aggregator.sources.markup import as_content, opening

ACCEPTS = (
    'an account with its server ("@asha@social.example")',
    "its profile (https://social.example/@asha)",
)

_HANDLE_PARTS = r"([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,59}[A-Za-z0-9_])?)@([A-Za-z0-9.-]{1,200}(?::\d{1,5})?)"
_HANDLE = re.compile(rf"(?:acct:)?@?{_HANDLE_PARTS}")
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,59}[A-Za-z0-9_])?")
_STATUS = re.compile(r"\d{15,20}")  # ids count milliseconds since 1970, shifted by 16 bits
_VIEWS = frozenset({"media", "with_replies", "featured"})
# Before 4.0 an item had a title that said when, or that there is one.
_NO_TITLE = re.compile(r"New status by \S{1,200}|\w{3} \d{1,2}, \d{4}, \d{1,2}:\d{2}(?:\s?[AP]M)?")


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of an account; ``base_url`` stands in for its server."""
    home, name = _account(value, base_url)
    return Resolved(f"{home}/@{name}.rss", f"{home}/@{name}", "mastodon", "Mastodon")


def _account(value: str, base_url: str | None) -> tuple[str, str]:
    handle = _HANDLE.fullmatch(value)
    if handle is not None:
        return base_url or f"https://{handle[2].lower()}", handle[1]
    parts = pasted(value)
    if parts is None:
        name = value.removeprefix("@")
        if base_url is not None and _NAME.fullmatch(name):
            return base_url, name
        why = "is no address that can be read" if "/" in value else "names no server"
        raise refusal("mastodon", value, why, ACCEPTS)
    inside = below(parts, base_url) if base_url else None
    path = segments(parts) if inside is None else inside
    if path[:1] == ["web"]:  # the addresses of 3.x
        path = path[1:]
    name = path[1] if path[:1] == ["users"] and len(path) > 1 else path[0] if path and path[0].startswith("@") else ""
    rest = path[2:] if path[:1] == ["users"] else path[1:]
    name = name.removeprefix("@").removesuffix(".rss").removesuffix(".atom")
    if "@" in name and _HANDLE.fullmatch(name):  # somebody from elsewhere, seen on this server
        return _account(name, base_url)
    if not _NAME.fullmatch(name):
        raise refusal("mastodon", value, "is no profile", ACCEPTS)
    if rest and rest[0] not in _VIEWS:
        raise refusal("mastodon", value, f'is one post; did you mean "@{name}@{host(parts)}"?', ACCEPTS)
    return base_url or origin(parts), name


def identity(parts: SplitResult) -> str | None:
    """The post's number on its own server; a server shows the posts of others under numbers of its own."""
    path = segments(parts)
    if len(path) == 2 and path[0].startswith("@") and "@" not in path[0][1:]:
        number = path[1]
    elif len(path) == 4 and path[0] == "users" and path[2] == "statuses":
        number = path[3]
    else:
        return None
    return f"{number}@{host(parts)}" if _STATUS.fullmatch(number) else None


def refine(raw: RawEntry, feed: ParsedFeed) -> RawEntry:
    """The whole post is in the description; its title is how it begins."""
    entry = as_content(raw)
    title = entry.title
    if not title.value.strip() or _NO_TITLE.fullmatch(title.value.strip()):
        title = opening(entry.content)
    return replace(entry, title=title if title.value else RawText())


KIND = Kind(
    name="mastodon",
    label="Mastodon",
    accepts=ACCEPTS,
    resolve=resolve,
    sign=re.compile(rf"(?:acct:@?|@){_HANDLE_PARTS}"),
    generators=("mastodon",),
    identity=identity,
    refine=refine,
    rank=60,
)
