"""Hashnode: blogs on hashnode.dev and on their own domains."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from aggregator.sources.address import below, host, origin, pasted, refusal, segments, within
from aggregator.sources.kind import Kind, Resolved

BLOGS = "hashnode.dev"
PLATFORM = "hashnode.com"
HOSTS = (BLOGS, PLATFORM)

# Hosts of the platform that are nobody's blog.
SERVICES = frozenset({"api", "apidocs", "cdn", "docs", "gql", "support"})

ACCEPTS = (
    "the name of a user or blog (asharao)",
    "the address of a blog (asharao.hashnode.dev, https://blog.asha.example)",
    "a profile (https://hashnode.com/@asharao)",
)

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_FEEDS = frozenset({"feed", "rss", "rss.xml"})
_FOLDERS = frozenset({"blog"})  # the one place below a domain that a blog can be given
# Until about 2021 a post's address ended in its id (a cuid), which it kept when the blog moved to another domain.
_ENDS_IN_ID = re.compile(r"(?:.*-)?(c[i-m][a-z0-9]{23})")


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of a blog; ``base_url`` stands in for the blog's own address."""
    home = base_url or _home(value)
    if base_url is not None:
        _checked(value, base_url)
    name = home.partition("://")[2]
    title = "Hashnode" if base_url or within(name, HOSTS) else name
    return Resolved(f"{home}/rss.xml", home, "hashnode", title)


def _checked(value: str, base_url: str) -> None:
    parts = pasted(value)
    if parts is None or below(parts, base_url) is None:
        _home(value)


def _home(value: str) -> str:
    parts = pasted(value)
    if parts is None:
        if "://" in value or "/" in value:
            raise refusal("hashnode", value, "is no address that can be read", ACCEPTS)
        return _named(value, value)
    name, path = host(parts), segments(parts)
    if name == PLATFORM:
        return _profile(value, path)
    if name == BLOGS or (within(name, HOSTS) and name.split(".", 1)[0] in SERVICES):
        raise refusal("hashnode", value, "is a host of the platform and nobody's blog", ACCEPTS)
    folder = path[:1] if path[:1] and path[0] in _FOLDERS and not within(name, HOSTS) else []
    rest = path[len(folder) :]
    if rest and not (len(rest) == 1 and rest[0] in _FEEDS):
        raise refusal("hashnode", value, f'is one page of a blog; did you mean "{name}"?', ACCEPTS)
    return "/".join([origin(parts), *folder])


def _profile(value: str, path: list[str]) -> str:
    if not path:
        raise refusal("hashnode", value, "names no blog", ACCEPTS)
    if not path[0].startswith("@"):
        raise refusal("hashnode", value, "is a page of the platform and nobody's blog", ACCEPTS)
    if len(path) > 1:
        raise refusal("hashnode", value, f'is one page of an account; did you mean "{path[0]}"?', ACCEPTS)
    return _named(value, path[0])


def _named(value: str, name: str) -> str:
    label = name.removeprefix("@").lower()
    if not _NAME.fullmatch(label) or label in SERVICES:
        raise refusal("hashnode", value, "is no name of a blog (letters, digits and -)", ACCEPTS)
    return f"https://{label}.{BLOGS}"


def identity(parts: SplitResult) -> str | None:
    """The post id that old addresses end in, on whatever domain; a new address says no more than itself."""
    path = segments(parts)
    found = _ENDS_IN_ID.fullmatch(path[-1].lower()) if path else None
    return found[1] if found and parts.scheme in ("http", "https") else None


def listing(parts: SplitResult) -> bool:
    """On a blog, an article is one segment; on the platform's own host, what follows ``/post`` or an account."""
    path = segments(parts)
    if host(parts) == PLATFORM:
        return len(path) != 2 or not (path[0] == "post" or path[0].startswith("@"))
    return len(path) != 1 or path[0] in _FEEDS | {
        "about",
        "archive",
        "badges",
        "members",
        "newsletter",
        "recommendations",
    }


KIND = Kind(
    name="hashnode",
    label="Hashnode",
    accepts=ACCEPTS,
    resolve=resolve,
    hosts=HOSTS,
    generators=("hashnode",),
    identity=identity,
    listing=listing,
    boilerplate=(
        re.compile(
            r"Did you find this article valuable\?\s{1,3}Support .{1,100}? by becoming a sponsor\."
            r"(?: Any amount is appreciated!)?"
        ),
        re.compile(
            r"Subscribe to (?:my|our|the) newsletter\s{1,3}Read articles from .{1,100}? directly inside"
            r" your inbox\.(?: Subscribe to the newsletter, and don't miss out\.)?"
        ),
    ),
    rank=20,
    spacing_s=2.0,
    shared_limit=True,  # every blog is behind the platform's one edge
)
