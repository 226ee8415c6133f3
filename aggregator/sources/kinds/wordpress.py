"""WordPress: self-hosted and on wordpress.com, whole or of one author, category or tag; posts known by number."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import SplitResult, parse_qs

from aggregator.model import ParsedFeed, RawEntry, Skipped
from aggregator.sources.address import FOLDERS, host, next_number, origin, pasted, segments
from aggregator.sources.blogs import Blogs
from aggregator.sources.kind import Kind, Resolved
from aggregator.sources.markup import widget, without, without_last_line
from aggregator.text import urls

PLATFORM = "wordpress.com"
HOSTS = (PLATFORM,)

# Hosts of the platform that are nobody's blog.
SERVICES = frozenset(
    {"apps", "dashboard", "developer", "forums", "jetpack", "learn", "public-api", "subscribe", "support"}
)
RESERVED = frozenset({"wp-admin", "wp-content", "wp-includes", "wp-json", "wp-login.php", "xmlrpc.php"})

ACCEPTS = (
    "the address of a blog (https://asha.example, https://asha.example/blog, asharao.wordpress.com)",
    "the page of an author, category or tag (https://asha.example/author/asha/)",
    "one of its feeds (https://asha.example/?feed=rss2)",
)

_BLOGS = Blogs("wordpress", "WordPress", PLATFORM, HOSTS, ACCEPTS, "is no address of a blog", SERVICES)
_FORMATS = frozenset({"atom", "rdf", "rss", "rss2"})
_PARTS = frozenset({"author", "category", "tag"})
_NUMBERED = {"author": re.compile(r"\d{1,10}"), "cat": re.compile(r"\d{1,10}"), "tag": re.compile(r"[\w%-]{1,200}")}
_FOLDER = FOLDERS | {"wordpress", "wp"}


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of a blog or a part of it; ``base_url`` stands in for the blog's own address."""
    home, path = _BLOGS.located(value, base_url, _home)
    title = _BLOGS.title(home, base_url)
    query = _query(value, pasted(value))
    page = _page(value, path, home)
    if query and not page:
        return Resolved(f"{home}/?{query}", home, "wordpress", title)
    return Resolved("/".join([home, *page, "feed", ""]), "/".join([home, *page]), "wordpress", title)


def _home(value: str, parts: SplitResult) -> tuple[str, list[str]]:
    """The address of the blog and the path below it; what stands before ``feed`` or ``author`` is a folder."""
    name, path = host(parts), segments(parts)
    if _BLOGS.serves(name):
        raise _BLOGS.refused(value, "is a host of the platform and nobody's blog")
    at = next((n for n, word in enumerate(path) if word in _PARTS or word in ("feed", "comments")), None)
    if at is None:
        at = next((n for n in range(len(path), 0, -1) if path[n - 1] in _FOLDER), 0) if len(path) < 3 else 0
    elif path[at] == "feed" and at > 1 and path[at - 1] not in _FOLDER:
        raise _BLOGS.refused(value, "is a feed of comments on one post")
    return "/".join([origin(parts), *path[:at]]), path[at:]


def _page(value: str, path: list[str], home: str) -> list[str]:
    """``author/x``, ``category/x/y``, ``tag/x`` or nothing."""
    if path[:1] == ["comments"]:
        raise _BLOGS.refused(value, "is a feed of comments")
    if len(path) > 1 and path[-2] == "feed" and path[-1] in _FORMATS:
        path = path[:-1]
    if path and path[-1] == "feed":
        path = path[:-1]
    if not path or (len(path) == 2 and path[0] in _PARTS) or (len(path) > 2 and path[0] == "category"):
        return path
    if path[0] in RESERVED:
        raise _BLOGS.refused(value, "is a page of the platform and no blog")
    raise _BLOGS.one_page(value, home)


def _query(value: str, parts: SplitResult | None) -> str:
    """A feed of a blog without readable addresses: ``feed=rss2``, with ``author=3`` where that is asked for."""
    asked = parse_qs(parts.query) if parts is not None and len(parts.query) < 2000 else {}
    if asked.keys() & {"p", "page_id", "attachment_id"}:
        raise _BLOGS.refused(value, "is one post of a blog")
    if asked.get("feed", [""])[0].startswith("comments-"):
        raise _BLOGS.refused(value, "is a feed of comments")
    narrowed = [
        f"{key}={asked[key][0]}" for key, shape in _NUMBERED.items() if key in asked and shape.fullmatch(asked[key][0])
    ]
    return "&".join(["feed=rss2", *narrowed]) if narrowed or "feed" in asked else ""


def identity(parts: SplitResult) -> str | None:
    """The post's number within its blog: the guid of every post, whatever becomes of its address.

    Not of private hosts: a blog that was written on localhost keeps guids that a thousand others have too.
    """
    if "p=" not in parts.query or not (parts.path.endswith(("/", "/index.php")) or not parts.path):
        return None
    if parts.scheme not in ("http", "https") or len(parts.query) > 200 or urls.is_unfit(parts.geturl()):
        return None
    asked = parse_qs(parts.query)
    number = asked.get("p", [""])[0]
    if not (number.isascii() and number.isdigit() and len(number) <= 12) or asked.keys() - {"p", "post_type"}:
        return None
    folder = [segment for segment in segments(parts) if segment != "index.php"]
    return "/".join([parts.netloc.rpartition("@")[2].lower().removeprefix("www."), *folder, number.lstrip("0") or "0"])


def listing(parts: SplitResult) -> bool:
    """Authors, categories, tags and archives by date."""
    path = segments(parts)
    dated = all(segment.isdigit() for segment in path)
    return (dated and "p=" not in parts.query) or path[0:1] in (["author"], ["category"], ["tag"], ["page"])


# ── items ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_WIDGET = widget(
    r"sharedaddy|jp-relatedposts|wpcnt|wp-block-jetpack-subscriptions(?:__container)?|wp-block-jetpack-like"
)
_PASSWORD = re.compile(r"\bpost-password-form\b|\bname=[\"']post_password[\"']")


def refine(raw: RawEntry, feed: ParsedFeed) -> RawEntry | Skipped:
    """Without the plugins' last line and the buttons of Jetpack; no posts behind a password, which come and go."""
    if _PASSWORD.search(raw.content.value) or _PASSWORD.search(raw.summary.value):
        return Skipped(raw.title.value[:200], "protected by a password")
    content, summary = without(raw.content, _WIDGET), without(raw.summary, _WIDGET)
    return replace(raw, summary=without_last_line(summary), content=without_last_line(content))


def older(feed: ParsedFeed, asked: str) -> str:
    """WordPress counts the pages of every feed, too, and answers 404 behind the last one."""
    return next_number(asked, "paged")


KIND = Kind(
    name="wordpress",
    label="WordPress",
    accepts=ACCEPTS,
    resolve=resolve,
    hosts=HOSTS,
    generators=(
        "http://wordpress.org",
        "https://wordpress.org",
        "http://wordpress.com",
        "https://wordpress.com",
        "wordpress",
    ),
    identity=identity,
    listing=listing,
    refine=refine,
    older=older,
    boilerplate=(
        re.compile(r"Share this:(?:\s{1,3}[A-Z]\w{1,20}){1,12}"),
        re.compile(r"Like this:\s{1,3}Like Loading\.{3}"),
    ),
    rank=15,
)
