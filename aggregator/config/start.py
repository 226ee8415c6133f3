"""Writes the first config of an owner: the few lines that somebody careful would have written, and what they mean."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import orjson

from aggregator.config.rewrite import word
from aggregator.config.schema import schema
from aggregator.errors import ConfigError

SCHEMA_NAME = "aggregator.schema.json"
# Of config/aggregator.yaml as it comes with the program: nobody's words are lost where that is replaced.
SAMPLE_DIGEST = "f0dfd6de0e3d0ebec520473c3def4777"

_REFERENCE = re.compile(r"\$\{[^{}]*\}")  # to a variable; what is no complete one is text without an escape


@dataclass(frozen=True, slots=True)
class Line:
    """One source: as it stands in a config, and what is said behind it."""

    item: Mapping[str, str]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """What a first config says."""

    owner: str
    name: str
    home_page_url: str | None
    lines: Sequence[Line]
    offered: Sequence[Line] = ()  # found, and left to the owner
    allow_private: Sequence[str] = ()


_TOP = """\
# yaml-language-server: $schema={schema}
#
# What is collected, from whom, and how. `aggregator init` wrote it, and from now on it is yours. Change it while the
# service runs: a good edit is live at once, a broken one changes nothing and says what is wrong (so does
# `aggregator check`).

site:
  title: {name}
  # The address under which the world reaches this service; every link in every feed begins with it. Set it before you
  # give out the address of a feed.
  base_url: http://127.0.0.1:8000

# Where articles are kept. For PostgreSQL: postgresql://user@host/name, or set AGGREGATOR_DATABASE_URL, which wins.
database_url: sqlite:///data/aggregator.db

fetch:
  # Say who asks: a page or a mail address of yours goes into the User-Agent, so that nobody has to block you unheard.
  {contact}
  min_interval: 1h # no source is asked more often than this
{private}
owners:
  - id: {id} # first part of the addresses: /{id}/rss.xml, /{id}/index.json
    name: {name}
    {home}
    sources:
{sources}
"""
_MORE = """
    # What else can be said. Take the marks off and make it yours; docs/owners.md has every key.
    # prefer: [site, dev, medium] # whose copy is the original when nothing else tells; `site` is your own domain
    # entries: # what no feed carries
    #   - kind: talk # article, story, publication, talk, award or project
    #     title: Queues without tears
    #     url: https://conference.example/2018/queues
    #     date: 2018-12 # as exact as you know it
    # tags: # one idea, one name
    #   distributed-systems: {label: Distributed Systems, aliases: [distributedsystems, distsys]}
    # featured: [] # addresses of articles to put first
    # hide: [] # addresses of articles to show nowhere

# Tell a static site to build itself again when something new is out. Secrets come from the environment.
# webhooks:
#   - {url: "${DEPLOY_HOOK}", kind: deploy}
"""


def text(start: Start) -> str:
    """The config in YAML."""
    home = f"home_page_url: {_word(start.home_page_url)}" if start.home_page_url else "# home_page_url: https://..."
    offered = [f"      # {line}".rstrip() for one in start.offered for line in _source(one)]
    if offered:
        offered.insert(0, "      # Found beside them. Take the mark off what is yours:")
    private = (
        f"  allow_private: [{', '.join(map(_word, start.allow_private))}] # on a private network, asked all the same\n"
    )
    contact = start.home_page_url or "https://example.org/about"
    return (
        _TOP.format(
            schema=SCHEMA_NAME,
            name=_word(start.name),
            id=start.owner,
            home=f"{home} # what lies on this domain is the original, other places carry copies",
            contact=f"{'' if start.home_page_url else '# '}contact: {_word(contact)}",
            private=private if start.allow_private else "",
            sources="\n".join([*(f"      {line}" for one in start.lines for line in _source(one)), *offered]),
        )
        + _MORE
    )


def _source(line: Line) -> list[str]:
    (kind, value), *rest = line.item.items()
    first = f"- {kind}: {_word(value)}" + (f" # {line.note}" if line.note else "")
    return [first, *(f"  {key}: {_word(text)}" for key, text in rest)]


def _word(value: str) -> str:
    """A text as it stands in a config; several words without quotes where each of them needs none."""
    value = _REFERENCE.sub(r"$\g<0>", value)
    words = value.split(" ")
    return value if len(words) > 1 and all(word(one) == one for one in words) else word(value)


def is_sample(path: Path) -> bool:
    """Whether a file is the sample that comes with the program, as it came."""
    with contextlib.suppress(OSError):
        return digest(path.read_bytes()) == SAMPLE_DIGEST
    return False


def digest(body: bytes) -> str:
    """What tells a text from every other, whatever its line endings."""
    return blake2b(body.replace(b"\r\n", b"\n"), digest_size=16).hexdigest()


def put(path: Path, body: str) -> tuple[Path | None, Path | None]:
    """Write the config whole or not at all, and the schema for editors where none stands beside it.

    What stood there is kept under another name. Returns that, and the schema's file where it was written.

    Raises:
        ConfigError: it cannot be written; everything is as it was.
    """
    path = path.resolve()  # what a link leads to is replaced, not the link
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.new")
    beside = path.with_name(SCHEMA_NAME)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("x", encoding="utf-8") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        kept = _kept(path)
        fresh.replace(path)
        if beside.exists():
            return kept, None
        beside.write_bytes(orjson.dumps(schema(), option=orjson.OPT_INDENT_2) + b"\n")
    except OSError as error:
        raise ConfigError([f"{path} cannot be written: {error.strerror or error}"]) from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
    return kept, beside


def _kept(path: Path) -> Path | None:
    """The first free name for what stands at ``path``, where it now stands too; None: nothing stood there."""
    if not path.exists():
        return None
    number = 1
    while True:
        old = path.with_name(f"{path.name}.old" if number == 1 else f"{path.name}.old{number}")
        with contextlib.suppress(FileExistsError), old.open("xb") as file:
            file.write(path.read_bytes())
            return old
        number += 1
