"""Every command tells what it does, with an example, in the width of a terminal; a shell completes them all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from aggregator.cli import cli

WIDTH = 80


def commands(command: click.Command, parent: click.Context | None = None) -> Iterator[click.Context]:
    name = "aggregator" if parent is None else command.name
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH)
    yield context
    if isinstance(command, click.Group):
        for one in command.list_commands(context):
            if (found := command.get_command(context, one)) is not None:
                yield from commands(found, context)


ALL = {context.command_path: context for context in commands(cli)}


@pytest.mark.parametrize("path", ALL)
def test_help(path: str) -> None:
    context = ALL[path]
    told = context.get_help()
    assert "Example" in told
    assert [line for line in told.splitlines() if len(line) > WIDTH] == []
    options = [one for one in context.command.params if isinstance(one, click.Option) and not one.hidden]
    assert [one.name for one in options if not one.help] == []
    assert f"  {path}" in told.partition("Example")[2]


def complete(*words: str) -> list[str]:
    environ = {"COMP_WORDS": " ".join(("aggregator", *words)), "COMP_CWORD": str(len(words))}
    ended = subprocess.run(
        [sys.executable, "-c", "from aggregator.cli import main; main()"],
        env={**os.environ, **environ, "_AGGREGATOR_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return [line.partition(",")[2] for line in ended.stdout.splitlines()]


def test_a_shell_completes() -> None:
    assert {"serve", "status", "schema"} <= set(complete("s"))
    assert complete("db", "res") == ["restore"]
    assert complete("completion", "") == ["bash", "zsh", "fish"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_a_shell_is_given(shell: str) -> None:
    ended = subprocess.run([sys.executable, "-m", "aggregator", "completion", shell], capture_output=True, text=True)
    assert ended.returncode == 0
    assert "_AGGREGATOR_COMPLETE" in ended.stdout
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=ended.stdout, text=True, check=True)
