"""Reads addresses the way a browser does, and tells when two of them are the same place.

No library at hand is right for this: one leaves `utm_*`, one drops unknown parameters, one writes `%40u` for `@u`, and
all let `javascript:` through (measured, libraries 1.3). RFC 3986, RFC 3492; the lenient reading is WHATWG URL's.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes, urljoin, urlsplit

import idna

from aggregator.text import hosts
from aggregator.text.tables import words

_MAX_LENGTH = 4096  # longer ones are data, not places

_ABSOLUTE = re.compile(r"(https?):[/\\]+([^/\\?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?\Z", re.IGNORECASE | re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_STRIPPED = "".join(map(chr, range(0x21))) + "\x7f\ufeff\u200b\xa0\u3000"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LABELS = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\Z")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_DOT = re.compile(r"/(?:\.|%2e){1,2}(?:/|\Z)", re.IGNORECASE)
_PATH_SAFE = "/%:@!$&'()*+,;=~"
_QUERY_SAFE = _PATH_SAFE + "?"
_LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# Unreserved, and the reserved ones that no server tells apart from their escape: `/%40user` and `/@user`.
_SAME_WHEN_ESCAPED = frozenset(_LETTERS_AND_DIGITS + "-._~@:!$'()*,")

_TRACKING_PREFIXES = ("utm_", "mtm_", "piwik_", "matomo_", "pk_campaign", "pk_kwd", "pk_keyword", "_hs", "__hs")
_TRACKING = words(
    """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid li_fat_id igshid igsh mc_cid mc_eid
    ref_src ref_url mkt_tok oly_anon_id oly_enc_id vero_id vero_conv _openstat hsctatracking wickedid s_cid
    ml_subscriber ml_subscriber_hash rb_clickid at_medium at_campaign pk_source pk_medium pk_content pk_cid xtor
    replytocom
    """
)
_SAME_PAGE = frozenset({"comments", "respond", "top", "content"})
_EXTENSION = re.compile(r"\.(?:html?|php|aspx?|md)\Z", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[-_+\s]+")
_INDEX_PAGES = ("/index.html", "/index.htm")


class _Parts(NamedTuple):
    scheme: str
    host: str  # ASCII, lower case, IPv6 in brackets
    port: str  # "" or ":8080"
    path: str  # starts with "/"
    query: str
    fragment: str


def clean(url: str, base: str | None = None) -> str | None:
    """The address for a reader to click: absolute http(s), nothing in it that only tells who sent the reader.

    `base` is the absolute address that a relative `url` stands on. None: not http(s), no host, or carries a user name.
    Never raises; cleaning twice is cleaning once. Unknown parameters stay (`?p=2501` is an article).
    """
    parts = _parts(url, base)
    if parts is None:
        return None
    return _fits(_join(parts._replace(query=_untracked(parts.query, parts.host), fragment=_landing(parts.fragment))))


def absolute(url: str, base: str | None = None) -> str | None:
    """The same place as `url`, absolute and safely spelled, with every parameter kept: for links inside a text."""
    parts = _parts(url, base)
    return None if parts is None else _fits(_join(parts))


def key(url: str) -> str | None:
    """What two addresses of one place have in common: ``host/path?query``, or None for a home page and for no address.

    Scheme, `www.`, trailing slash, `index.html`, trackers and the spelling of escapes make no difference; the query and
    a fragment that may be an address of its own do (DEF CON's news differ in nothing else).
    """
    parts = _parts(url, None)
    if parts is None:
        return None
    path = _trimmed(_canonical_escapes(parts.path))
    query = _canonical_escapes(_untracked(parts.query, parts.host))
    fragment = _canonical_escapes(_place(parts.fragment))
    if not (path or query or fragment):
        return None
    host = parts.host
    while host.startswith("www.") and host.count(".") > 1:
        host = host.removeprefix("www.")
    return f"{host}{parts.port}{path}{'?' + query if query else ''}{'#' + fragment if fragment else ''}"


def host(url: str) -> str:
    """The host of an http(s) address, lower case, ASCII, IPv6 without brackets; "" where there is none."""
    parts = _parts(url, None)
    return "" if parts is None else parts.host.strip("[]")


def is_home(url: str) -> bool:
    """Tell whether this is the front page of a host, which is no article's identity."""
    return _parts(url, None) is not None and key(url) is None


def name_of(url: str) -> str:
    """The words of an address's last segment, for an entry that has no other title; "" if there are none."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    last = _EXTENSION.sub("", unquote(path.rstrip("/").rpartition("/")[2]))
    return "" if last.isdigit() else _BETWEEN_WORDS.sub(" ", last).strip()


def is_unfit(url: str) -> bool:
    """Tell whether an article must not be known under this address: private, staging, preview, mirror, redirector."""
    parts = _parts(url, None)
    return parts is None or hosts.is_unfit(parts.host.strip("[]"), parts.path)


@lru_cache(maxsize=4096)
def _parts(url: str, base: str | None) -> _Parts | None:
    """Split `url`, or `url` on `base`, into parts that need no more escaping; None if a browser would not go there."""
    if len(url) > _MAX_LENGTH:
        return None
    text = _CONTROL.sub("", url.strip(_STRIPPED))  # feeds wrap long links
    match = _ABSOLUTE.match(text)
    if match is None and base and not _SCHEME.match(text):
        match = _ABSOLUTE.match(_joined(text, base))
    if match is None:
        return None
    scheme, authority, path, query, fragment = match.groups(default="")
    scheme = scheme.lower()
    place = _authority(authority, scheme)
    if place is None:
        return None
    path = _escaped(path.replace("\\", "/"), _PATH_SAFE) or "/"
    return _Parts(scheme, *place, _undotted(path), _escaped(query, _QUERY_SAFE), _escaped(fragment, _QUERY_SAFE))


def escaped(text: str) -> str:
    """`text` as part of an address: what RFC 3986 does not allow percent-encoded, existing escapes as they are."""
    return _escaped(text, _QUERY_SAFE)


def _joined(relative: str, base: str) -> str:
    if len(base) > _MAX_LENGTH:
        return ""
    try:
        return urljoin(_CONTROL.sub("", base.strip(_STRIPPED)), relative.replace("\\", "/"))
    except ValueError:  # urllib's own check of brackets
        return ""


def _join(parts: _Parts) -> str:
    query = "?" + parts.query if parts.query else ""
    fragment = "#" + parts.fragment if parts.fragment else ""
    return f"{parts.scheme}://{parts.host}{parts.port}{parts.path}{query}{fragment}"


def _fits(url: str) -> str | None:
    """Escaping makes longer; what comes out must be good to come in again."""
    return url if len(url) <= _MAX_LENGTH else None


def _authority(authority: str, scheme: str) -> tuple[str, str] | None:
    if "@" in authority or "%40" in authority:
        return None  # a user name: a password in a public document, or a trick (https://bank.example@evil.example)
    name, port = authority, ""
    if name.startswith("["):
        name, closed, rest = name.partition("]")
        if not closed or (rest and not rest.startswith(":")):
            return None
        port = rest[1:]
        literal = _ipv6(name[1:])
    else:
        name, _, port = name.partition(":")
        literal = _name(name)
    if literal is None:
        return None
    if port:
        if not (port.isascii() and port.isdigit() and len(port) < 10) or int(port) > 65535:
            return None
        number = int(port)
        port = "" if number == (443 if scheme == "https" else 80) else f":{number}"
    return literal, port


def _ipv6(text: str) -> str | None:
    try:
        return f"[{IPv6Address(text).compressed}]" if "%" not in text else None
    except ValueError:
        return None


def _name(text: str) -> str | None:
    """A host name in ASCII and lower case (UTS 46), or a dotted IPv4 address for every way of writing one."""
    if "%" in text:
        text = unquote(text, errors="strict") if _valid_utf8(text) else ""
    if not text.isascii():
        try:
            text = idna.encode(text, uts46=True, std3_rules=False, transitional=False).decode("ascii")
        except UnicodeError:  # idna.IDNAError is one
            return None
    text = text.lower().removesuffix(".")
    if len(text) > 253 or not _LABELS.match(text):
        return None
    last = text.rpartition(".")[2]
    return _ipv4(text) if last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last) else text


def _valid_utf8(text: str) -> bool:
    try:
        unquote_to_bytes(text).decode()
    except UnicodeError:
        return False
    return True


def _ipv4(text: str) -> str | None:
    """A browser goes to 127.0.0.1 for ``2130706433``, ``0x7f.1`` and ``0177.0.0.1`` (WHATWG URL, host parsing)."""
    numbers = []
    for piece in text.split("."):
        digits, radix = (piece[2:] or "0", 16) if piece.startswith("0x") else (piece, 8 if piece[:1] == "0" else 10)
        try:
            numbers.append(int(digits, radix) if "_" not in digits else -1)
        except ValueError:
            return None
    *high, low = numbers
    if len(numbers) > 4 or min(numbers) < 0 or any(n > 255 for n in high) or low >= 256 ** (5 - len(numbers)):
        return None
    value = sum(n << (24 - 8 * i) for i, n in enumerate(high)) + low
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def _escaped(text: str, safe: str) -> str:
    """Percent-encode what RFC 3986 does not allow; existing escapes stay as they are."""
    if not text:
        return ""
    return quote(_STRAY_PERCENT.sub("%25", text), safe=safe, errors="replace")


def _undotted(path: str) -> str:
    """Resolve `.` and `..` (RFC 3986 section 5.2.4), `%2e` included, as browsers do."""
    if not _DOT.search(path):
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for index, segment in enumerate(segments):
        plain = segment.lower().replace("%2e", ".")
        if plain == "..":
            del kept[-1:]
        elif plain != ".":
            kept.append(segment)
            continue
        if index == len(segments) - 1:
            kept.append("")
    return "/" + "/".join(kept)


def _trimmed(path: str) -> str:
    path = path.rstrip("/")
    while path.lower().endswith(_INDEX_PAGES):
        path = path[: path.rindex("/")].rstrip("/")
    return path


def _canonical_escapes(text: str) -> str:
    """Escapes that change nothing undone, the others upper case (RFC 3986 section 6.2.2)."""

    def one(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _SAME_WHEN_ESCAPED else match[0].upper()

    return _ESCAPE.sub(one, text) if "%" in text else text


def _untracked(query: str, host: str) -> str:
    if not query:
        return ""
    pieces = query.split("&")
    kept = [piece for piece in pieces if not _is_tracker(piece, host)]
    return query if len(kept) == len(pieces) else "&".join(kept)


def _is_tracker(piece: str, host: str) -> bool:
    name, _, value = piece.partition("=")
    name = name.lower().removeprefix("amp;")  # links that were escaped twice
    if name == "source" and (value.startswith("rss-") or "---" in value):  # Medium: source=rss-USERID------2
        return True
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES) or name in hosts.tracking_on(host)


def _landing(fragment: str) -> str:
    """The fragment without a text directive (`#:~:text=`) and without trackers that ride in it."""
    fragment = fragment.partition(":~:")[0]
    if fragment and all(_is_tracker(piece, "") for piece in fragment.split("&")):
        return ""
    return fragment


def _place(fragment: str) -> str:
    fragment = _landing(fragment)
    return "" if fragment.lower() in _SAME_PAGE else fragment
