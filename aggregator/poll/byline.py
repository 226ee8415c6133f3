"""Who writes in the places that were read: a name, a home page and an id, as the places themselves say."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from aggregator import sources
from aggregator.poll.find import Place
from aggregator.text import urls

_MOST = 0.6  # of the entries of a place, above which their author is whose place it is
_TITLES = (
    re.compile(r"Stories by (.+) on Medium"),
    re.compile(r"(?:DEV Community|DEV Community 👩‍💻👨‍💻|DEV)\s?: (.+)"),
    re.compile(r"User (.+) - Stack Overflow"),
    re.compile(r"(.+?)(?:['’]s? (?:blog|weblog|newsletter|notes|site|website|homepage)\b.*)", re.IGNORECASE),
    re.compile(r"(?:the )?(?:blog|weblog|website|homepage) (?:of|von|de) (.+)", re.IGNORECASE),
)
_GENERIC = frozenset({"admin", "administrator", "author", "editor", "home", "root", "team", "unknown", "webmaster"})
_NO_NAME = frozenset({"www", "blog", "blogs", "feeds", "feed", "news", "site", "medium", "letters", "writing", "notes"})
_SLUG_BREAK = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Byline:
    """Whose places they seem to be; for the owner to say otherwise."""

    name: str
    home_page_url: str | None
    handle: str  # what could be their id


def byline(places: Sequence[Place]) -> Byline:
    """Whose places these are, by what most of them say; what nobody says is guessed from their addresses."""
    home = next(filter(None, map(site_of, places)), None)
    handle = next((found for found in _handles(places, home) if found), "me")
    said = Counter(name for place in places for name in set(_names(place)))
    # Of several the one that most places have; a full name before a handle.
    name = max(said, key=lambda one: (said[one], " " in one), default="") or _title(places) or handle
    if handle == "me":
        handle = _slug(name.split()[0]) or _slug(name) or "me"
    return Byline(name, home, handle)


def site_of(place: Place) -> str | None:
    """The root of the site that a place stands on; None where that is a platform's."""
    found = place.target.resolved
    url = found.home_page_url or found.feed_url
    if sources.platform(url) is not None or place.target.kind == "mastodon":
        return None
    parts = urlsplit(url)
    said = place.seen.feed.home_page_url if place.seen.feed is not None else None
    if said and urls.is_home(said) and urls.host(said) == urls.host(url) and urlsplit(said).netloc == parts.netloc:
        return said.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}"


def _names(place: Place) -> Iterator[str]:
    seen = place.seen
    authors = Counter(person.name for entry in seen.entries for person in entry.authors[:1])
    for name, count in authors.most_common(1):
        if count >= _MOST * len(seen.entries) and name.casefold() not in _GENERIC:
            yield name
    title = seen.feed.title.strip() if seen.feed is not None else ""
    for pattern in _TITLES:
        if found := pattern.fullmatch(title):
            yield found[1].strip()
            return
    if place.target.kind in ("mastodon", "bluesky", "youtube") and title:
        yield re.sub(r"^@\S+ - ", "", title)


def _title(places: Sequence[Place]) -> str:
    """The shortest title of a place of their own: often it is the name."""
    titles = (place.seen.feed.title.strip() for place in places if place.seen.feed is not None and site_of(place))
    return min((title for title in titles if title), key=len, default="")


def _handles(places: Sequence[Place], home: str | None) -> Iterator[str]:
    """What they are called: in the name of their domain, then on the platforms."""
    for url in filter(None, [home]):
        labels = [label for label in urls.host(url).split(".")[:-1] if label not in _NO_NAME]
        yield _slug(labels[-1] if labels and not labels[-1].isdigit() else "")
    for place in places:
        page = place.target.resolved.home_page_url
        if page is None or sources.kinds()[place.target.kind].anywhere:
            continue
        parts = urlsplit(page)
        last = parts.path.strip("/").split("/")[0 if place.target.kind == "github" else -1]
        yield _slug(last.removeprefix("@").split(".")[0]) if not last.isdigit() else ""
        label = urls.host(page).split(".")[0]
        yield _slug(label) if not last and label not in _NO_NAME and not label.isdigit() else ""


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _SLUG_BREAK.sub("-", plain.lower()).strip("-")[:40].strip("-")
