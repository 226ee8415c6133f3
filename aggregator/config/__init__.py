"""Reads the config of an owner and says everything that is wrong with it, each mistake with file, line and key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from aggregator.config.build import Builder, is_own_site
from aggregator.config.document import Reader
from aggregator.config.fields import DatabaseUrl
from aggregator.config.problems import Report
from aggregator.config.schema import schema
from aggregator.config.shape import RootShape
from aggregator.errors import ConfigError
from aggregator.model import Config

__all__ = ["database_of", "files", "find_config", "is_own_site", "load", "schema"]

DEFAULT_PATH = Path("config/aggregator.yaml")
PATH_VARIABLE = "AGGREGATOR_CONFIG"
DATABASE_VARIABLE = "AGGREGATOR_DATABASE_URL"


def load(path: Path, environ: Mapping[str, str], instead: Mapping[Path, bytes] | None = None) -> Config:
    """The config in a file and in those that it includes, checked and resolved.

    ``instead`` holds what counts as the content of a file, by its absolute path: what a change would come to.

    Raises:
        ConfigError: ``problems`` has one line for every mistake: ``file:line: key: what is wrong``, with the nearest
            valid word where one is near. Values from the environment and secrets are never shown.
    """
    if path.resolve() not in (instead or {}) and not path.is_file():
        raise ConfigError([f"{path}:1: there is no such file; `aggregator init` writes one, --config names another"])
    report = Report()
    reader = Reader(environ, report, instead or {})
    reader.read(path)
    config = Builder(report).build(reader.parts) if reader.parts else None
    database_url = environ.get(DATABASE_VARIABLE)
    problems = report.lines()
    if database_url:
        try:
            TypeAdapter(DatabaseUrl).validate_python(database_url)
        except ValidationError:
            problems.append(f"{DATABASE_VARIABLE}: must begin with sqlite:/// or postgresql://")
    if problems or config is None:
        raise ConfigError(problems)
    return replace(config, database_url=database_url) if database_url else config


def database_of(path: Path, environ: Mapping[str, str]) -> str | None:
    """Where a config that may be wrong has its articles, as far as that can be told; None: it cannot."""
    if DATABASE_VARIABLE in environ:
        return environ[DATABASE_VARIABLE]
    report = Report()
    reader = Reader(environ, report)
    reader.read(path)
    said = reader.parts[0].value.get("database_url", RootShape().database_url) if reader.parts else None
    return said if isinstance(said, str) else None


def files(path: Path) -> tuple[Path, ...]:
    """Every file that a config consists of now, absolute: what to watch, a link and what it leads to.

    Mistakes in them do not matter here.
    """
    reader = Reader({}, Report())
    reader.read(path)
    return tuple(dict.fromkeys(Path(os.path.normpath(one)) for one in (*reader.files, *reader.names)))


def find_config(cli_value: Path | str | None, environ: Mapping[str, str]) -> Path:
    """Where the config is: ``--config``, else AGGREGATOR_CONFIG, else config/aggregator.yaml."""
    return Path(cli_value or environ.get(PATH_VARIABLE) or DEFAULT_PATH)
