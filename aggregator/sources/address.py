"""Reads what people paste where an account is asked for: names, addresses with and without scheme, feed addresses."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from aggregator.errors import ConfigError
from aggregator.sources.kind import Kind
from aggregator.text import urls

FOLDERS = frozenset({"article", "articles", "blog", "blogs", "journal", "news", "notes", "posts", "weblog", "writing"})
"""Folders in which a site keeps a blog; any other name may as well be an article's."""

_IDENTIFIERS = frozenset({"at", "tag", "yt"})


def split(url: str) -> SplitResult | None:
    """Take an absolute http(s) address apart; None for everything else."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and host else None


def opaque(uri: str) -> SplitResult | None:
    """Take an identifier apart that is no web address but names a scheme: ``tag:``, ``at:``, ``yt:``; None for others.

    Its port must not be asked for: ``at://did:plc:...`` has a colon that leads to none.
    """
    try:
        parts = urlsplit(uri.strip()) if len(uri) < 2000 else None
    except ValueError:
        return None
    return parts if parts is not None and parts.scheme in _IDENTIFIERS else None


def pasted(value: str) -> SplitResult | None:
    """Take apart a value that is an address, its scheme left out or not; None for a bare name such as ``@asha``.

    A single word without a slash counts as an address when it has a dot: ``asha.example``.
    """
    if "://" in value:
        return split(value)
    first = value.split("/", 1)[0]
    if value.startswith("@") or " " in value or not ("." in first or ":" in first):
        return None
    return split(f"https://{value}")


def host(parts: SplitResult) -> str:
    """The host in lower case, without ``www.``."""
    return (parts.hostname or "").removeprefix("www.")


def origin(parts: SplitResult) -> str:
    """Scheme, host and port, without a user name."""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def segments(parts: SplitResult) -> list[str]:
    """The parts of the path that are not empty."""
    return [segment for segment in parts.path.split("/") if segment]


def below(parts: SplitResult, base_url: str) -> list[str] | None:
    """The path segments under a base address, or None if the address does not lie there."""
    base = split(base_url)
    if base is None or base.netloc.lower() != parts.netloc.lower():
        return None
    root, path = segments(base), segments(parts)
    return path[len(root) :] if path[: len(root)] == root else None


def within(name: str, domains: tuple[str, ...]) -> bool:
    """Whether a host is one of the domains or lies below one."""
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)


def next_number(url: str, name: str) -> str:
    """The address of the page after this one where a parameter counts them: without it, the second."""
    parts = urlsplit(url)
    others = [one for one in parts.query.split("&") if one and one.partition("=")[0] != name]
    said = next((one.partition("=")[2] for one in parts.query.split("&") if one.partition("=")[0] == name), "1")
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 8 else 1
    return parts._replace(query="&".join([*others, f"{name}={number + 1}"]), fragment="").geturl()


def refusal(kind_name: str, value: str, why: str, accepts: tuple[str, ...]) -> ConfigError:
    """The error for a value that names no source: what is wrong, and what would be right."""
    forms = ", ".join(accepts[:-1]) + (f" or {accepts[-1]}" if len(accepts) > 1 else accepts[0])
    return ConfigError([f'"{value}" {why}; {kind_name} takes {forms}'])


def base(kind: Kind, base_url: str) -> str:
    """A base address as kinds append to it: http(s), no trailing slash, no query."""
    parts = split(base_url)
    if parts is None or parts.query or parts.fragment or urls.clean(base_url) is None:
        raise ConfigError([f'"{base_url}" is no base address; {kind.name} takes one like https://forem.example'])
    return base_url.strip().rstrip("/")
