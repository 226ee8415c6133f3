"""Stack Overflow and its sister sites: somebody's questions and answers, without comments."""

from __future__ import annotations

import re
from urllib.parse import SplitResult

from aggregator.model import ParsedFeed, RawEntry, Skipped
from aggregator.sources.address import below, host, origin, pasted, refusal, segments, within
from aggregator.sources.kind import Kind, Resolved
from aggregator.sources.markup import as_content

ORIGIN = "https://stackoverflow.com"
NETWORK = "stackexchange.com"
HOSTS = (
    *("stackoverflow.com", NETWORK, "serverfault.com", "superuser.com", "askubuntu.com", "mathoverflow.net"),
    "stackapps.com",
)

ACCEPTS = (
    'the number of a user ("22656")',
    "a profile (https://stackoverflow.com/users/22656/asha-rao, also on sister sites)",
)

_NUMBER = re.compile(r"[1-9]\d{0,11}")


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of a user; ``base_url`` names another installation."""
    home, number = _user(value, base_url)
    title = "Stack Overflow" if home == ORIGIN or base_url else home.partition("://")[2]
    return Resolved(f"{home}/feeds/user/{number}", f"{home}/users/{number}", "stackoverflow", title)


def _user(value: str, base_url: str | None) -> tuple[str, str]:
    if _NUMBER.fullmatch(value):
        return base_url or ORIGIN, value
    parts = pasted(value)
    if parts is None:
        why = "is no address that can be read" if "/" in value else "is no number; names are not unique there"
        raise refusal("stackoverflow", value, why, ACCEPTS)
    path = below(parts, base_url) if base_url else None
    if path is None:
        if not within(host(parts), HOSTS):
            where = "a site of Stack Exchange" if base_url is None else base_url
            raise refusal("stackoverflow", value, f"is not on {where}", ACCEPTS)
        path = segments(parts)
    if host(parts) == NETWORK:
        raise refusal("stackoverflow", value, "is a profile of the network; take the one of a site", ACCEPTS)
    if path[:2] == ["feeds", "user"]:
        path = ["users", *path[2:]]
    if len(path) > 1 and path[0] == "users" and _NUMBER.fullmatch(path[1]):
        return base_url or origin(parts).replace("http://", "https://").replace("://www.", "://"), path[1]
    why = "is one question" if path[:1] in (["questions"], ["q"], ["a"]) else "is no profile of a user"
    raise refusal("stackoverflow", value, why, ACCEPTS)


def identity(parts: SplitResult) -> str | None:
    """The number of the question or answer, which count together, and the site."""
    name, path = host(parts), segments(parts)
    if not within(name, HOSTS) or parts.fragment.startswith("comment"):
        return None
    number = ""
    if path[:1] in (["a"], ["q"]) and len(path) > 1:
        number = path[1]
    elif path[:1] == ["questions"] and len(path) > 1:
        answer = parts.fragment or (path[3] if len(path) > 3 else "")
        number = answer.removeprefix("answer-") if answer else path[1]
    return f"{number}@{name}" if _NUMBER.fullmatch(number) else None


def listing(parts: SplitResult) -> bool:
    """Everything but a question and its answers."""
    path = segments(parts)
    return len(path) < 2 or path[0] not in ("a", "q", "questions") or not path[1].isdigit()


def refine(raw: RawEntry, feed: ParsedFeed) -> RawEntry | Skipped:
    """What the feed calls a summary is the whole text. Comments are left out: nobody reads one by itself."""
    by = tuple(f"Comment by {person.name} on " for person in (*raw.authors, *feed.authors))
    if "#comment" in (raw.guid or "") or "#comment" in (raw.url or "") or raw.title.value.startswith(by):
        return Skipped(raw.title.value[:200], "a comment, neither a question nor an answer")
    return as_content(raw)


KIND = Kind(
    name="stackoverflow",
    label="Stack Overflow",
    accepts=ACCEPTS,
    resolve=resolve,
    hosts=HOSTS,
    identity=identity,
    listing=listing,
    refine=refine,
    rank=35,
    min_interval_s=600,
    spacing_s=2.0,
)
