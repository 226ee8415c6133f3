"""The action hands every input that has an effect to the command, under the name by which the command looks for it."""

from __future__ import annotations

import re
from pathlib import Path

import click
from ruamel.yaml import YAML

from aggregator.cli.readme import command

ACTION = Path(__file__).parents[3] / "docs" / "action" / "action.yml"


def test_every_input_reaches_the_command_or_says_that_it_has_no_effect() -> None:
    action = YAML(typ="safe").load(ACTION)
    written = next(step for step in action["runs"]["steps"] if step.get("id") == "write")
    handed = {name: value for name, value in written["env"].items() if name.startswith("INPUT_")}
    for name, value in handed.items():
        assert value == f"${{{{ inputs.{name.removeprefix('INPUT_').lower()} }}}}"
    wanted = {one.envvar for one in command.params if isinstance(one, click.Option) and one.envvar}
    assert handed.keys() == {name for name in wanted if str(name).startswith("INPUT_")}
    used = set(re.findall(r"inputs\.(\w+)", ACTION.read_text(encoding="utf-8")))
    for name, said in action["inputs"].items():
        assert (name in used) != ("without effect" in said["description"]), name


def test_inputs_that_nobody_sets_are_what_the_command_takes_for_granted() -> None:
    inputs = YAML(typ="safe").load(ACTION)["inputs"]
    for one in command.params:
        if isinstance(one, click.Option) and str(one.envvar).startswith("INPUT_") and not one.required:
            name = str(one.envvar).removeprefix("INPUT_").lower()
            assert str(one.default) == str(inputs[name]["default"]), name
