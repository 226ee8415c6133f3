"""Which hosts never are the address of an article, because the works they show live somewhere else."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from aggregator.text.tables import words

# Copies of dev.to that were met in stored feeds with the guid rewritten to their own host.
DEV_MIRRORS = frozenset(
    {
        "practicaldev-herokuapp-com.global.ssl.fastly.net",
        "practicaldev-herokuapp-com.freetls.fastly.net",
        "dev.shade.cool",
        "the-lazy-dev.vercel.app",
        "dev.clauneck.workers.dev",
        "02dev.com",
    }
)

_MIRRORS = DEV_MIRRORS | {
    "scribe.rip",
    "freedium.cfd",
    "webcache.googleusercontent.com",
    "web.archive.org",
    "archive.is",
    "archive.ph",
    "archive.today",
    "12ft.io",
}

# Shorteners and click counters: the address behind them is the one that lasts.
_REDIRECTORS = frozenset(
    {
        "t.co",
        "lnkd.in",
        "feedproxy.google.com",
        "bit.ly",
        "buff.ly",
        "ow.ly",
        "tinyurl.com",
        "dlvr.it",
        "goo.gl",
        "ift.tt",
        "is.gd",
        "href.li",
        "rebrand.ly",
        "cutt.ly",
        "rb.gy",
        "trib.al",
        "flip.it",
        "l.facebook.com",
        "lm.facebook.com",
        "l.instagram.com",
        "out.reddit.com",
        "translate.google.com",
    }
)

# What platforms hang on the addresses that people share: who shared it, from where, in which view.
_TRACKING_ON = {
    "medium.com": words("source"),  # a dozen words, beside those that its feeds take to every domain
    "substack.com": words("r s showwelcome triedredirect isfreemail publication_id post_id"),
    "youtube.com": words("si feature pp ab_channel"),
    "youtu.be": words("si feature pp ab_channel"),
    "hashnode.dev": words("source"),
    "hashnode.com": words("source"),
    "wordpress.com": words("share nb"),
    "blogspot.com": words("m"),
    "stackoverflow.com": words("r s sem"),
}

_UNFIT_SUFFIXES = (
    ".local",
    ".localhost",
    ".localdomain",
    ".internal",
    ".intranet",
    ".lan",
    ".home.arpa",
    ".wpcomstaging.com",
    ".wpenginepowered.com",
    ".wpengine.com",
    ".flywheelsites.com",
    ".flywheelstaging.com",
    ".kinsta.cloud",
    ".myftpupload.com",
    ".cloudwaysapps.com",
    ".translate.goog",
    ".ngrok.io",
    ".ngrok.app",
    ".ngrok-free.app",
    ".trycloudflare.com",
    ".loca.lt",
    ".gitpod.io",
    ".github.dev",
    ".githubpreview.dev",
    ".csb.app",
    ".webcontainer.io",
)

# Vercel: project-git-branch-scope, or project-<9 characters of the deployment>-scope. Asking for a digit in
# these nine keeps projects whose own name happens to have a word of nine letters.
_VERCEL_PREVIEW = re.compile(r"-git-|-(?=[a-z]*[0-9])[a-z0-9]{9}-[a-z0-9-]+\Z")


@lru_cache(maxsize=4096)
def tracking_on(host: str) -> frozenset[str]:
    """Parameters (lower case) that on `host` (lower case) say nothing about which page it is."""
    found = (names for domain, names in _TRACKING_ON.items() if host == domain or host.endswith(f".{domain}"))
    return next(found, frozenset())


def is_redirector(host: str, path: str) -> bool:
    """Tell whether `host` (lower case) and `path` only pass a reader on to another address."""
    if host in _REDIRECTORS:
        return True
    if host in ("google.com", "www.google.com"):
        return path == "/url"
    return path.startswith("/m/global-identity")  # Medium's sign-in bounce, on medium.com and on custom domains


def is_preview(host: str) -> bool:
    """Tell whether `host` (lower case) is a deployment that was never meant to be the public one."""
    label, _, rest = host.partition(".")
    if rest in ("netlify.app", "web.app", "netlify.com"):
        return "--" in label
    if rest == "vercel.app":
        return _VERCEL_PREVIEW.search(label) is not None
    return host.endswith(".pages.dev") and host.count(".") > 2  # <deployment>.<project>.pages.dev


@lru_cache(maxsize=4096)
def is_private(host: str) -> bool:
    """Tell whether `host` (lower case, IPv6 without brackets) cannot be reached from the public internet."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host
    inner = getattr(address, "ipv4_mapped", None) or address
    return not inner.is_global or inner.is_multicast


def is_unfit(host: str, path: str) -> bool:
    """Tell whether an article's address must not stay on `host`: private, staging, preview, mirror or redirector."""
    return (
        host in _MIRRORS
        or host.endswith(_UNFIT_SUFFIXES)
        or is_private(host)
        or is_preview(host)
        or is_redirector(host, path)
    )
