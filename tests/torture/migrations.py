"""Upgrades from every earlier revision, killed before every statement: the old schema or the new one, never between."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, MetaData, create_engine, insert, inspect, select, text

from aggregator.errors import StoreError
from aggregator.store import Store, versions
from aggregator.store import engine as engines
from aggregator.store.schema import HEAD
from tests.conftest import SERVER
from tests.shell.store.made import raw
from tests.shell.store.test_from_0_1_0 import ROWS, _row
from tests.torture._dying import ended
from tests.torture.report import Figure, forget, remember, remembered

EARLIER = tuple(f"{number:04}" for number in range(1, int(HEAD)))
Dump = dict[str, Any]


class Between(AssertionError):
    """A database is neither what it was nor what it was to become."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where databases of one engine are made from a model of them."""

    engine: str
    folder: Path
    admin: URL | None = None

    def url(self, name: str) -> str:
        """The ``database_url`` of the database of this name."""
        if self.admin is None:
            return f"sqlite:///{self.folder / name / 'aggregator.db'}"
        return self.admin.set(drivername="postgresql", database=self._name(name)).render_as_string(hide_password=False)

    def fresh(self, name: str, model: str | None = None) -> str:
        """The ``database_url`` of a database of this name, made anew: empty, or like ``model``."""
        if self.admin is None:
            shutil.rmtree(self.folder / name, ignore_errors=True)
            if model:
                shutil.copytree(self.folder / model, self.folder / name)
        else:
            like = self._name(model) if model else "template0"
            self._say(f"DROP DATABASE IF EXISTS {self._name(name)} WITH (FORCE)")
            self._say(f"CREATE DATABASE {self._name(name)} TEMPLATE {like}")
        return self.url(name)

    def gone(self, *names: str) -> None:
        """Drop them."""
        for name in names if self.admin is not None else ():
            self._say(f"DROP DATABASE IF EXISTS {self._name(name)} WITH (FORCE)")

    def _name(self, name: str) -> str:
        return f"{self.folder.name.replace('-', '_').lower()}_{name}"

    def _say(self, statement: str) -> None:
        if self.admin is None:
            return
        bind = create_engine(self.admin.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with bind.connect() as connection:
            connection.execute(text(statement))
        bind.dispose()


@contextmanager
def place(engine: str) -> Iterator[Place]:
    """Such a place, for a while."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        found = Place(engine, Path(folder), engines.address(SERVER) if engine == "postgresql" else None)
        try:
            yield found
        finally:
            found.gone("old", "new", "tried")


def scripts(folder: Path, revision: str) -> Path:
    """The migrations of the program that knew no later one."""
    path = folder / f"alembic-{revision}"
    if not path.is_dir():
        later = [one.name for one in versions.script_location().glob("versions/*.py") if one.name[:4] > revision]
        shutil.copytree(versions.script_location(), path, ignore=shutil.ignore_patterns("__pycache__", *later))
    return path


def filled(at: Place, revision: str) -> str:
    """The ``database_url`` of a database of that revision: what 0.1.0 had stored, upgraded so far."""
    url = at.fresh("old")
    versions.upgrade(engines.address(url), scripts(at.folder, "0001"), "0001")
    with raw(url) as connection:
        there = MetaData()
        there.reflect(connection)
        for name in sorted(ROWS, key=lambda name: (name != "owners", name)):
            if ROWS[name]:
                table = there.tables[name]
                connection.execute(insert(table), [_row(table, row) for row in ROWS[name]])
        connection.commit()
    if revision != "0001":
        versions.upgrade(engines.address(url), scripts(at.folder, revision), revision)
    return url


def dump(url: str) -> Dump:
    """Every table with its columns, indexes and rows."""
    with raw(url) as connection:
        there = MetaData()
        there.reflect(connection)
        shapes = inspect(connection)
        return {
            name: (
                [column.name for column in table.columns],
                sorted(str(index["name"]) for index in shapes.get_indexes(name)),
                sorted(map(repr, connection.execute(select(table)))),
            )
            for name, table in sorted(there.tables.items())
        }


def kept_copy(url: str) -> str:
    """The ``database_url`` of the copy that an upgrade of a SQLite file keeps."""
    return f"{url}.before-{HEAD}"


@dataclass(frozen=True, slots=True)
class Case:
    """A database of an earlier revision, as it is and as it is when nothing happens to its upgrade."""

    at: Place
    revision: str
    old: Dump
    new: Dump

    def killed(self, number: int) -> bool:
        """Upgrade one like it, killed before its ``number``-th statement, and once more; False: there are not so many.

        Raises:
            Between: something stands that was neither before nor would be afterwards.
        """
        url = self.at.fresh("tried", "old")
        killed, _ = ended(lambda: Store.upgrade(url), number)
        said = f"{self.at.engine}, {self.revision}, statement {number}"
        found = dump(url)
        if found not in (self.old, self.new) or (not killed and found != self.new):
            raise Between(f"{said}: {sorted(name for name in found if found[name] != self.old.get(name))}")
        Store.upgrade(url)
        if dump(url) != self.new:
            raise Between(f"{said}: the upgrade after it made something else")
        if self.at.engine == "sqlite" and dump(kept_copy(url)) != self.old:
            raise Between(f"{said}: the copy is not what was there")
        return killed

    def refused(self) -> bool:
        """Whether the program of that revision says of the new schema what to do, and changes nothing."""
        url = self.at.fresh("tried", "new")
        try:
            versions.upgrade(engines.address(url), scripts(self.at.folder, self.revision), self.revision)
        except StoreError as said:
            return "upgrade the program" in str(said) and dump(url) == self.new
        return False


def case(at: Place, revision: str) -> Case:
    """Make both databases."""
    old = dump(filled(at, revision))
    url = at.fresh("new", "old")
    ended(lambda: Store.upgrade(url), 0)  # in a copy of this process: this one keeps no connection
    if dump(url) == old:
        raise ValueError(f"the upgrade from {revision} changes nothing: nothing would be shown")
    return Case(at, revision, old, dump(url))


def short(engine: str, numbers: Sequence[int]) -> tuple[list[bool], bool]:
    """The upgrade of what 0.1.0 made, killed before these statements; which of them there are, and ``refused``."""
    with place(engine) as at:
        one = case(at, "0001")
        return [one.killed(number) for number in numbers], one.refused()


def main() -> list[Figure]:
    """Kill all of them, on both engines."""
    state = remembered("migrations") or {"kills": 0, "between": [], "refused": 0, "done": {}}
    for engine in ("sqlite", "postgresql"):
        with place(engine) as at:
            for revision in EARLIER:
                _through(at, revision, state)
    forget("migrations")
    cases = 2 * len(EARLIER)
    return [
        Figure("revisions upgraded with data in them", f"{cases}, both engines", f"{len(state['done'])}", held=True),
        Figure("kills, one before every statement", "all", f"{state['kills']:,}", state["kills"] > 100),
        Figure("neither old nor new", "0", f"{len(state['between'])}", not state["between"]),
        Figure("older programs that say so and stop", f"{cases}", f"{state['refused']}", state["refused"] == cases),
    ]


def _through(at: Place, revision: str, state: dict[str, Any]) -> None:
    name = f"{at.engine} {revision}"
    number = state["done"].get(name, 0)
    if number == -1:
        return
    one = case(at, revision)
    going = True
    while going:
        number += 1
        try:
            going = one.killed(number)
        except Between as wrong:
            state["between"].append(str(wrong))
            print(f"   {wrong}", flush=True)  # noqa: T201
        state["kills"] += going
        state["done"][name] = number if going else -1
        if number % 20 == 0:
            remember("migrations", state)
    state["refused"] += one.refused()
    remember("migrations", state)
