"""Does what the buttons of the owner's page say: in the database, or in the config with its comments kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aggregator.config.edit import Edit, add_group, set_enabled
from aggregator.errors import ConfigError
from aggregator.model import Config
from aggregator.poll.adopt import with_written
from aggregator.poll.holds import settle
from aggregator.publish.publisher import Publisher
from aggregator.store import Store


@dataclass(frozen=True, slots=True)
class Desk:
    """What the process was started with, as far as the owner's page needs it."""

    token: str | None = field(default=None, repr=False)  # AGGREGATOR_ADMIN_TOKEN
    config_path: Path | None = None  # None: there is no file to write into
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    agree: Callable[[Config], None] = lambda _: None  # lets the store go by an edited config at once


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a button."""

    said: str
    edited: bool = False  # the config was written: what runs by it notices within a second


class Actions:
    """One method for each button. Each raises ConfigError (it cannot be done, and why) or StoreError."""

    def __init__(self, desk: Desk, store: Store, publisher: Publisher, clock: Callable[[], datetime]) -> None:
        self._desk = desk
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self.known: Mapping[str, Callable[[Mapping[str, str]], Done]] = {
            "poll": lambda form: self.poll(form.get("source", "")),
            "pause": lambda form: self.enable(form.get("source", ""), False),
            "resume": lambda form: self.enable(form.get("source", ""), True),
            "release": lambda form: self.release(form.get("source", ""), True),
            "index-only": lambda form: self.release(form.get("source", ""), False),
            "same": lambda form: self.answer("same", form.get("a", ""), form.get("b", "")),
            "different": lambda form: self.answer("different", form.get("a", ""), form.get("b", "")),
        }

    def poll(self, key: str) -> Done:
        """Let a source be polled now; whoever polls sees it within seconds."""
        if not self._store.overview.hurry(key, self._clock()):
            raise ConfigError([f"{key[:100]} is not polled: it is paused, or not in the config"])
        return Done(f"{key} is polled as soon as its server may be asked again. Look again in a few seconds.")

    def enable(self, key: str, enabled: bool) -> Done:
        """Pause a source, or resume it: `enabled` in the config."""
        self._write(set_enabled(self._path(), key, enabled, self._desk.environ))
        return Done(f"{key} is {'polled again' if enabled else 'paused'}; the config says so.", edited=True)

    def release(self, key: str, announce: bool) -> Done:
        """Announce what is held back of a source, or leave it in the index only."""
        now = self._clock()
        settled = settle(self._publisher.config, self._store, now, now, lambda _: announce, [key])
        self._publisher.noticed()
        out, kept = len(settled.announced), len(settled.index_only)
        if not out and not kept:
            raise ConfigError([f"nothing of {key[:100]} is held back any more"])
        said = f"{key}: {out} announced"
        return Done(f"{said}, {kept} in the index only." if kept else f"{said}.")

    def answer(self, said: str, a: str, b: str) -> Done:
        """Write down that two copies, by their ids, are one article, or two."""
        ids = {int(one) for one in (a, b) if one.isascii() and one.isdigit() and len(one) <= 18}
        found = self._store.copies(ids)
        if len(found) != 2 or not all(copy.entry.url for copy in found):
            raise ConfigError(["one of these two is not there any more; look again"])
        urls = [copy.entry.url or "" for copy in found]
        key = "same" if said == "same" else "different"
        self._write(add_group(self._path(), found[0].owner, key, urls, self._desk.environ))
        return Done(f"They are {'one article' if said == 'same' else 'two articles'}; the config says so.", edited=True)

    def _path(self) -> Path:
        if self._desk.config_path is None:
            raise ConfigError(["this process was started without a config file that it could write to"])
        return self._desk.config_path

    def _write(self, edit: Edit) -> None:
        edit.write()
        self._desk.agree(with_written(edit.config))
