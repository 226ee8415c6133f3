"""Blogger: blogs on blogspot and on their own domains, whole or of one label; posts known by number."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import SplitResult

from aggregator.model import ParsedFeed, RawEntry
from aggregator.sources.address import host, origin, pasted, segments, within
from aggregator.sources.blogs import Blogs
from aggregator.sources.kind import Kind, Resolved
from aggregator.sources.markup import widget, without

PLATFORM = "blogger.com"
# A blog answers under each of these, and readers were sent to the one of their country.
COUNTRIES = (
    "blogspot.com",
    *("blogspot.ae", "blogspot.be", "blogspot.ca", "blogspot.ch", "blogspot.co.at", "blogspot.co.id", "blogspot.co.il"),
    *("blogspot.co.nz", "blogspot.co.uk", "blogspot.com.ar", "blogspot.com.au", "blogspot.com.br", "blogspot.com.co"),
    *("blogspot.com.eg", "blogspot.com.es", "blogspot.com.tr", "blogspot.cz", "blogspot.de", "blogspot.dk"),
    *("blogspot.fi", "blogspot.fr", "blogspot.gr", "blogspot.hk", "blogspot.hu", "blogspot.ie", "blogspot.in"),
    *("blogspot.it", "blogspot.jp", "blogspot.kr", "blogspot.mx", "blogspot.nl", "blogspot.no", "blogspot.pe"),
    *("blogspot.pt", "blogspot.ro", "blogspot.rs", "blogspot.ru", "blogspot.se", "blogspot.sg", "blogspot.sk"),
    "blogspot.tw",
)
HOSTS = (PLATFORM, *COUNTRIES)

ACCEPTS = (
    "the name of a blog (asharao)",
    "its address (asharao.blogspot.com, https://blog.asha.example)",
    "the page of a label (https://asharao.blogspot.com/search/label/kafka)",
)

_BLOGS = Blogs("blogger", "Blogger", COUNTRIES[0], HOSTS, ACCEPTS, "is no name and no address of a blog")
_NUMBERED = re.compile(r"/feeds/(\d{1,30})/posts/(?:default|summary)/?")
_POST = re.compile(r"blogger\.com,\d{4}:blog-\d{1,30}\.post-(\d{1,30})")


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of a blog or of one label; ``base_url`` stands in for the blog's own address."""
    parts = pasted(value)
    if base_url is None and parts is not None and (blog := _NUMBERED.fullmatch(parts.path)) and host(parts) == PLATFORM:
        return Resolved(f"https://www.{PLATFORM}/feeds/{blog[1]}/posts/default", None, "blogger", None)
    home, path = _BLOGS.located(value, base_url, _home)
    label = _label(value, path, home)
    page = f"{home}/search/label/{label}" if label else home
    return Resolved(
        f"{home}/feeds/posts/default" + (f"/-/{label}" if label else ""), page, "blogger", _BLOGS.title(home, base_url)
    )


def _home(value: str, parts: SplitResult) -> tuple[str, list[str]]:
    name, path = host(parts), segments(parts)
    if within(name, (PLATFORM,)):
        why = (
            "is a profile, which has no feed; its blogs have"
            if path[:1] == ["profile"]
            else "is a page of the platform and nobody's blog"
        )
        raise _BLOGS.refused(value, why)
    if name in COUNTRIES:
        raise _BLOGS.refused(value, "names no blog")
    country = next((one for one in COUNTRIES if within(name, (one,))), None)
    return (_BLOGS.named(value, name.removesuffix(f".{country}")) if country else origin(parts)), path


def _label(value: str, path: list[str], home: str) -> str:
    """The label that is asked for; "" for the whole blog."""
    if path[:3] == ["feeds", "comments", "default"] or (path[:1] == ["feeds"] and path[2:3] == ["comments"]):
        raise _BLOGS.refused(value, "is a feed of comments")
    if path[:3] in (["feeds", "posts", "default"], ["feeds", "posts", "summary"]):
        path = ["search", "label", *path[4:5]] if path[3:4] == ["-"] else path[3:]
    if path[:2] == ["search", "label"] and len(path) == 3:
        return path[2]
    if path and path not in (["atom.xml"], ["rss.xml"], ["index.html"]):
        raise _BLOGS.one_page(value, home)
    return ""


def identity(parts: SplitResult) -> str | None:
    """The post's number from its guid; from an address the blog and the path, whatever the country."""
    if parts.scheme == "tag":
        found = _POST.fullmatch(parts.path)
        return found[1] if found else None
    name, path = host(parts), segments(parts)
    country = next((one for one in COUNTRIES if within(name, (one,))), None) if "blogspot." in name else None
    if country is None or name == country or len(path) != 3 or not path[2].endswith(".html"):
        return None
    return "/".join([name.removesuffix(f".{country}"), *path])


def listing(parts: SplitResult) -> bool:
    """An article stands under year and month, a page under ``/p``."""
    path = segments(parts)
    return not path or not path[-1].endswith(".html") or path[0] == "search"


_WIDGET = widget(r"blogger-post-footer")
_THUMBNAIL = re.compile(r"(?<=[/=])s72(?:-w\d{1,4})?(?:-h\d{1,4})?-c(?=/|$)")


def refine(raw: RawEntry, feed: ParsedFeed) -> RawEntry:
    """Without the footer that counts readers, and with a picture larger than the 72 pixels of its thumbnail."""
    image = raw.image
    if image is not None and (larger := _THUMBNAIL.sub("s1600", image.url)) != image.url:
        image = replace(image, url=larger, width=None, height=None)
    return replace(raw, content=without(raw.content, _WIDGET), image=image)


KIND = Kind(
    name="blogger",
    label="Blogger",
    accepts=ACCEPTS,
    resolve=resolve,
    hosts=HOSTS,
    generators=("blogger",),
    identity=identity,
    listing=listing,
    refine=refine,
    rank=20,
)
