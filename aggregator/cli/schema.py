"""``aggregator schema``: the JSON Schemas, for editors and for whoever reads the index."""

from __future__ import annotations

import click

from aggregator.cli.console import json
from aggregator.config import schema as config_schema
from aggregator.render.schema import index_schema


@click.command("schema")
@click.argument("which", type=click.Choice(["config", "index"]), default="config")
def command(which: str) -> None:
    """Print the JSON Schema of the config or of the index.

    \b
    Example:
      aggregator schema config > config/aggregator.schema.json
    """
    json(config_schema() if which == "config" else index_schema())
