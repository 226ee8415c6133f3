"""The files to deploy with are YAML, call commands and name variables that exist, and their config loads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from aggregator.cli import cli
from aggregator.config import load

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
VARIABLES = {"AGGREGATOR_CONFIG", "AGGREGATOR_DATABASE_URL", "AGGREGATOR_LOG"}


def documents(name: str) -> list[dict[str, Any]]:
    return list(YAML(typ="safe").load_all(DEPLOY / name))


def containers() -> Iterator[dict[str, Any]]:
    for one in documents("kubernetes.yaml"):
        if one["kind"] == "Deployment":
            yield from one["spec"]["template"]["spec"]["containers"]


def calls() -> list[list[str]]:
    (compose,) = documents("compose.yaml")
    composed = [one["command"] for one in compose["services"].values() if one["image"] == "aggregator"]
    return [*composed, *(one["args"] for one in containers())]


@pytest.mark.parametrize("call", calls(), ids=" ".join)
def test_a_call_is_one_of_ours(call: list[str]) -> None:
    command = cli.get_command(click.Context(cli), call[0])
    assert command is not None
    command.make_context(call[0], call[1:])


def test_both_halves_are_there() -> None:
    assert sorted(call[0] for call in calls()) == ["api", "api", "worker", "worker"]


def test_variables_are_those_that_are_read() -> None:
    (compose,) = documents("compose.yaml")
    named = set(compose["services"]["api"]["environment"])
    assert named == VARIABLES
    assert all({one["name"] for one in found["env"]} == VARIABLES for found in containers())


def test_selectors_find_what_they_mean() -> None:
    found = documents("kubernetes.yaml")
    for one in found:
        if one["kind"] == "Deployment":
            assert one["spec"]["selector"]["matchLabels"] == one["spec"]["template"]["metadata"]["labels"]
    (service,) = (one for one in found if one["kind"] == "Service")
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in found if one["kind"] == "Deployment"]
    assert service["spec"]["selector"] in labels


def test_the_config_loads(tmp_path: Path) -> None:
    (config,) = (one for one in documents("kubernetes.yaml") if one["kind"] == "ConfigMap")
    path = tmp_path / "aggregator.yaml"
    path.write_text(config["data"]["aggregator.yaml"], encoding="utf-8")
    assert load(path, {"AGGREGATOR_DATABASE_URL": "postgresql://feeds@postgresql/feeds"}).owners
