"""Which revision a database is at, and how it gets to the one this program needs."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, Connection, inspect, text

from aggregator.errors import StoreError
from aggregator.store import counts, engine, files, fulltext, signing
from aggregator.store.schema import HEAD

_UPGRADE_LOCK = 0x61676773  # key of a PostgreSQL advisory lock
_PATIENCE_S = 600  # for another process that is upgrading


def current(url: URL) -> str | None:
    """The revision; None: nothing of ours is there yet. Raises StoreError."""
    if url.get_backend_name() == "sqlite" and not _holds_data(files.path_of(url)):
        return None
    with engine.explained(url):
        bind = engine.connect(url)
        try:
            with bind.connect() as connection:
                return _revision(connection)
        finally:
            bind.dispose()


def require_head(url: URL) -> None:
    """Raises StoreError unless the database is at the revision this program works with."""
    found = current(url)
    name = url.render_as_string(hide_password=True)
    if found is None:
        raise StoreError(f"{name} holds no tables yet: run `aggregator db upgrade` first")
    refuse_newer(name, found)
    if found != HEAD:
        raise StoreError(f"{name} is at revision {found}, this program needs {HEAD}: run `aggregator db upgrade`")


def upgrade(url: URL, scripts: Path | None = None, head: str = HEAD) -> None:
    """Run the missing migrations in one transaction: afterwards the old or the new schema stands, never a mix.

    SQLite: before an existing database is changed, it is copied to ``{name}.before-{head}`` beside it. The change
    itself happens in place, not on a swapped-in copy: a process that has the file open would go on writing into the
    one that was swapped out. A damaged file is not touched. Raises StoreError.
    """
    engine.prepare(url)
    if url.get_backend_name() == "sqlite":
        files.sound(files.path_of(url))
    with engine.explained(url):
        bind = engine.connect(url, busy_s=_PATIENCE_S)
        try:
            with engine.writing(bind).connect() as connection:
                if url.get_backend_name() == "sqlite":
                    # a table that is rebuilt is dropped in between; rows that point to it must survive that
                    connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
                with connection.begin():
                    upgrade_within(connection, scripts, head)
        finally:
            bind.dispose()


def upgrade_within(connection: Connection, scripts: Path | None = None, head: str = HEAD) -> None:
    """Run the missing migrations in a transaction that has begun. Raises StoreError."""
    url = connection.engine.url
    if url.get_backend_name() == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
    found = _revision(connection)
    if found == head:
        _fill(connection)
        return
    if found is not None:
        refuse_newer(url.render_as_string(hide_password=True), found, head)
        if url.get_backend_name() == "sqlite":
            place = files.path_of(url)
            with files.appearing(place.with_name(f"{place.name}.before-{head}")) as kept:
                files.copy(place, kept)
    _migrate(connection, scripts or script_location())
    if head == HEAD:  # of other tables this program knows nothing
        signing.renew(connection)
        _fill(connection)
    if url.get_backend_name() == "sqlite" and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
        raise StoreError(f"the upgrade of {url.database} would break {len(broken)} references: nothing was changed")


def _fill(connection: Connection) -> None:
    """Work out what is kept beside the articles, where this program works it out differently."""
    fulltext.fill(connection)
    counts.fill(connection)


def _migrate(connection: Connection, scripts: Path) -> None:
    # here, because loading Alembic takes longer than everything else that starting a process does with the store
    from alembic.config import Config

    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def script_location() -> Path:
    """The migrations: packaged beside this file, or at the top of a checkout."""
    here = Path(__file__).resolve().parent
    packaged = here / "alembic"
    return packaged if packaged.is_dir() else here.parents[1] / "alembic"


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def refuse_newer(name: str, found: str, head: str = HEAD) -> None:
    """Raises StoreError when what is called ``name`` is of a program newer than this one."""
    if not found.isdecimal() or found > head:
        raise StoreError(
            f"{name} is at revision {found}, this program knows only up to {head}: "
            "upgrade the program, or put back a backup of the database"
        )


def _holds_data(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
