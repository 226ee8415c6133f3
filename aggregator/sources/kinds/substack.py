"""Substack: publications on substack.com and on their own domains, without the boxes that ask to subscribe."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import SplitResult

from aggregator.model import ParsedFeed, RawEntry, RawText
from aggregator.sources.address import host, origin, segments, within
from aggregator.sources.blogs import Blogs
from aggregator.sources.kind import Kind, Resolved
from aggregator.sources.markup import widget, without

PLATFORM = "substack.com"
HOSTS = (PLATFORM,)

# Hosts of the platform that are nobody's publication.
SERVICES = frozenset({"api", "cdn", "email", "open", "reader", "support"})

ACCEPTS = (
    "the name of a publication (asharao)",
    "its address (asharao.substack.com, https://letters.asha.example)",
)

_BLOGS = Blogs(
    "substack",
    "Substack",
    PLATFORM,
    HOSTS,
    ACCEPTS,
    "is no name of a publication (letters, digits and -)",
    SERVICES,
)
_PROFILE = "is a profile, which has no feed; its publications have"
_POST_ID = re.compile(r"p-\d{1,12}")


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of a publication; ``base_url`` stands in for the publication's own address."""
    if value.startswith("@"):
        raise _BLOGS.refused(value, _PROFILE)
    home, _ = _BLOGS.located(value, base_url, _home)
    return Resolved(f"{home}/feed", home, "substack", _BLOGS.title(home, base_url))


def _home(value: str, parts: SplitResult) -> tuple[str, list[str]]:
    name, path = host(parts), segments(parts)
    if name == PLATFORM:
        profile = path and path[0].startswith("@")
        raise _BLOGS.refused(value, _PROFILE if profile else "is a page of the platform and no publication")
    if name == f"open.{PLATFORM}" and path[:1] == ["pub"] and len(path) > 1:  # what the app shares
        if len(path) > 2:
            raise _BLOGS.refused(value, f'is one page of a publication; did you mean "{path[1]}"?')
        return _BLOGS.named(value, path[1]), []
    if _BLOGS.serves(name):
        raise _BLOGS.refused(value, "is a host of the platform and no publication")
    if path not in ([], ["feed"], ["archive"], ["about"]):
        raise _BLOGS.refused(value, f'is one page of a publication; did you mean "{name}"?')
    return origin(parts), []


def identity(parts: SplitResult) -> str | None:
    """Publication and slug, which the app's addresses name as well; on a domain of its own the address is all."""
    name, path = host(parts), segments(parts)
    if name == f"open.{PLATFORM}" and len(path) == 4 and path[0] == "pub" and path[2] == "p":
        return f"{path[1].lower()}/{path[3].lower()}"
    if not within(name, HOSTS) or name == PLATFORM or len(path) < 2 or path[0] != "p":
        return None
    return f"{name.removesuffix(f'.{PLATFORM}')}/{path[1].lower()}"


def listing(parts: SplitResult) -> bool:
    """Every post stands under ``/p``, or ends in its number."""
    path = segments(parts)
    return "p" not in path[:-1] and not (path and _POST_ID.fullmatch(path[-1]))


# ── items ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_WIDGET = widget(
    r"subscription-widget-wrap(?:-editor)?|subscription-widget|subscribe-widget|captioned-button-wrap|button-wrapper"
    r"|install-substack-app-embed|community-chat|comments-page|paywall(?:-jump)?"
)
# Of a post for subscribers the feed has the beginning and this.
_READ_MORE = re.compile(r"<p>\s{0,200}<a\s[^<>]{1,2000}>\s{0,200}Read more\s{0,200}</a>\s{0,200}</p>\s*$")
_LAST_PARAGRAPH = 3000


def refine(raw: RawEntry, feed: ParsedFeed) -> RawEntry:
    """Without the boxes and buttons between the paragraphs, and without the last link of a preview."""
    content = without(raw.content, _WIDGET)
    start = content.value.rfind("<p>")
    if start >= 0 and len(content.value) - start < _LAST_PARAGRAPH and _READ_MORE.match(content.value[start:]):
        content = RawText(content.value[:start].rstrip(), content.type)
    return replace(raw, content=content)


KIND = Kind(
    name="substack",
    label="Substack",
    accepts=ACCEPTS,
    resolve=resolve,
    hosts=HOSTS,
    generators=("substack",),
    identity=identity,
    listing=listing,
    refine=refine,
    boilerplate=(
        re.compile(
            r"Thanks for reading .{0,120}?! (?:Subscribe for free to receive new posts(?: and support my work)?\."
            r"|This post is public so feel free to share it\.)"
        ),
        re.compile(
            r"(?m:^)[^\n]{1,120}? is a reader-supported publication\."
            r" To receive new posts and support my work, consider [^\n.]{1,90}\."
        ),
    ),
    rank=20,
    spacing_s=5.0,  # answers 403 to servers that it takes for robots (commafeed #1138)
    shared_limit=True,
)
