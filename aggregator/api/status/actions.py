"""Does what the buttons of the owner's page say: in the database, or in the config with its comments kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aggregator.config.edit import Edit, add_group, set_enabled
from aggregator.config.rewrite import Said
from aggregator.errors import ConfigError
from aggregator.model import Config
from aggregator.poll.adopt import with_written
from aggregator.poll.holds import settle
from aggregator.publish.publisher import Publisher
from aggregator.store import Store

TOKEN = "AGGREGATOR_ADMIN_TOKEN"  # noqa: S105 - the name of the variable that holds it

_DIGITS, _GREATEST = 19, 2**63 - 1  # of the id of a copy


@dataclass(frozen=True, slots=True)
class Desk:
    """What the process was started with, as far as the owner's page needs it."""

    token: str | None = field(default=None, repr=False)  # what the variable TOKEN holds
    config_path: Path | None = None  # None: there is no file to write into
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    agree: Callable[[Config], None] = lambda _: None  # lets the store go by an edited config at once


class Actions:
    """One method for each button; it gives whether the config was edited: what runs by that notices within a second.

    Each raises ConfigError (it cannot be done, and why) or StoreError.
    """

    def __init__(self, desk: Desk, store: Store, publisher: Publisher, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self.known: Mapping[str, Callable[[Mapping[str, str]], bool]] = {
            "poll": lambda form: self.poll(form.get("source", "")),
            "pause": lambda form: self.enable(form.get("source", ""), False),
            "resume": lambda form: self.enable(form.get("source", ""), True),
            "release": lambda form: self.release(form.get("source", ""), True),
            "index-only": lambda form: self.release(form.get("source", ""), False),
            "same": lambda form: self.answer("same", form.get("a", ""), form.get("b", "")),
            "different": lambda form: self.answer("different", form.get("a", ""), form.get("b", "")),
        }

    def poll(self, key: str) -> bool:
        """Let a source be polled now; whoever polls sees it within seconds."""
        if not self._store.overview.hurry(key, self._clock()):
            raise ConfigError([f"{key[:100]} is not polled: it is paused, or not in the config"])
        return False

    def enable(self, key: str, enabled: bool) -> bool:
        """Pause a source, or resume it: `enabled` in the config."""
        return self._write(set_enabled(self._path(), key, enabled, self._desk.environ))

    def release(self, key: str, announce: bool) -> bool:
        """Announce what is held back of a source, or leave it in the index only."""
        now = self._clock()
        settled = settle(self._publisher.config, self._store, now, now, lambda _: announce, [key])
        self._publisher.noticed()
        if not settled.announced and not settled.index_only:
            raise ConfigError([f"nothing of {key[:100]} is held back any more"])
        return False

    def answer(self, said: Said, a: str, b: str) -> bool:
        """Write down that two copies, by their ids, are one article, or two."""
        ids = {int(one) for one in (a, b) if one.isascii() and one.isdigit() and len(one) <= _DIGITS}
        found = self._store.copies({id_ for id_ in ids if id_ <= _GREATEST})
        urls = [copy.entry.url for copy in found if copy.entry.url]
        if len(urls) != 2:
            raise ConfigError(["one of these two is not there any more; look again"])
        return self._write(add_group(self._path(), found[0].owner, said, urls, self._desk.environ))

    def _path(self) -> Path:
        if self._desk.config_path is None:
            raise ConfigError(["this process was started without a config file that it could write to"])
        return self._desk.config_path

    def _write(self, edit: Edit) -> bool:
        edit.write()
        self._desk.agree(with_written(edit.config))
        return bool(edit.lines)
