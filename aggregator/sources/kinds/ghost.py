"""Ghost: blogs on ghost.io and on their own domains, whole or of one author or tag."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from urllib.parse import SplitResult

from aggregator.model import ParsedFeed, RawEntry, RawText
from aggregator.sources.address import FOLDERS, host, origin, segments
from aggregator.sources.blogs import Blogs
from aggregator.sources.kind import Kind, Resolved
from aggregator.sources.markup import widget, without

PLATFORM = "ghost.io"
HOSTS = (PLATFORM,)

SERVICES = frozenset({"api", "docs", "forum", "static", "storage", "www"})
RESERVED = frozenset({"ghost", "members", "p", "sitemap.xml", "robots.txt", "webmentions"})

ACCEPTS = (
    "the address of a blog (https://asha.example, asharao.ghost.io)",
    "the page of an author or tag (https://asha.example/author/asha/)",
    "one of its feeds (https://asha.example/rss/)",
)

_BLOGS = Blogs("ghost", "Ghost", PLATFORM, HOSTS, ACCEPTS, "is no address of a blog", SERVICES)
_FEEDS = frozenset({"rss", "feed"})
_PARTS = frozenset({"author", "tag"})


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of a blog, an author or a tag; ``base_url`` stands in for the blog's own address."""
    home, path = _BLOGS.located(value, base_url, _home)
    page = _page(value, path, home)
    return Resolved("/".join([home, *page, "rss", ""]), "/".join([home, *page]), "ghost", _BLOGS.title(home, base_url))


def _home(value: str, parts: SplitResult) -> tuple[str, list[str]]:
    """The address of the blog and the path below it; what stands before ``rss`` or ``author`` is a folder."""
    name, path = host(parts), segments(parts)
    if _BLOGS.serves(name):
        raise _BLOGS.refused(value, "is a host of the platform and nobody's blog")
    at = next((n for n, word in enumerate(path) if word in _FEEDS | _PARTS), None)
    if at is None:
        at = next((n for n in range(len(path), 0, -1) if path[n - 1] in FOLDERS), 0) if len(path) < 3 else 0
    return "/".join([origin(parts), *path[:at]]), path[at:]


def _page(value: str, path: list[str], home: str) -> list[str]:
    """``author/x``, ``tag/x`` or nothing."""
    if path and path[-1] in _FEEDS:
        path = path[:-1]
    if not path or (len(path) == 2 and path[0] in _PARTS):
        return path
    if path[0] in RESERVED:
        raise _BLOGS.refused(value, "is a page of the platform and no blog")
    raise _BLOGS.one_page(value, home)


def listing(parts: SplitResult) -> bool:
    """Authors, tags, previews and the administration."""
    path = segments(parts)
    return not path or path[0] in RESERVED | _PARTS | {"page"}


# ── items ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_WIDGET = widget(r"kg-signup-card|kg-header-card-signup|gh-subscribe(?:-form)?|gh-post-upgrade-cta|kg-audio-hide")
_FIRST_PICTURE = re.compile(r"\s{0,99}<img\s[^<>]{0,3000}?\bsrc=\"([^\"<>]{1,2000})\"[^<>]{0,3000}>")


def refine(raw: RawEntry, feed: ParsedFeed) -> RawEntry:
    """Without the feature picture that Ghost puts before the text, its own texts for pictures, and sign-up cards.

    The generator writes the title as the text of every picture, which describes none of them (``generate-feed.js``).
    """
    content = without(raw.content, _WIDGET).value
    first = _FIRST_PICTURE.match(content)
    if first and raw.image is not None and html.unescape(first[1]) == raw.image.url:
        content = content[first.end() :].lstrip()
    title = html.escape(html.unescape(raw.title.value))
    if title:
        content = content.replace(f'alt="{title}"', 'alt=""')
    return replace(raw, content=RawText(content, raw.content.type))


KIND = Kind(
    name="ghost",
    label="Ghost",
    accepts=ACCEPTS,
    resolve=resolve,
    hosts=HOSTS,
    generators=("ghost",),
    listing=listing,
    refine=refine,
    boilerplate=(
        re.compile(r"This post is for (?:paying |paid )?subscribers only"),
        re.compile(r"Sign up for .{1,100}?\s{1,3}No spam\. Unsubscribe anytime\."),
    ),
    rank=15,
)
