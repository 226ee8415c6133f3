"""Hashnode: blogs on hashnode.dev and on their own domains."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from aggregator.sources.address import host, origin, segments, within
from aggregator.sources.blogs import Blogs
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

_BLOGS = Blogs("hashnode", "Hashnode", BLOGS, HOSTS, ACCEPTS, "is no name of a blog (letters, digits and -)", SERVICES)
_FEEDS = frozenset({"feed", "rss", "rss.xml"})
_FOLDERS = frozenset({"blog"})  # the one place below a domain that a blog can be given
# Until about 2021 a post's address ended in its id (a cuid), which it kept when the blog moved to another domain.
_ENDS_IN_ID = re.compile(r"(?:.*-)?(c[i-m][a-z0-9]{23})")


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of a blog; ``base_url`` stands in for the blog's own address."""
    home, _ = _BLOGS.located(value, base_url, _home)
    return Resolved(f"{home}/rss.xml", home, "hashnode", _BLOGS.title(home, base_url))


def _home(value: str, parts: SplitResult) -> tuple[str, list[str]]:
    name, path = host(parts), segments(parts)
    if name == PLATFORM:
        return _profile(value, path), []
    if _BLOGS.serves(name):
        raise _BLOGS.refused(value, "is a host of the platform and nobody's blog")
    folder = path[:1] if path[:1] and path[0] in _FOLDERS and not within(name, HOSTS) else []
    rest = path[len(folder) :]
    if rest and not (len(rest) == 1 and rest[0] in _FEEDS):
        raise _BLOGS.one_page(value, origin(parts))
    return "/".join([origin(parts), *folder]), []


def _profile(value: str, path: list[str]) -> str:
    if not path:
        raise _BLOGS.refused(value, "names no blog")
    if not path[0].startswith("@"):
        raise _BLOGS.refused(value, "is a page of the platform and nobody's blog")
    if len(path) > 1:
        raise _BLOGS.refused(value, f'is one page of an account; did you mean "{path[0]}"?')
    return _BLOGS.named(value, path[0])


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
