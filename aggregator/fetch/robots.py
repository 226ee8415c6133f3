"""Asks a site whether it lets programs read its pages (RFC 9309), once a day, and takes no for an answer."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Literal
from urllib.parse import unquote, urlsplit
from urllib.robotparser import RobotFileParser

from aggregator.fetch.client import Fetcher
from aggregator.model import Failed, Fetched, Gone, Request

AGENT = "article-aggregator"  # the product token: how the User-Agent of every request begins

Verdict = Literal["allowed", "disallowed", "unknown"]

_ACCEPT = "text/plain, */*;q=0.1"
_KEPT = timedelta(hours=24)  # RFC 9309 section 2.4
_RETRY = timedelta(hours=1)  # after no answer
_MOST = 128  # origins remembered, each with up to 500 KiB
_MAX_LENGTH = 500 * 1024  # RFC 9309 section 2.5
_MAX_DELAY_S = 60
_SECONDS = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Permission:
    """What a site says to one address; "unknown": it did not answer, so not now."""

    verdict: Verdict
    delay_s: int = 0  # it wants between two requests, at most 60


@dataclass(frozen=True, slots=True)
class _Kept:
    text: str | None  # None: no answer
    until: datetime


class Robots:
    """What the robots.txt of the last hundred or so origins said, asked through the one guarded ``fetcher``."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def ask(self, url: str, now: datetime, kind: str = "feed") -> Permission:
        """Whether ``url`` (absolute, http or https) may be read at ``now``; ``kind`` is its source's.

        Never raises for what a server does.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        kept = self._kept.get(origin)
        if kept is None or kept.until <= now:
            text = await self._read(Request(f"{origin}/robots.txt", accept=_ACCEPT, kind=kind))
            kept = self._kept[origin] = _Kept(text, now + (_RETRY if text is None else _KEPT))
        self._kept.move_to_end(origin)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        if kept.text is None:
            return Permission("unknown")
        rules = _rules(kept.text, AGENT, url)
        verdict: Verdict = "allowed" if rules.can_fetch(AGENT, url) else "disallowed"
        return Permission(verdict, _delay_s(rules, AGENT))

    async def _read(self, request: Request) -> str | None:
        """The text; "" where there is none, which allows everything; None: a server in trouble (section 2.3.1)."""
        outcome = await self._fetcher.fetch(request)
        if isinstance(outcome, Fetched):
            return _whole_lines(outcome.body.decode("utf-8-sig", "replace"))
        refused = isinstance(outcome, Failed) and outcome.status is not None and 400 <= outcome.status < 500
        return "" if refused or isinstance(outcome, Gone) else None


def allows(text: str, agent: str, url: str) -> bool:
    """Whether a robots.txt lets ``agent`` (a product token) read ``url``. Pure; what is no rule says nothing."""
    return _rules(text, agent, url).can_fetch(agent, url)


def crawl_delay_s(text: str, agent: str) -> int:
    """Whole seconds that a robots.txt wants ``agent`` to leave between two requests: 0 to 60."""
    return _delay_s(_rules(text, agent, ""), agent)


def _delay_s(rules: RobotFileParser, agent: str) -> int:
    return min(int(rules.crawl_delay(agent) or 0), _MAX_DELAY_S)


# ── what the library cannot read, said in what it can ───────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Group:
    rules: dict[str, bool] = field(default_factory=dict)  # pattern -> allowed
    delay: int | None = None


def _rules(text: str, agent: str, url: str) -> RobotFileParser:
    """The rules for ``agent``, and of them the one that decides about ``url``.

    The library takes the first rule that fits, knows no wildcards, forgets a group at an empty line, sees only the
    first of two groups for one agent, and takes an agent ``a`` for everyone with an "a" in the name (Python 3.11).
    RFC 9309 section 2.2 says otherwise on each, and real files count on it.
    """
    parts = urlsplit(url)
    path = unquote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    groups = _groups(_whole_lines(text), {agent, "*"})
    parser = RobotFileParser()
    parser.parse([line for name in (agent, "*") if name in groups for line in _lines(name, groups[name], path)])
    return parser


def _whole_lines(text: str) -> str:
    """As much of it as is read; half a rule would be another one."""
    return text if len(text) <= _MAX_LENGTH else text[:_MAX_LENGTH].rpartition("\n")[0]


def _groups(text: str, names: Collection[str]) -> dict[str, _Group]:
    """The groups for these agents (lower case); those of one agent joined."""
    groups: dict[str, _Group] = {}
    named: dict[str, _Group] = {}  # the agents that the rules which follow are for
    ruled = True
    for line in text.splitlines():
        name, _, value = line.partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "user-agent":
            named = {} if ruled else named
            ruled = False
            if (agent := value.lower()) in names:
                named[agent] = groups.setdefault(agent, _Group())
        elif name in ("allow", "disallow"):
            ruled = True
            for group in named.values():
                group.rules[value] = name == "allow" or group.rules.get(value, False)
        elif name == "crawl-delay" and _SECONDS.fullmatch(value):
            ruled = True
            for group in named.values():
                group.delay = ceil(float(value))
    return groups


def _lines(name: str, group: _Group, path: str) -> Iterator[str]:
    yield f"User-agent: {name}"
    if group.delay is not None:
        yield f"Crawl-delay: {group.delay}"
    # The longest pattern decides, and of two of one length the one that allows; where none fits, all is allowed.
    fitting = ((len(pattern), allowed) for pattern, allowed in group.rules.items() if _fits(unquote(pattern), path))
    yield "Allow: /" if max(fitting, default=(0, True))[1] else "Disallow: /"


def _fits(pattern: str, path: str) -> bool:
    """Whether a path begins like the pattern, in which ``*`` is anything and ``$`` the end. Linear in both."""
    if not pattern.startswith(("/", "*")):
        return False
    whole = pattern.endswith("$")
    first, *pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not pieces:
        return path == first if whole else True
    place = len(first)
    for piece in pieces[:-1] if whole else pieces:
        place = path.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return not whole or (path.endswith(pieces[-1]) and len(path) - len(pieces[-1]) >= place)
