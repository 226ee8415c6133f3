"""What every command takes, and how the config is found from it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from aggregator.model import Config

F = TypeVar("F", bound=Callable[..., Any])

config_option: Callable[[F], F] = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The config file (default: $AGGREGATOR_CONFIG, else config/aggregator.yaml).",
)
json_option: Callable[[F], F] = click.option("--json", "as_json", is_flag=True, help="Print facts as JSON.")
host_option: Callable[[F], F] = click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on."
)
port_option: Callable[[F], F] = click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on."
)
clients_option: Callable[[F], F] = click.option(
    "--clients",
    default=2000,
    show_default=True,
    type=click.IntRange(1),
    help="Connections at once; more are told to come back (429).",
)


def load_config(path: Path | None) -> Config:
    """The config, with a source for everybody's hand-written entries.

    Raises:
        ConfigError: it cannot be used.
    """
    from aggregator.config import find_config, load
    from aggregator.poll.adopt import with_written

    return with_written(load(find_config(path, os.environ), os.environ))
