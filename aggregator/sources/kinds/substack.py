"""Substack: publications on substack.com and on their own domains, without the boxes that ask to subscribe."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import SplitResult

from aggregator.model import ParsedFeed, RawEntry, RawText
from aggregator.sources.address import below, host, origin, pasted, refusal, segments, within
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

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_POST_ID = re.compile(r"p-\d{1,12}")


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of a publication; ``base_url`` stands in for the publication's own address."""
    home = base_url or _home(value)
    if base_url is not None:
        _checked(value, base_url)
    name = home.partition("://")[2]
    title = "Substack" if base_url or within(name, HOSTS) else name
    return Resolved(f"{home}/feed", home, "substack", title)


def _checked(value: str, base_url: str) -> None:
    parts = pasted(value)
    if parts is None or below(parts, base_url) is None:
        _home(value)


def _home(value: str) -> str:
    if value.startswith("@"):
        raise refusal("substack", value, "is a profile, which has no feed; its publications have", ACCEPTS)
    parts = pasted(value)
    if parts is None:
        if "://" in value or "/" in value:
            raise refusal("substack", value, "is no address that can be read", ACCEPTS)
        return _named(value, value)
    name, path = host(parts), segments(parts)
    if name == PLATFORM:
        if path and path[0].startswith("@"):
            raise refusal("substack", value, "is a profile, which has no feed; its publications have", ACCEPTS)
        raise refusal("substack", value, "is a page of the platform and no publication", ACCEPTS)
    if name == f"open.{PLATFORM}" and path[:1] == ["pub"] and len(path) > 1:  # what the app shares
        if len(path) > 2:
            raise refusal("substack", value, f'is one page of a publication; did you mean "{path[1]}"?', ACCEPTS)
        return _named(value, path[1])
    if within(name, HOSTS) and name.removesuffix(f".{PLATFORM}") in SERVICES:
        raise refusal("substack", value, "is a host of the platform and no publication", ACCEPTS)
    if path not in ([], ["feed"], ["archive"], ["about"]):
        raise refusal("substack", value, f'is one page of a publication; did you mean "{name}"?', ACCEPTS)
    return origin(parts)


def _named(value: str, name: str) -> str:
    label = name.lower()
    if not _NAME.fullmatch(label) or label in SERVICES:
        raise refusal("substack", value, "is no name of a publication (letters, digits and -)", ACCEPTS)
    return f"https://{label}.{PLATFORM}"


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
