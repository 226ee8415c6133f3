"""YouTube: the videos of a channel or a playlist, known by their ids."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import SplitResult, parse_qs

from aggregator.model import ParsedFeed, RawEntry
from aggregator.sources.address import below, host, pasted, refusal, segments, within
from aggregator.sources.kind import Kind, Resolved

ORIGIN = "https://www.youtube.com"
HOSTS = ("youtube.com", "youtu.be", "youtube-nocookie.com")

ACCEPTS = (
    "a channel id (UC and 22 characters, https://www.youtube.com/channel/UC...)",
    "a playlist (its id, https://www.youtube.com/playlist?list=PL...)",
    "an old user name (https://www.youtube.com/user/asharao)",
    "for `add`, `preview` and `init` also a handle or a video (@asharao, https://youtu.be/...)",
)

_CHANNEL = re.compile(r"UC[\w-]{22}")
# UULF, UUSH and UULV are a channel's long videos, shorts and live streams; watch later, likes and mixes have no feed.
_PLAYLIST = re.compile(r"(?:PL|UU|UULF|UUSH|UULV|UUMF|FL|OLAK5uy_|EC)[\w-]{10,60}")
_USER = re.compile(r"[A-Za-z0-9._-]{1,60}")
_VIDEO = re.compile(r"[\w-]{11}")
_UNDER = frozenset({"embed", "live", "shorts", "v", "e"})  # what stands before the id of a video

# Pages of the platform; every other single word is a channel under its old name.
_PAGES = (
    "about ads c channel channels clip e embed feed feed_ui feeds gaming hashtag kids live logout movies music news"
    " oembed playlist podcasts post premium redirect reporthistory results s settings shorts signin source sports t tv"
    " upload user v watch youtubei"
)
RESERVED = frozenset(_PAGES.split())

HANDLE = "is a handle, and feeds know channel ids only; `aggregator add` takes it and looks the id up"


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of a channel, a playlist or a user; ``base_url`` stands in for https://www.youtube.com."""
    home = base_url or ORIGIN
    key, name = _asked(value, base_url)
    page = {"channel_id": f"/channel/{name}", "playlist_id": f"/playlist?list={name}", "user": f"/user/{name}"}[key]
    return Resolved(f"{home}/feeds/videos.xml?{key}={name}", f"{home}{page}", "youtube", "YouTube")


def _asked(value: str, base_url: str | None) -> tuple[str, str]:
    """Which parameter the feed takes, and its value: ids keep their case, on which everything depends."""
    parts = pasted(value)
    if parts is None:
        return _named(value)
    path = below(parts, base_url) if base_url else None
    if path is None:
        if not within(host(parts), HOSTS):
            raise refusal("youtube", value, f"is not on {'youtube.com' if base_url is None else base_url}", ACCEPTS)
        path = segments(parts)
    query = {key: found[0] for key, found in parse_qs(parts.query).items()} if len(parts.query) < 2000 else {}
    if _video(parts) is not None:
        raise refusal("youtube", value, "is one video; a source is a channel or a playlist", ACCEPTS)
    if path == ["playlist"] and "list" in query:
        return _playlist(value, query["list"])
    if path == ["feeds", "videos.xml"]:
        return _fed(value, query)
    if path and path[0] == "channel" and len(path) > 1 and _CHANNEL.fullmatch(path[1]):
        return "channel_id", path[1]
    if path and path[0] == "user" and len(path) > 1 and _USER.fullmatch(path[1]):
        return "user", path[1]
    if page(value) is not None:
        raise refusal("youtube", value, HANDLE, ACCEPTS)
    raise refusal("youtube", value, "is a page of the platform and no channel", ACCEPTS)


def _named(value: str) -> tuple[str, str]:
    if "://" in value or "/" in value:
        raise refusal("youtube", value, "is no address that can be read", ACCEPTS)
    if _CHANNEL.fullmatch(value):
        return "channel_id", value
    if _PLAYLIST.fullmatch(value):
        return "playlist_id", value
    why = HANDLE if _USER.fullmatch(value.removeprefix("@")) else "is no id of a channel or playlist"
    raise refusal("youtube", value, why, ACCEPTS)


def _playlist(value: str, name: str) -> tuple[str, str]:
    if not _PLAYLIST.fullmatch(name):
        raise refusal("youtube", value, "is no playlist that others can see", ACCEPTS)
    return "playlist_id", name


def _fed(value: str, query: dict[str, str]) -> tuple[str, str]:
    for key, shape in (("channel_id", _CHANNEL), ("playlist_id", _PLAYLIST), ("user", _USER)):
        if shape.fullmatch(query.get(key, "")):
            return key, query[key]
    raise refusal("youtube", value, "is a feed without a channel", ACCEPTS)


# ── handles ─────────────────────────────────────────────────────────────────────────────────────────────────────────

# Where the page of a channel says whose it is; other channels that it shows stand under other names.
_OWN_ID = re.compile(
    r'''<link\s[^<>]{0,99}?href="https://www\.youtube\.com/channel/(UC[\w-]{22})"|"external(?:Channel)?Id":\s?"(UC[\w-]{22})"'''
    r'''|href="https://www\.youtube\.com/feeds/videos\.xml\?channel_id=(UC[\w-]{22})"'''
)


def page(value: str) -> str | None:
    """The page that tells the channel of a handle, a custom name or a video; None for every other value."""
    parts = pasted(value)
    path = [f"@{value.removeprefix('@')}"] if parts is None else segments(parts)
    if parts is not None and not within(host(parts), HOSTS):
        return None
    if parts is not None and (video := _video(parts)):
        return f"{ORIGIN}/watch?v={video}"
    if path[:1] == ["c"] and len(path) > 1 and _USER.fullmatch(path[1]):
        return f"{ORIGIN}/c/{path[1]}"
    if not path or not _USER.fullmatch(path[0].removeprefix("@")) or path[0].lower() in RESERVED:
        return None
    return f"{ORIGIN}/{path[0]}" if path[0].startswith("@") or len(path) == 1 else None


def named(page: str) -> str | None:
    """The id of the channel whose page this is."""
    found = _OWN_ID.search(page)
    return next(filter(None, found.groups())) if found else None


# ── identity ────────────────────────────────────────────────────────────────────────────────────────────────────────


def identity(parts: SplitResult) -> str | None:
    """The video's id, from the guid and from every address under which it is shown."""
    if parts.scheme == "yt":
        name = parts.path.removeprefix("video:")
        return name if name != parts.path and _VIDEO.fullmatch(name) else None
    return _video(parts) if within(host(parts), HOSTS) else None


def _video(parts: SplitResult) -> str | None:
    path = segments(parts)
    if host(parts) == "youtu.be":
        name = path[0] if path else ""
    elif len(path) == 2 and path[0] in _UNDER:
        name = path[1]
    elif path == ["watch"] and len(parts.query) < 2000:
        name = parse_qs(parts.query).get("v", [""])[0]
    else:
        name = ""
    return name if _VIDEO.fullmatch(name) else None


def listing(parts: SplitResult) -> bool:
    """Everything but a video."""
    return _video(parts) is None


def refine(raw: RawEntry, feed: ParsedFeed) -> RawEntry:
    """The update time moves for days after a video came out, with nobody editing it."""
    return replace(raw, updated=None) if raw.published else raw


KIND = Kind(
    name="youtube",
    label="YouTube",
    accepts=ACCEPTS,
    resolve=resolve,
    sign=_CHANNEL,
    page=page,
    named=named,
    hosts=HOSTS,
    identity=identity,
    listing=listing,
    refine=refine,
    rank=25,
    min_interval_s=900,
    spacing_s=1.0,
)
