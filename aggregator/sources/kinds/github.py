"""GitHub: the releases of one repository, or those in the public activity of a person or organisation."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import SplitResult, unquote, urlsplit

from aggregator.model import ParsedFeed, RawEntry, RawText, Skipped
from aggregator.sources.address import below, host, pasted, refusal, segments, split
from aggregator.sources.kind import Kind, Resolved

ORIGIN = "https://github.com"
PLATFORM = "github.com"
HOSTS = (PLATFORM,)

# First path segments that are pages of the platform and no account.
_PAGES = (
    "about account apps blog codespaces collections contact copilot customer-stories dashboard enterprise events"
    " explore features git-guides issues join login logout marketplace mobile new notifications organizations"
    " pricing pulls readme resources search security sessions settings signup site solutions sponsors stars team topics"
    " trending users"
)
RESERVED = frozenset(_PAGES.split())

ACCEPTS = (
    "a repository, for its releases (asharao/ledger, https://github.com/asharao/ledger)",
    "the tags of one (https://github.com/asharao/ledger/tags)",
    "an account, for the releases of all its repositories (asharao, https://github.com/asharao)",
)

_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]{1,100}")
_SSH = re.compile(r"(?:ssh://)?git@github\.com[:/]")
_SLUG_BREAK = re.compile(r"[^a-z0-9]+")


def resolve(value: str, base_url: str | None) -> Resolved:
    """The feed of releases of a repository, or the activity of an account; ``base_url`` names another GitHub."""
    home = base_url or ORIGIN
    path = _path(value, base_url)
    if path[0].lower() in RESERVED:
        raise refusal("github", value, "is a page of the platform and nobody's account", ACCEPTS)
    owner = path[0].removesuffix(".atom") if len(path) == 1 else path[0]
    if not _OWNER.fullmatch(owner):
        raise refusal("github", value, "is no name of an account (letters, digits and -)", ACCEPTS)
    if len(path) == 1:
        return Resolved(f"{home}/{owner}.atom", f"{home}/{owner}", "github", "GitHub")
    name = path[1].removesuffix(".git")
    if not _REPOSITORY.fullmatch(name) or name in (".", ".."):
        raise refusal("github", value, "is no name of a repository", ACCEPTS)
    page = path[2].removesuffix(".atom") if len(path) > 2 else "releases"
    if page not in ("releases", "tags") or len(path) > 3:
        raise refusal("github", value, f'is one page of a repository; did you mean "{owner}/{name}"?', ACCEPTS)
    id_ = f"github-{_SLUG_BREAK.sub('-', name.lower()).strip('-')}".rstrip("-")
    return Resolved(f"{home}/{owner}/{name}/{page}.atom", f"{home}/{owner}/{name}/{page}", id_, f"{name} on GitHub")


def _path(value: str, base_url: str | None) -> list[str]:
    """Owner, repository and page, as far as they are named."""
    first = value.split("/", 1)[0].lower().removeprefix("www.")
    if _SSH.match(value):
        path = _SSH.sub("", value).split("/")
    elif "://" in value or first == PLATFORM:
        path = _pasted(value, base_url)
    elif "." in first and not first.endswith(".atom"):
        raise refusal("github", value, f"is not on {base_url or PLATFORM}", ACCEPTS)
    else:
        path = value.removeprefix("@").strip("/").split("/")
    if path[:1] == ["orgs"]:
        path = path[1:2]
    if not path or not path[0]:
        raise refusal("github", value, "names no account", ACCEPTS)
    return path


def _pasted(value: str, base_url: str | None) -> list[str]:
    parts = pasted(value)
    if parts is None:
        raise refusal("github", value, "is no address that can be read", ACCEPTS)
    path = below(parts, base_url) if base_url else None
    if path is not None:
        return path
    if host(parts) == f"gist.{PLATFORM}":
        name = (segments(parts) or ["asharao"])[0]
        raise refusal("github", value, f'shows gists; write "feed: https://gist.{PLATFORM}/{name}.atom"', ACCEPTS)
    if host(parts) != PLATFORM:
        raise refusal("github", value, f"is not on {base_url or PLATFORM}", ACCEPTS)
    return segments(parts)


# ── identity ────────────────────────────────────────────────────────────────────────────────────────────────────────

_RELEASE_ID = re.compile(r"github\.com,2008:Repository/(\d{1,20})/(.{1,300})")


def identity(parts: SplitResult) -> str | None:
    """Repository and tag; from a guid the repository's number, which stays when it is renamed or given away."""
    if parts.scheme == "tag":
        found = _RELEASE_ID.fullmatch(parts.path)
        return f"{found[1]}/{found[2]}" if found else None
    path = segments(parts)
    if host(parts) != PLATFORM or len(path) < 5 or path[2:4] != ["releases", "tag"]:
        return None
    return f"{path[0]}/{path[1]}".lower() + f"/{unquote('/'.join(path[4:]))}"


def listing(parts: SplitResult) -> bool:
    """Accounts, and what lists the work on a repository: many events of an activity share such an address."""
    path = segments(parts)
    if len(path) < 2 or path[0] in RESERVED | {"orgs"}:
        return True
    return len(path) > 2 and path[2] in {
        "branches",
        "commit",
        "commits",
        "compare",
        "network",
        "stargazers",
        "tags",
    } | ({"releases"} if path[3:4] != ["tag"] else set[str]())


# ── items ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_EVENT = re.compile(r"tag:github\.com,2008:(\w{1,60}Event)/\d")
_VERSION = re.compile(r"(?:(?:release|version)\s{0,3})?v?\d[\w.+-]{0,60}", re.IGNORECASE)
_EMPTY = re.compile(r"\s*(?:<p>\s*)?No content\.?\s*(?:</p>\s*)?")


def refine(raw: RawEntry, feed: ParsedFeed) -> RawEntry | Skipped:
    """A release under the name of its repository; of an activity nothing else, and without the dashboard's markup."""
    event = _EVENT.match(raw.guid or "")
    if event is not None and event[1] != "ReleaseEvent":
        return Skipped(raw.title.value[:200], "activity on GitHub, not a release")
    parts = split(raw.url or "")
    path = segments(parts) if parts is not None and host(parts) == PLATFORM else []
    picture = raw.image if raw.image and "avatars" not in raw.image.url else None
    if event is not None:
        named = [path[1], unquote("/".join(path[4:]))] if len(path) > 4 else []
        title = RawText(" ".join(named), "text") if named else raw.title
        return replace(raw, title=title, content=RawText(), summary=RawText(), image=picture)
    title = raw.title
    if len(path) > 4 and _VERSION.fullmatch(title.value.strip()):
        title = RawText(f"{path[1]} {title.value.strip()}", "text")
    content = RawText() if _EMPTY.fullmatch(raw.content.value) else raw.content
    return replace(raw, title=title, content=content, image=picture)


def older(feed: ParsedFeed, asked: str) -> str | None:
    """Releases and tags are counted from the last tag of a page; the activity of an account has no more pages."""
    last = split(feed.entries[-1].url or "") if feed.entries else None
    path = segments(last) if last is not None else []
    if len(path) < 5 or path[2:4] != ["releases", "tag"] or urlsplit(asked).path.count("/") < 3:
        return None
    return urlsplit(asked)._replace(query=f"after={'/'.join(path[4:])}", fragment="").geturl()


KIND = Kind(
    name="github",
    label="GitHub",
    accepts=ACCEPTS,
    resolve=resolve,
    sign=re.compile(r"(?:ssh://)?git@github\.com[:/]\S+"),
    hosts=HOSTS,
    identity=identity,
    listing=listing,
    refine=refine,
    older=older,
    rank=25,
    spacing_s=1.0,
)
