"""What parse and normalize make of one document, as plain data that a person can review."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path

from aggregator.errors import ParseError
from aggregator.model import Source
from aggregator.normalize import normalize
from aggregator.parse import parse

DOCUMENTS = Path(__file__).parent / "documents"
URL = "https://pumps.example/feed.xml"
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
SOURCE = Source(key="ines/pumps", owner="ines", id="pumps", kind="feed", feed_url=URL)
_TYPES = {".json": "application/feed+json", ".rss": "application/rss+xml", ".xml": "text/xml"}


def documents() -> list[Path]:
    """Every document of the corpus."""
    return sorted(path for path in DOCUMENTS.iterdir() if not path.name.endswith(".expected.json"))


def expectation(document: Path) -> Path:
    """Where it stands what is expected of a document."""
    return document.with_name(f"{document.name}.expected.json")


def outcome(document: Path) -> str:
    """The feed, then each item: what was read (where that says more than the entry), and what it became."""
    try:
        feed = parse(document.read_bytes(), _TYPES[document.suffix], URL)
    except ParseError as error:
        return _written({"error": type(error).__name__, "message": str(error)})
    facts = {name: value for name, value in _facts(feed).items() if name != "entries"}
    entries = []
    for raw in feed.entries:
        taken = normalize(raw, feed, SOURCE, NOW)
        entries.append({"raw": _facts(raw), type(taken).__name__.lower(): _facts(taken)})
    return _written({"feed": facts, "entries": entries})


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _facts(value: object) -> dict[str, object]:
    """The fields that differ from their defaults."""
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no fields")
    found: dict[str, object] = {}
    for each in fields(value):
        said = getattr(value, each.name)
        default = each.default_factory() if each.default_factory is not MISSING else each.default
        if said != default:
            found[each.name] = _plain(said)
    return found


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return _facts(value) if is_dataclass(value) else value
