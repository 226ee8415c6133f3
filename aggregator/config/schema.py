"""Writes down what a config may hold as JSON Schema, so that an editor completes and checks it while it is typed."""

from __future__ import annotations

from typing import Any

from aggregator import sources
from aggregator.config.fields import RULE_SCHEMA
from aggregator.config.shape import RootShape, source_shape

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the config file, with every kind of source that there is."""
    root = RootShape.model_json_schema()
    definitions: dict[str, Any] = root["$defs"]
    source = source_shape().model_json_schema()
    definitions.update(source.pop("$defs", {}))
    definitions["SourceOptions"] = {**source, "oneOf": [{"required": [kind]} for kind in sources.kinds()]}
    tidy: dict[str, Any] = _tidy({**root, "title": "Config of the aggregator"})
    tidy["$defs"]["Rule"] = RULE_SCHEMA
    return {"$schema": DIALECT, **tidy}


def _tidy(node: Any) -> Any:
    """Without the titles that pydantic makes of names, and without null: in YAML an empty key counts as absent."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node == RULE_SCHEMA:
        return {"$ref": "#/$defs/Rule"}
    if "anyOf" in node:
        choices = [choice for choice in node["anyOf"] if choice != {"type": "null"}]
        rest = {name: value for name, value in node.items() if name != "anyOf"}
        node = {**choices[0], **rest} if len(choices) == 1 else {**rest, "anyOf": choices}
    return {
        name: {key: _tidy(_untitled(item)) for key, item in value.items()}
        if name in ("properties", "$defs")
        else _tidy(value)
        for name, value in node.items()
        if name != "default" or isinstance(value, str | int | float)
    }


def _untitled(node: Any) -> Any:
    return {name: value for name, value in node.items() if name != "title"} if isinstance(node, dict) else node
