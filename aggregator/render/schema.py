"""The promise of index.json, for machines: its JSON Schema, as ``aggregator schema index`` prints it."""

from __future__ import annotations

from importlib.resources import files

import orjson


def index_schema() -> dict[str, object]:
    """JSON Schema (draft 2020-12) of index.json 1.0. A fresh object at every call."""
    schema: dict[str, object] = orjson.loads(files("aggregator.render").joinpath("index.schema.json").read_bytes())
    return schema
