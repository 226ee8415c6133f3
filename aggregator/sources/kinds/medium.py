"""Medium: accounts, publications and custom domains; articles known by post id wherever they stand."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from urllib.parse import SplitResult, parse_qs

from selectolax.lexbor import LexborHTMLParser

from aggregator.model import Image, ParsedFeed, RawEntry, RawText, Skipped
from aggregator.sources.address import below, host, pasted, refusal, segments, split, within
from aggregator.sources.kind import Kind, Resolved

ORIGIN = "https://medium.com"
HOSTS = ("medium.com",)

# First path segments that are pages of the platform and no publication.
_PAGES = (
    "_ about archive business collections creators explore-topics feed gift help jobs jobs-at-medium leaders lists m me"
    " media membership my-stories new-story p partner-program plans policy press privacy s search series signin stories"
    " tag tags terms topic topics u upgrade verified-authors"
)
RESERVED = frozenset(_PAGES.split())
# Hosts of the platform that are nobody's account.
SERVICES = frozenset({"api", "cdn-images-1", "cdn-images-2", "help", "link", "miro", "policy", "status"})

ACCEPTS = (
    'a user ("@asharao", https://medium.com/@asharao, asharao.medium.com)',
    "a publication (https://medium.com/better-programming)",
    "the custom domain of one (detect.fyi)",
    "the page of a tag, of all Medium or of one publication (https://medium.com/tag/kafka)",
)

_USER = re.compile(r"@[A-Za-z0-9._-]{1,60}")
_PUBLICATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_POST = re.compile(r"(?:.*-)?([0-9a-f]{8,12})")
# Links in Medium's feeds carry their origin; on a custom domain this is what tells that it is Medium.
_RSS_SOURCE = re.compile(r"rss-[\w-]*-\d+|-{3,}")
_TABS = frozenset(
    {"about", "all", "archive", "followers", "following", "has-recommended", "latest", "lists", "trending"}
)
_NO_POST = frozenset({"list", "series", "media", "u", "_", "tag", "topic", "tagged"})


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of a user, a publication or a custom domain; ``base_url`` stands in for https://medium.com."""
    origin = base_url or ORIGIN
    parts = pasted(value)
    if parts is None:
        if "://" in value or "/" in value:
            raise refusal("medium", value, "is no address that can be read", ACCEPTS)
        return _account(value, [value], origin)
    path = below(parts, base_url) if base_url else None
    if path is not None:
        return _account(value, path, origin)
    name = host(parts)
    if name in HOSTS:
        return _account(value, segments(parts), origin)
    if within(name, HOSTS):
        return _subdomain(value, parts, base_url)
    return _domain(value, parts)


def _account(value: str, path: list[str], origin: str) -> Resolved:
    if path and path[0] == "feed":
        path = path[1:]
    elif len(path) == 2 and path[1] == "feed":  # the self link of a user's feed: /@user/feed
        path = path[:1]
    if not path:
        raise refusal("medium", value, "names no user and no publication", ACCEPTS)
    name, rest = path[0], path[1:]
    if name == "tag" and rest and _PUBLICATION.fullmatch(rest[0]) and rest[1:] in ([], ["latest"], ["archive"]):
        return Resolved(f"{origin}/feed/tag/{rest[0]}", f"{origin}/tag/{rest[0]}", "medium", "Medium")
    if name == "p" and rest:
        raise refusal("medium", value, "is one story, which does not say whose", ACCEPTS)
    if name.lower() in RESERVED:
        raise refusal("medium", value, "is a page of the platform and nobody's account", ACCEPTS)
    if not _USER.fullmatch(name) and not _PUBLICATION.fullmatch(name):
        raise refusal("medium", value, "is no name of a user or publication", ACCEPTS)
    return Resolved(f"{origin}/feed/{name}{_tagged(value, name, rest)}", f"{origin}/{name}", "medium", "Medium")


def _tagged(value: str, name: str, rest: list[str]) -> str:
    """``/tagged/t`` narrows a publication; every other page below an account is none of its feeds."""
    if len(rest) == 2 and rest[0] == "tagged":
        return f"/tagged/{rest[1]}"
    if rest and rest[0] not in _TABS:
        raise refusal("medium", value, f'is one page of an account; did you mean "{name}"?', ACCEPTS)
    return ""


def _subdomain(value: str, parts: SplitResult, base_url: str | None) -> Resolved:
    label = host(parts).removesuffix(f".{HOSTS[0]}")
    if label in SERVICES or not _LABEL.fullmatch(label):
        raise refusal("medium", value, "is a host of the platform and nobody's account", ACCEPTS)
    rest = segments(parts)
    tail = _tagged(value, host(parts), rest[1:] if rest[:1] == ["feed"] else rest)
    if base_url is not None:
        return Resolved(f"{base_url}/feed/@{label}{tail}", f"{base_url}/@{label}", "medium", "Medium")
    # /feed/{label} would be a publication of that name; the sub-domain's own feed is never mistaken.
    return Resolved(f"https://{host(parts)}/feed{tail}", f"https://{host(parts)}", "medium", "Medium")


def _domain(value: str, parts: SplitResult) -> Resolved:
    rest = segments(parts)
    tail = _tagged(value, host(parts), rest[1:] if rest[:1] == ["feed"] else rest)
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"
    return Resolved(f"{origin}/feed{tail}", origin, "medium", host(parts))


def identity(parts: SplitResult) -> str | None:
    """The post id: host, account, publication and slug change, it never does."""
    path = segments(parts)
    query = parse_qs(parts.query) if parts.query and len(parts.query) < 2000 else {}
    if within(host(parts), HOSTS):
        if path[:1] == ["m"] and "redirectUrl" in query:  # sign-in bounce
            target = split(query["redirectUrl"][0])
            return identity(target) if target is not None and segments(target)[:1] != ["m"] else None
    elif not _RSS_SOURCE.fullmatch(query.get("source", [""])[0]):
        return None
    if not path or _NO_POST.intersection(path[:-1]):
        return None
    post = _POST.fullmatch(path[-1].lower())
    return post.group(1) if post else None


def listing(parts: SplitResult) -> bool:
    """Every article on Medium has a post id; what has none is a profile, a list or a page of the platform."""
    return identity(parts) is None


# ── items ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_TAG = re.compile(r"<[^<>]*>")
_RICH = re.compile(r"<(?:h[1-6]|figure|img|iframe|table|pre|hr|ul|ol)\b", re.IGNORECASE)
_FOOTER = re.compile(r"was originally published in .{1,300}? on Medium, where people are continuing", re.DOTALL)
_TEASER = '<div class="medium-feed-item">'
_TEASER_SIZE = 20_000
_FOOTER_SIZE = 5_000
_REPLY_WORDS = 300
_NOTE_WORDS = 60


def refine(raw: RawEntry, feed: ParsedFeed) -> RawEntry | Skipped:
    """An article as its author wrote it: no replies, no counting pixel, no publication footer, no teaser markup."""
    name = "content" if raw.content.value.strip() else "summary"
    body = raw.content.value if name == "content" else raw.summary.value
    if body.lstrip().startswith(_TEASER) and len(body) < _TEASER_SIZE:
        return _teaser(raw, body)
    body = _without_footer(_without_pixel(body))
    if not raw.tags and _is_reply(_plain(raw.title), body):
        return Skipped(_plain(raw.title), "a reply to somebody's story on Medium, not an article")
    text = RawText(body, "html")
    return replace(raw, content=text) if name == "content" else replace(raw, summary=text)


def _teaser(raw: RawEntry, body: str) -> RawEntry:
    """For members' stories the feed has a picture, one sentence and "Continue reading"."""
    tree = LexborHTMLParser(body)
    snippet = tree.css_first("p.medium-feed-snippet")
    picture = tree.css_first("p.medium-feed-image img")
    source = picture.attributes.get("src") if picture is not None else None
    return replace(
        raw,
        content=RawText(),
        summary=RawText(snippet.text(strip=True) if snippet is not None else "", "text"),
        image=raw.image or (Image(source) if source else None),
    )


def _without_pixel(body: str) -> str:
    mark = body.rfind("/_/stat?event=post.")
    start, end = body.rfind("<img", 0, mark), body.find(">", mark)
    if mark < 0 or start < 0 or end < 0 or end - start > 1000:
        return body
    return body[:start] + body[end + 1 :]


def _without_footer(body: str) -> str:
    for opening in ("<hr", "<p>"):
        start = body.rfind(opening)
        tail = body[start:] if start >= 0 else ""
        if 0 < len(tail) < _FOOTER_SIZE and _FOOTER.search(_TAG.sub("", tail)):
            return body[:start].rstrip()
    return body


def _is_reply(title: str, body: str) -> bool:
    """Whether the title is only the beginning of the text: Medium gives replies such titles, for they have none.

    Missing tags alone prove nothing. Long texts, and texts with headings, pictures or lists, are taken for articles.
    """
    start = body.lstrip()
    if not title or not start.startswith(("<p>", "<p ")) or _RICH.search(start):
        return False
    words = len(_TAG.sub(" ", start).split())
    if words > _REPLY_WORDS:
        return False
    first = _folded(_TAG.sub("", start.partition("</p>")[0]))
    cut = title.removesuffix("…").removesuffix("...").rstrip()
    if cut != title:
        return first.startswith(_folded(cut))
    if first == _folded(title):
        return title.endswith((".", "!", "?", ":", ",")) or words <= _NOTE_WORDS
    return title.endswith((".", "!", "?")) and first.startswith(_folded(title))


def _plain(text: RawText) -> str:
    return " ".join((html.unescape(_TAG.sub("", text.value)) if text.type == "html" else text.value).split())


def _folded(text: str) -> str:
    return " ".join(html.unescape(text).split()).casefold()


KIND = Kind(
    name="medium",
    label="Medium",
    accepts=ACCEPTS,
    resolve=resolve,
    hosts=HOSTS,
    generators=("medium",),
    identity=identity,
    listing=listing,
    refine=refine,
    advice=(
        "Medium's feed holds the last ten stories and nothing older. Ask Medium for your data (Settings, Security and "
        "apps, Download your information) and give the file to `aggregator import`."
    ),
    boilerplate=(
        re.compile(
            r"was originally published in .{1,150}? on Medium, where people are continuing the conversation"
            r" by highlighting and responding to this story\.?"
        ),
        re.compile(r"Continue reading on .{1,100}? »"),
        re.compile(r"Press enter or click to view image in full size"),
    ),
    rank=40,
    spacing_s=30.0,  # it answers 429 for days to whoever asks faster (snarfed/bridgy #1953)
    shared_limit=True,
)
