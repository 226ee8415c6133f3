"""Takes a backup of a database and puts it back, the way that docs/operators.md tells."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import make_url

from aggregator.store import Store


def take(database_url: str, path: Path) -> None:
    """Copy the whole database into a file: `aggregator db backup`, or pg_dump."""
    if make_url(database_url).get_backend_name() == "sqlite":
        store = Store.open(database_url)
        try:
            store.backup(path)
        finally:
            store.close()
        return
    _run("pg_dump", "--format=custom", f"--file={path}", database_url)


def put_back(database_url: str, path: Path) -> None:
    """Let the database be what it was. Nobody has it open."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        for end in ("", "-wal", "-shm"):
            Path(f"{url.database}{end}").unlink(missing_ok=True)
        shutil.copyfile(path, str(url.database))
        return
    _run("pg_restore", "--clean", "--if-exists", "--no-owner", f"--dbname={database_url}", str(path))


def _run(program: str, *arguments: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    subprocess.run([program, *arguments], check=True, timeout=60)
