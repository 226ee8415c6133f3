"""DEV (dev.to) and other Forem communities: accounts by name, articles known by slug and suffix."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import SplitResult, parse_qs

import orjson

from aggregator.errors import Malformed
from aggregator.model import Fetched, Image, ParsedFeed, RawEntry, RawText
from aggregator.sources.address import below, host, next_number, pasted, refusal, segments
from aggregator.sources.kind import Kind, Resolved
from aggregator.text.hosts import DEV_MIRRORS

ORIGIN = "https://dev.to"
HOSTS = ("dev.to",)

# First path segments that are pages of the platform and no account.
_PAGES = (
    "about admin api articles badge badges challenges code-of-conduct comments connect contact dashboard enter events"
    " faq feed followers following guides help hiring join latest listings login magic_links manage mod new"
    " notifications onboarding p pod podcasts privacy readinglist reading-list report-abuse rss search settings"
    " shop signout_confirm sign_up sponsors stories subscriptions support t tag tags terms top u users verify videos"
    " welcome"
)
RESERVED = frozenset(_PAGES.split())

ACCEPTS = (
    "a user or organisation name (asharao, @asharao)",
    "its page (https://dev.to/asharao)",
    "the page of a tag (https://dev.to/t/kafka)",
)

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}|_[a-z0-9_-]{1,49}")
# Forem appends rand(100_000) in base 26, which is three or four of these characters for 99 articles in 100.
_ARTICLE = re.compile(r"[^/]*-[0-9a-p]{3,4}")
_TAG = re.compile(r"t/([a-z0-9]{1,40})")
_TABS = frozenset({"badges", "comments", "followers", "following", "members", "series"})  # of an account's page
_SORTED = frozenset({"latest", "top"})  # of a tag's
_DRAFT = "-temp-slug-"
_WINDOW = 30  # articles; a feed has twelve
_MOST = 1000  # what the API gives at most
_LONG = 2000  # characters of an address
_ENDLESS = 1000  # minutes


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of an account; ``base_url`` names another Forem than dev.to."""
    origin = base_url or ORIGIN
    name = _account(value, base_url).lower()
    if tag := _TAG.fullmatch(name):
        word = tag[1]
        return Resolved(f"{origin}/feed/tag/{word}", f"{origin}/t/{word}", f"dev-{word}", f"#{word} on DEV")
    if name in RESERVED:
        raise refusal("dev", value, "is a page of the platform and nobody's account", ACCEPTS)
    if not _NAME.fullmatch(name):
        raise refusal("dev", value, "is no account name (letters, digits, _ and -)", ACCEPTS)
    title = "DEV" if base_url is None else None
    return Resolved(f"{origin}/feed/{name}", f"{origin}/{name}", "dev", title)


def _account(value: str, base_url: str | None) -> str:
    parts = pasted(value)
    if parts is None:
        if "://" in value or "/" in value:
            raise refusal("dev", value, "is no address that can be read", ACCEPTS)
        return value.removeprefix("@")
    path = below(parts, base_url) if base_url else None
    if path is None:
        if host(parts) not in HOSTS:
            raise refusal("dev", value, f"is not on {'dev.to' if base_url is None else base_url}", ACCEPTS)
        path = segments(parts)
    if len(path) > 1 and path[0] == "feed":
        path = ["t", *path[2:]] if path[1] == "tag" else path[1:]
    if path[:2] == ["api", "articles"]:
        path = parse_qs(parts.query).get("username", path) if len(parts.query) < _LONG else path
    if _TAG.fullmatch("/".join(path[:2]).lower()) and (len(path) == 2 or path[2] in _SORTED):
        return "/".join(path[:2])
    if not path:
        raise refusal("dev", value, "names no account", ACCEPTS)
    if path[0].lower() in RESERVED:
        raise refusal("dev", value, "is a page of the platform and nobody's account", ACCEPTS)
    if len(path) > 1 and path[1] not in _TABS:
        raise refusal("dev", value, f'is one page of an account; did you mean "{path[0]}"?', ACCEPTS)
    return path[0].removeprefix("@")


def identity(parts: SplitResult) -> str | None:
    """Slug and suffix: they stay when an account is renamed, and are the same on every mirror."""
    name = host(parts)
    if name not in HOSTS and name not in DEV_MIRRORS:
        return None
    path = segments(parts)
    if len(path) != 2 or path[0].lower() in RESERVED:
        return None
    slug = path[1].lower()
    return slug if _ARTICLE.fullmatch(slug) and _DRAFT not in slug else None


def listing(parts: SplitResult) -> bool:
    """Profiles, tags, searches and whatever else is no ``/{account}/{slug}``."""
    path = segments(parts)
    return len(path) != 2 or path[0].lower() in RESERVED or path[1] in _TABS


def facts_url(feed_url: str) -> str | None:
    """The account's articles in the API, newest first; an organisation's stand under ``username``, too."""
    base, feed, name = feed_url.partition("?")[0].rstrip("/").rpartition("/feed/")
    if not feed or not _NAME.fullmatch(name) or name in RESERVED:
        return None
    return f"{base}/api/articles?username={name}&per_page={_WINDOW}"


def facts(fetched: Fetched) -> tuple[RawEntry, ...]:
    """What only the API has: the original's address, the date of an edit, the cover, Forem's own reading time.

    A field of another shape than Forem's is left out, and so is an article without address. Raises Malformed.
    """
    try:
        items = orjson.loads(fetched.body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"{fetched.url} is not the JSON that Forem's API gives.") from error
    if not isinstance(items, list):
        raise Malformed(f"{fetched.url} is no list of articles, as Forem's API gives it.")
    return tuple(_fact(item) for item in items[:_MOST] if isinstance(item, dict) and _text(item, "url"))


def _fact(item: dict[str, object]) -> RawEntry:
    minutes, cover = item.get("reading_time_minutes"), _text(item, "cover_image")
    return RawEntry(
        guid=None,
        url=_text(item, "url"),
        published=_text(item, "published_at"),
        updated=_text(item, "edited_at"),
        image=Image(cover) if cover else None,
        language=_text(item, "language"),
        canonical_url=_text(item, "canonical_url"),
        reading_time_minutes=minutes if type(minutes) is int and 0 < minutes < _ENDLESS else None,
    )


def _text(item: dict[str, object], name: str) -> str | None:
    value = item.get(name)
    return value if isinstance(value, str) and value and len(value) < _LONG else None


def refine(raw: RawEntry, feed: ParsedFeed) -> RawEntry:
    """Forem writes the whole article as ``<description>``: that is content, and there is no summary."""
    if raw.content.value.strip() or not raw.summary.value.strip():
        return raw
    return replace(raw, content=RawText(raw.summary.value, "html"), summary=RawText())


def older(feed: ParsedFeed, asked: str) -> str:
    """The next page of the feed, not of the API: twelve whole articles for one request, under the same guids.

    The API lists a thousand at once, but without their texts, each of which would be one more request.
    """
    return next_number(asked, "page")


KIND = Kind(
    name="dev",
    label="DEV",
    accepts=ACCEPTS,
    resolve=resolve,
    hosts=HOSTS,
    identity=identity,
    listing=listing,
    refine=refine,
    older=older,
    facts_url=facts_url,
    facts=facts,
    boilerplate=(
        re.compile(
            r"Posted on [A-Z][a-z]{2,8} \d{1,2}(?:, \d{4})?"
            r"(?:\s{1,3}•\s{1,3}(?:Edited|Updated|Originally published) (?:on|at) \S{1,80}"
            r"(?: \d{1,2}(?:, \d{4})?)?)?"
        ),
        re.compile(r"(?:Enter|Exit) fullscreen mode"),
    ),
    rank=30,
    min_interval_s=600,  # its edge caches a feed for 600 s
    spacing_s=1.0,
)
