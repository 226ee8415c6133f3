"""``aggregator completion``: what lets a shell complete commands, options and files."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from aggregator.cli import cli


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print what lets a shell complete commands, their options and values.

    \b
    Examples:
      eval "$(aggregator completion bash)"     for ~/.bashrc
      eval "$(aggregator completion zsh)"      for ~/.zshrc, after compinit
      aggregator completion fish > ~/.config/fish/completions/aggregator.fish
    """
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"there is nothing for {shell}")
    # not source(): of bash that also starts one and looks at its version
    complete = found(cli, {}, "aggregator", "_AGGREGATOR_COMPLETE")
    click.echo(complete.source_template % complete.source_vars())
