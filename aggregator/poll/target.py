"""Reads what people type where a source is wanted: a name with its kind, a profile, the address of a feed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from aggregator import sources
from aggregator.config.problems import suggestion
from aggregator.errors import ConfigError
from aggregator.model import Source
from aggregator.sources import Resolved

_FILES = frozenset({"atom", "htm", "html", "json", "md", "opml", "rss", "txt", "xml", "yaml", "yml", "zip"})
_NAMED = re.compile(r"([A-Za-z]+):(?!//)(.*)", re.DOTALL)
_BARE = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?#]\S*)?")
_LOCAL = re.compile(r"(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:.]+\])(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_AROUND = "<>\"'`,; \t\r\n"  # what comes along with an address out of a text
_SLIP = re.compile(r"h?t{1,3}ps?[:;]?/{1,3}(\w[\w-]*\.\w\S*)", re.IGNORECASE)
_ADDRESS = re.compile(r"[/.?#:]")
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*://")
_MAIL = re.compile(r"(?:mailto:)?([\w.+-]+@[\w-]+(?:\.[\w-]+)+)")


@dataclass(frozen=True, slots=True)
class Target:
    """One place to read, as a config would name it: ``kind: value``."""

    kind: str
    value: str
    resolved: Resolved
    page: str | None = None  # that must be read first, to know which account the value names

    @property
    def text(self) -> str:
        """What a person types to mean it: ``dev:asharao``, and of an address the address."""
        return self.value if self.kind == "feed" else f"{self.kind}:{self.value}"

    def source(self, owner: str) -> Source:
        """A source of this owner that stands in no config, to look at only."""
        found = self.resolved
        return Source(
            key=f"{owner}/{self.kind}",
            owner=owner,
            id=self.kind,
            kind=self.kind,
            feed_url=found.feed_url,
            home_page_url=found.home_page_url,
        )


@dataclass(frozen=True, slots=True)
class Account:
    """Somewhere else where the author of a page may publish; nobody has looked yet."""

    target: Target
    reason: str  # for the owner: "its page calls https://... its own"
    mine: bool  # the page says so (``rel=me``); else it only links there


def target(text: str, other: str = "") -> Target:
    """The source that ``dev:asharao``, a profile's address, a site's or a feed's names; ``other``: what else would do.

    An address may come without its scheme, or with ``feed:`` as one.

    Raises:
        ConfigError: no kind of source takes it; with what would be right.
    """
    text = text.strip(_AROUND)
    named = _NAMED.fullmatch(text)
    if named and (kind := named[1].lower()) in sources.kinds():
        return _short(_resolved(kind, _whole(named[2].strip()) if sources.kinds()[kind].anywhere else named[2].strip()))
    if (sign := sources.recognised(text)) is not None:
        return _short(_resolved(sign, text))
    text = _whole(text)
    if not re.match(r"https?://", text, re.IGNORECASE):
        raise ConfigError([_unknown(text, named[1] if named else None, other)])
    return _short(_resolved(sources.platform(text) or "feed", text))


def _whole(text: str) -> str:
    """An address with its scheme; what is none as it is. Servers of one's own machine speak plain HTTP."""
    if text[:7].lower() == "feed://":
        text = text[7:]
    text = text.removeprefix("//")
    if _LOCAL.fullmatch(text):
        return f"http://{text}"
    return f"https://{text}" if _is_bare(text) else text


def account(url: str, *, mine: bool) -> Target | None:
    """The source that an address on somebody's page is; None where it is none, or nothing of theirs.

    ``mine``: the page calls it its own (``rel=me``). Then it may be a site, or an account on a server of Mastodon.
    """
    kind = sources.platform(url)
    if kind is None and not mine:
        return None
    path = urlsplit(url).path.strip("/")
    if kind is None:
        kind = "mastodon" if re.fullmatch(r"@\w+", path) else "feed" if not path else None
    try:
        return _short(_resolved(kind, url)) if kind is not None else None
    except ConfigError:
        return None


def _resolved(kind: str, value: str) -> Target:
    try:
        return Target(kind, value, sources.resolve(kind, value))
    except ConfigError:
        page = sources.kinds()[kind].page(value)
        if page is None:
            raise
        return Target(kind, value, Resolved(page, page, kind, None), page)


def _short(found: Target) -> Target:
    """The same source by its name instead of its address, as people write it in a config, where that is enough."""
    home = found.resolved.home_page_url
    if sources.kinds()[found.kind].anywhere or found.page is not None or not _ADDRESS.search(found.value):
        return found
    pasted = found.value if "://" in found.value else f"https://{found.value}"
    names = [name for url in (home, pasted) if url is not None for name in _names(url)]
    if home is not None and "?" in found.value:  # what came along with an address is nothing for a config
        names.append(home if "://" in found.value else home.partition("://")[2])
    for name in names:
        try:
            same = sources.resolve(found.kind, name)
        except ConfigError:
            continue
        if same.feed_url == found.resolved.feed_url:
            return Target(found.kind, name, same)
    return found


def _names(url: str) -> list[str]:
    """What an account may be called whose page this is."""
    parts = urlsplit(url)
    path = [segment for segment in parts.path.split("/") if segment]
    names = ["/".join(path[: n + 1]) for n in range(len(path))] + path[1:] + [parts.netloc.split(".")[0]]
    return names + [f"{segment}@{parts.netloc}" for segment in path if segment.startswith("@")]


def _is_bare(text: str) -> bool:
    """Whether it is an address without its scheme, and not the name of a file that is not there."""
    host, slash, _ = text.partition("/")
    return bool(_BARE.fullmatch(text)) and (bool(slash) or host.rpartition(".")[2].lower() not in _FILES)


def _unknown(text: str, kind: str | None, other: str) -> str:
    if other and text.rpartition(".")[2].lower() in _FILES:
        return f'there is no file "{text}" here; an address begins with its host, as in asha.example/{text}'
    if slip := _SLIP.fullmatch(text):
        return f'"{text}" is no address; did you mean "https://{slip[1]}"?'
    if _SCHEME.match(text):
        return f'"{text}" is no http(s) address, and only those are read'
    if mail := _MAIL.fullmatch(text):
        return f'"{text}" is an e-mail address; an account on Mastodon is written "@{mail[1]}"'
    known = sources.kinds()
    also = f"{other}, or an address" if other else "an address"
    if kind is None:
        return f'"{text}" says not where: write a kind before it, as in "dev:{text}", or give {also}; {_listed(known)}'
    near = suggestion(kind, known)
    return f'there is no kind "{kind}"{near or f"; {_listed(known)}"}' + (f"; or give {also}" if not near else "")


def _listed(known: Iterable[str]) -> str:
    return f"the kinds are {', '.join(known)}"
