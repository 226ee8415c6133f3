"""The command ``aggregator``: each subcommand is one file, imported only when it is called."""

from __future__ import annotations

import importlib
import sys
from keyword import iskeyword

import click
from click.shell_completion import CompletionItem

import aggregator
from aggregator.errors import AggregatorError, ConfigError, StoreError

DONE, SOME_FAILED, WRONG, NO_DATABASE = 0, 1, 2, 3  # exit status, contract section 2

_COMMANDS = {
    "init": "Write a first config from your profiles and sites.",
    "serve": "Poll on schedule and serve the feeds; one process.",
    "worker": "Poll, together with other workers on one PostgreSQL.",
    "api": "Serve the feeds from PostgreSQL, beside workers that poll.",
    "demo": "Show it all at work on a small web of sample sites, offline.",
    "poll": "Poll once, now, and show what came of it.",
    "backfill": "Read what is older than the feeds, now; it goes on where it was stopped.",
    "preview": "Show what would be read from an address, a name or a file; nothing is stored.",
    "add": "Show what a source would bring, ask, and write it into the config.",
    "export": "Write everything as static files, for GitHub Pages, Netlify and their like.",
    "readme": "Write the newest posts of some feeds into a README, as blog-post-workflow does.",
    "import": "Take in an export of Medium, DEV, WordPress, Markdown, or another program's list of feeds.",
    "opml": "Print the sources, or our own feeds, as OPML.",
    "check": "Validate the config; with --online, ask every source once.",
    "status": "Show how every source is doing.",
    "explain": "Show which article an address belongs to, and why.",
    "dupes": "Ask about articles that are nearly the same, and write the answers into the config.",
    "release": "Announce what is held back of a flood, or keep it out of the feeds.",
    "webhooks": "Show who is told what, what did not arrive, and send it again.",
    "announce": "Show or send what is announced on Mastodon and Bluesky.",
    "prune": "Forget sources that the config no longer has.",
    "embed": "Print the HTML that shows the articles on a page of yours.",
    "schema": "Print the JSON Schema of the config or of the index.",
    "completion": "Print what lets a shell complete these commands.",
    "health": "Ask a running service whether it is well, for health checks of containers.",
    "db": "Look after the database: upgrade, backup, restore, copy to another engine.",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        found = getattr(importlib.import_module(f"aggregator.cli.{name}"), "command", None)
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            raise click.UsageError(f"{error.message} {_nearest(args[0])}", ctx) from error

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # As above: whoever presses Tab must not wait for everything to be imported.
        found = [CompletionItem(name, help=said) for name, said in _COMMANDS.items() if name.startswith(incomplete)]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # Not through the commands themselves: that would import all of them to print a line about each.
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, _COMMANDS, 1)
    return f"Did you mean '{near[0]}'?" if near else f"There are {', '.join(_COMMANDS)}."


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(aggregator.__version__, prog_name="aggregator")
def cli() -> None:
    """One article, once, for ever, with its best address.

    Merges what you publish on DEV, Medium and your own site into one feed, and serves it as RSS, Atom, JSON Feed, a
    JSON index for portfolio pages, and a page to read.

    \b
    Examples:
      aggregator demo                  see it at work, offline
      aggregator init                  write a config from your profiles and sites
      aggregator serve                 poll and serve what the config names
      aggregator preview dev:asharao   what would be read from there
    """


def main() -> None:
    """Run the command; the exit status is 0 done, 1 some sources failed, 2 config or call wrong, 3 no database."""
    try:
        sys.exit(cli.main(prog_name="aggregator", standalone_mode=False))
    except click.exceptions.Abort as error:
        # at a question the cursor stands behind it; everywhere else click has begun a new line
        click.echo("Stopped." if error.__cause__ else "\nStopped.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG)
    except BrokenPipeError:
        sys.exit(DONE)
    except ConfigError as error:
        for problem in error.problems:
            _say(problem)
        sys.exit(WRONG)
    except StoreError as error:
        _say(str(error))
        sys.exit(NO_DATABASE)
    except AggregatorError as error:
        _say(str(error))
        sys.exit(SOME_FAILED)


def _say(problem: str) -> None:
    from aggregator.cli.console import complaint

    complaint(problem)
