"""The value types of the config: durations, sizes, addresses, ids and rules, each with its own words for mistakes."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import date, datetime
from ipaddress import ip_address, ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from aggregator.config.problems import FromEnvironment, listed, noun, suggestion
from aggregator.errors import ConfigError
from aggregator.text.characters import xml_safe
from aggregator.text.patterns import finder


def wrong(message: str, *, key: str = "", nearest: str = "") -> PydanticCustomError:
    """A mistake in words.

    ``{value}`` stands for the value, which the report shows or hides; so it does with ``nearest``, what would be right.
    ``key`` is the key below this one that is to blame.
    """
    return PydanticCustomError("config", "{message}", {"message": message, "key": key, "nearest": nearest})


def _text(value: str) -> str:
    if not value.strip():
        raise wrong("is empty")
    if value != xml_safe(value):
        stray = next(one for one in value if not xml_safe(one))
        raise wrong(f"holds a character that no feed can carry (U+{ord(stray):04X}); type it anew without")
    return value.strip()


Text = Annotated[str, AfterValidator(_text), Field(min_length=1)]


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _whole(value: object) -> object:
    return int(value) if isinstance(value, FromEnvironment) and value.isdecimal() else value


def _flag(value: object) -> object:
    return value == "true" if isinstance(value, FromEnvironment) and value in ("true", "false") else value


Whole = Annotated[int, BeforeValidator(_whole)]
Flag = Annotated[bool, BeforeValidator(_flag)]

_UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h|d|w))+")
_UNITS_BYTES = {
    "": 1,
    "B": 1,
    "kB": 1000,
    "KB": 1000,
    "KiB": 1024,
    "MB": 1000**2,
    "MiB": 1024**2,
    "GB": 1000**3,
    "GiB": 1024**3,
}
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,9})?) ?([A-Za-z]{0,3})")


def _seconds(value: object) -> float:
    """Seconds from ``1h30m``, ``30s``, ``7d``, ``500ms`` or a number of seconds."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not 0 <= value < 1e9:
            raise wrong("must be 0 or more, at most 1000000000 seconds")
        return float(value)
    if not isinstance(value, str) or not _DURATION.fullmatch(value.strip()):
        raise wrong("{value} is no duration; write one like 30s, 15m, 1h30m or 7d, or a number of seconds")
    return sum(float(n) * _UNITS_S[unit] for n, unit in re.findall(r"([\d.]+)(ms|s|m|h|d|w)", value))


def _some_seconds(value: object) -> float:
    seconds = _seconds(value)
    if not seconds:
        raise wrong("must be more than 0")
    return seconds


def _size(value: object) -> int:
    """Bytes from ``10MiB``, ``5MB`` or a number of bytes."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    match = _SIZE.fullmatch(text)
    if match is None or match[2] not in _UNITS_BYTES:
        raise wrong("{value} is no size; write one like 10MiB, 5MB or 512KiB, or a number of bytes")
    size = int(float(match[1]) * _UNITS_BYTES[match[2]])
    if not 1024 <= size <= 2**31:
        raise wrong("must be 1KiB or more, at most 2GiB")
    return size


_SECONDS_SCHEMA = {
    "type": ["string", "number"],
    "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d|w))+$|^\$\{|^[0-9]+$",
    "minimum": 0,
}
Seconds = Annotated[float, PlainValidator(_seconds), WithJsonSchema(_SECONDS_SCHEMA)]
SomeSeconds = Annotated[float, PlainValidator(_some_seconds), WithJsonSchema(_SECONDS_SCHEMA)]
Size = Annotated[
    int,
    PlainValidator(_size),
    WithJsonSchema(
        {"type": ["string", "integer"], "pattern": r"^[0-9]+(\.[0-9]+)? ?([kKMG]i?)?B?$|^\$\{", "minimum": 1024}
    ),
]


def _backfill(value: object) -> int | None:
    if value == "none":
        return 0
    if value == "all":
        return None
    if isinstance(value, str) and value.isdecimal() and isinstance(value, FromEnvironment):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise wrong("must be none, all or a number of articles, not {value}")


Backfill = Annotated[
    int | None,
    PlainValidator(_backfill),
    WithJsonSchema({"anyOf": [{"enum": ["none", "all"]}, {"type": "integer", "minimum": 0}]}),
]


# ── names and addresses ─────────────────────────────────────────────────────────────────────────────────────────────

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_HOST = re.compile(r"[^\s/?#@<>\"'\\]+")
_HOSTNAME = re.compile(r"\*?[A-Za-z0-9_.-]+")
_DATABASES = ("sqlite", "postgresql", "postgres")


def _slug(value: str) -> str:
    if _SLUG.fullmatch(value):
        return value
    near = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
    raise wrong("{value} is no id; use a-z, 0-9 and -, beginning with a letter or digit", nearest=near[:63])


Slug = Annotated[str, AfterValidator(_slug), WithJsonSchema({"type": "string", "pattern": f"^{_SLUG.pattern}$"})]


def _address(value: str) -> str:
    value = value.strip()
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        named = bool(_HOST.fullmatch(host)) and (parts.port is None or parts.port > 0)
        named = named and not re.search(r"(^|\.)-|-(\.|$)", host)
    except ValueError:
        named = False
    if not named or parts.scheme not in ("http", "https") or re.search(r"[\s\x00-\x1f]", value):
        bare = "." in value and ":" not in value and " " not in value
        raise wrong("{value} is no http(s) address", nearest=f"https://{value}" if bare else "")
    return value


def _public_address(value: str) -> str:
    value = _address(value)
    if "@" in urlsplit(value).netloc:  # the message does not show it: it may be a secret
        raise wrong("an address here must not hold a user name or a password")
    return value


def _base_url(value: str) -> str:
    parts = urlsplit(_address(value))
    if parts.query or parts.fragment or "?" in value or "#" in value or "@" in parts.netloc:
        raise wrong("{value} must end with the host or a path: no query, no fragment, no user name")
    return value.strip().rstrip("/")


def _contact(value: str) -> str:
    address = value.removeprefix("mailto:")
    if re.fullmatch(r"[^\s@:/]+@[^\s@:/]+\.[^\s@:/]+", address):
        return value
    return _address(value)


def _private_host(value: str) -> str:
    try:
        if "/" in value or (value.count(":") > 1 and not value.startswith("[")):
            ip_network(value)
            return value
        host, _, port = value.rpartition(":") if re.search(r":\d+$", value) else (value, "", "80")
        if host.startswith("["):
            ip_address(host.strip("[]"))
            host = "ip"
        if _HOSTNAME.fullmatch(host) and 0 < int(port) < 65_536:
            return value
    except ValueError:
        pass
    raise wrong("{value} is no host, host:port or network such as 10.0.0.0/8")


def _database_url(value: str) -> str:
    scheme, found, _ = value.partition("://")
    if not found or scheme.partition("+")[0] not in _DATABASES:
        raise wrong("must begin with sqlite:/// or postgresql://")
    return value


HttpUrl = Annotated[
    str, AfterValidator(_public_address), WithJsonSchema({"type": "string", "pattern": r"^https?://[^\s]+$|\$\{"})
]
ReceiverUrl = Annotated[  # of what is sent, and never shown to anybody: it may name a user
    str, AfterValidator(_address), WithJsonSchema({"type": "string", "pattern": r"^https?://[^\s]+$|\$\{"})
]
BaseUrl = Annotated[
    str, AfterValidator(_base_url), WithJsonSchema({"type": "string", "pattern": r"^https?://[^\s?#]+$|\$\{"})
]
Contact = Annotated[str, AfterValidator(_contact)]
PrivateHost = Annotated[str, AfterValidator(_private_host)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]


# ── for receivers ───────────────────────────────────────────────────────────────────────────────────────────────────

_HANDLE = re.compile(r"@?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|did:[a-z]+:[A-Za-z0-9._:-]+)")
PLACES = ("title", "url", "summary", "authors", "tags")  # of a template; aggregator/notify/posts.py fills them


def _secrets(value: object) -> tuple[str, ...]:
    """One secret or several. Behind ``whsec_`` stand 24 to 64 bytes in base64 (Standard Webhooks)."""
    found = value if isinstance(value, list) else [value]
    if not found:
        raise wrong("is empty")
    for one in found:
        if not isinstance(one, str):
            raise wrong(f"must be text, not {noun(one)}")
        if not one.strip():
            raise wrong("is empty")
        if one.startswith("whsec_") and not _is_key(one.removeprefix("whsec_")):
            raise wrong('must have 24 to 64 bytes in base64 behind "whsec_"; `openssl rand -base64 32` makes some')
    return tuple(str(one).strip() for one in found)


def _is_key(text: str) -> bool:
    try:
        return 24 <= len(b64decode(text.strip(), validate=True)) <= 64
    except ValueError:
        return False


def _handle(value: str) -> str:
    match = _HANDLE.fullmatch(value.strip())
    if match is None:
        raise wrong("{value} is no handle; write one like asha.bsky.social")
    return match[1]


def _template(value: str) -> str:
    for name in re.findall(r"\{([^{}]*)\}", value):
        if name not in PLACES:
            raise wrong(f'nothing stands for "{{{name}}}"; there are {listed(f"{{{one}}}" for one in PLACES)}')
    if "{url}" not in value:
        raise wrong('needs "{url}", or nobody finds the article')
    return value


Secrets = Annotated[
    tuple[str, ...],
    PlainValidator(_secrets),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "string", "minLength": 1}}]}
    ),
]
Handle = Annotated[str, AfterValidator(_handle)]
Template = Annotated[str, AfterValidator(_template)]


def fits(shape: Any, value: str) -> bool:
    """Whether a text is one of these types: ``Slug``, ``HttpUrl``, ``PrivateHost``."""
    try:
        TypeAdapter(shape).validate_python(value)
    except ValidationError:
        return False
    return True


# ── dates ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _date(value: object) -> str:
    """A year, a month, a day or a moment with its offset, as text; nothing is added to it."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    try:
        if re.fullmatch(r"[12]\d{3}(-\d{2}){0,2}", text):
            date.fromisoformat(f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01"[:10])
            return text
        if re.match(r"\d{4}-\d{2}-\d{2}[Tt ]", text) and datetime.fromisoformat(text.upper()).tzinfo is not None:
            return text
    except ValueError:
        pass
    raise wrong("{value} is no date; write 2018, 2018-12, 2018-12-31 or 2018-12-31T09:30:00Z")


Date = Annotated[
    str,
    PlainValidator(_date),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^[12][0-9]{3}(-[0-9]{2}){0,2}"}, {"type": "integer"}]}),
]


# ── rules ───────────────────────────────────────────────────────────────────────────────────────────────────────────

RULE_FIELDS = ("title", "url", "tag", "text", "author")
Rules = tuple[tuple[str, str], ...]


def _rules(value: object) -> Rules:
    """``{title: kafka, tag: [a, b]}`` or a list of such: (field, pattern) pairs in order."""
    if isinstance(value, str):
        raise wrong('say where to look, as in {title: "kafka"}')
    found: list[tuple[str, str]] = []
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            raise wrong(f"must be a mapping from {listed(RULE_FIELDS)} to a pattern, not {noun(item)}")
        for name, patterns in item.items():
            if name not in RULE_FIELDS:
                raise wrong(f'unknown field "{name}"; there are {listed(RULE_FIELDS)}{suggestion(name, RULE_FIELDS)}')
            several = patterns if isinstance(patterns, list) else [patterns]
            found.extend((name, _pattern(name, pattern)) for pattern in several)
    return tuple(found)


def _pattern(name: str, pattern: object) -> str:
    if not isinstance(pattern, str):
        raise wrong(f"the pattern for {name} must be text, not {noun(pattern)}")
    try:
        finder(pattern)
    except ConfigError as error:
        shown = "" if isinstance(pattern, FromEnvironment) or not 0 < len(pattern) <= 80 else f'"{pattern}" '
        raise wrong(f"the pattern {shown}for {name} {error}") from None
    return pattern


RULE_SCHEMA: dict[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        name: {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]} for name in RULE_FIELDS
    },
}
RuleSet = Annotated[
    Rules,
    PlainValidator(_rules),
    WithJsonSchema({"anyOf": [RULE_SCHEMA, {"type": "array", "items": RULE_SCHEMA}]}),
]
