"""Writes a list of posts between two comments of a README, from the settings that users of blog-post-workflow know."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from aggregator.errors import ConfigError
from aggregator.text import urls

TAG = "BLOG-POST-LIST"
DATE_FORMAT = "UTC:ddd mmm dd yyyy h:MM TT"

_PLACE = re.compile(
    r"\$(title|url|description|date|counter|feedName|categories)\b|\$(newline)|\$(emojiKey|randomEmoji)\(([^)]*)\)"
)
_MASK = re.compile(r"d{1,4}|m{1,4}|yyyy|yy|([HhMsTt])\1?|[LloSZpNW]|\"[^\"]*\"|'[^']*'")
_MASKS = {
    "default": "ddd mmm dd yyyy HH:MM:ss",
    "shortDate": "m/d/yy",
    "mediumDate": "mmm d, yyyy",
    "longDate": "mmmm d, yyyy",
    "fullDate": "dddd, mmmm d, yyyy",
    "isoDate": "yyyy-mm-dd",
}
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@dataclass(frozen=True, slots=True)
class Post:
    """One line of the list. ``at``: None where the feed gives no date."""

    title: str
    url: str
    at: datetime | None = None
    description: str = ""
    feed_name: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the list is to look."""

    most: int = 5
    sort: bool = True
    template: str = "default"
    date_format: str = DATE_FORMAT
    title_length: int | None = None
    description_length: int | None = None
    unique: bool = False
    categories_template: str = "default"
    seed: str = ""  # of $randomEmoji: the same seed chooses the same, at every run


def listed(posts: Iterable[Post], wishes: Wishes) -> str:
    """The list, newest first: the same posts give the same text."""
    shown = chosen(posts, wishes)
    if wishes.template == "default":
        return "".join(f"\n- [{_inside(one.title)}]({_address(one.url)})" for one in shown) + ("\n" if shown else "")
    return "".join(_filled(wishes, one, place) for place, one in enumerate(shown))


def chosen(posts: Iterable[Post], wishes: Wishes) -> list[Post]:
    """The posts of the list in its order, their texts cut to the wished length."""
    found = [one for one in posts if one.url and one.title.strip()]
    if wishes.sort:
        early = datetime.min.replace(tzinfo=UTC)
        found.sort(key=lambda one: one.at or early, reverse=True)
    if wishes.unique:
        found = _once(found)
    return [_cut(one, wishes) for one in found[: wishes.most]]


def within(wish: str, now: datetime) -> Callable[[datetime | None], bool]:
    """Whether a date passes ``daysAgo/N/``, ``currentMonth`` or ``currentYear``, in UTC; no date always does.

    Raises ConfigError: the wish is another one. An empty one lets everything pass.
    """
    wish = wish.strip()
    days = re.fullmatch(r"daysAgo/ *([0-9]{1,9}) */?", wish)
    if days:
        return lambda at: at is None or now - at <= timedelta(days=int(days[1]))
    shape = {"": "", "currentMonth": "%Y-%m", "currentYear": "%Y"}.get(wish)
    if shape is None:
        raise ConfigError([f"filter_dates is daysAgo/N/, currentMonth or currentYear, not {wish!a}"])
    return lambda at: at is None or at.astimezone(UTC).strftime(shape) == now.astimezone(UTC).strftime(shape)


def between(text: str, tag: str, new: str, *, apart: bool) -> str:
    """The text with ``new`` between its comments ``<!-- TAG:START -->`` and ``<!-- TAG:END -->``.

    ``apart``: on lines of its own. Raises ConfigError where the comments are not there.
    """
    start = re.search(rf"<!-- *{re.escape(tag)}:START.*?-->", text, re.DOTALL)
    end = re.compile(rf"<!-- *{re.escape(tag)}:END").search(text, start.end()) if start else None
    if start is None or end is None:
        raise ConfigError([f"there is no <!-- {tag}:START --> with a <!-- {tag}:END --> behind it; write both into it"])
    line = "\n" if apart else ""
    return f"{text[: start.end()]}{line}{new}{line}{text[end.start() :]}"


def dated(at: datetime, mask: str) -> str:
    """A moment in the masks of the npm package ``dateformat``, always in UTC."""
    mask = mask.removeprefix("UTC:").removeprefix("GMT:")
    at = at.astimezone(UTC)
    hour = at.hour % 12 or 12
    day, month, half = _DAYS[at.weekday()], _MONTHS[at.month - 1], "am" if at.hour < 12 else "pm"
    ordinal = "th" if at.day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(at.day % 10, "th")
    words = {
        "d": str(at.day), "dd": f"{at.day:02}", "ddd": day[:3], "dddd": day,
        "m": str(at.month), "mm": f"{at.month:02}", "mmm": month[:3], "mmmm": month,
        "yy": f"{at.year % 100:02}", "yyyy": f"{at.year:04}",
        "h": str(hour), "hh": f"{hour:02}", "H": str(at.hour), "HH": f"{at.hour:02}",
        "M": str(at.minute), "MM": f"{at.minute:02}", "s": str(at.second), "ss": f"{at.second:02}",
        "l": f"{at.microsecond // 1000:03}", "L": f"{at.microsecond // 10000:02}",
        "t": half[0], "tt": half, "T": half[0].upper(), "TT": half.upper(),
        "o": "+0000", "p": "+00:00", "Z": "UTC", "S": ordinal,
        "N": str(at.isoweekday()), "W": str(at.isocalendar().week),
    }  # fmt: skip
    return _MASK.sub(lambda found: words.get(found[0], found[0].strip("\"'")), _MASKS.get(mask, mask))


def _once(posts: Sequence[Post]) -> list[Post]:
    """One post of each address and each title: what stands on two places is there once."""
    seen: set[str] = set()
    kept = []
    for one in posts:
        names = {urls.key(one.url) or one.url, one.title.strip().casefold()}
        if seen.isdisjoint(names):
            kept.append(one)
        seen |= names
    return kept


def _cut(post: Post, wishes: Wishes) -> Post:
    return replace(
        post,
        title=_shortened(post.title.strip(), wishes.title_length),
        description=_shortened(post.description.strip(), wishes.description_length),
    )


def _shortened(text: str, length: int | None) -> str:
    return text if not length or len(text) <= length else f"{text[:length].strip()}..."


def _filled(wishes: Wishes, post: Post, place: int) -> str:
    """The template with a post in it. In one go: what a title holds is never taken for a part of the template."""
    words = {
        "title": _inside(post.title),
        "url": _address(post.url),
        "description": _plain(post.description),
        "date": dated(post.at, wishes.date_format) if post.at else "",
        "counter": str(place + 1),
        "feedName": post.feed_name,
        "categories": _categories(wishes.categories_template, post.categories),
        "newline": "\n",
    }

    def word(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name:
            return words[name]
        emoji = [one.strip() for one in found[4].split(",")]
        turn = place if found[3] == "emojiKey" else int(sha256(f"{wishes.seed}{place}".encode()).hexdigest(), 16)
        return emoji[turn % len(emoji)]

    return _PLACE.sub(word, wishes.template)


def _categories(template: str, categories: Sequence[str]) -> str:
    if template == "default":
        return _plain(", ".join(categories))
    return "".join(
        re.sub(r"\$category\b|\$newline", lambda found: "\n" if found[0] == "$newline" else _plain(one), template)  # noqa: B023
        for one in categories
    )


def _plain(text: str) -> str:
    """Text on one line that stays text in Markdown and in HTML, and closes no comment."""
    text = " ".join(text.split())
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _inside(text: str) -> str:
    """The same between square brackets."""
    return re.sub(r"([\\\[\]])", r"\\\1", _plain(text))


def _address(url: str) -> str:
    return re.sub(r"[()<>\"'\s]", lambda found: f"%{ord(found[0]):02X}", url)
