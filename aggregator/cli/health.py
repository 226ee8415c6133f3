"""``aggregator health``: asks a running service how it is, from the same machine or container."""

from __future__ import annotations

import sys
from http.client import HTTPConnection, HTTPException

import click

from aggregator.cli import DONE, SOME_FAILED
from aggregator.cli.options import host_option, port_option

_LONGEST_S = 4


@click.command("health")
@host_option
@port_option
@click.option("--ready", is_flag=True, help="Whether its database answers, too.")
def command(host: str, port: int, ready: bool) -> None:
    """Ask a running service whether it is well. Exit status 1: it is not, or nobody answers.

    \b
    Examples:
      aggregator health
      aggregator health --ready --port 8080
    """
    path = "/readyz" if ready else "/healthz"
    connection = HTTPConnection(host, port, timeout=_LONGEST_S)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        click.echo(f"http://{host}:{port}{path} does not answer: {error}", err=True)
        sys.exit(SOME_FAILED)
    finally:
        connection.close()
    click.echo(f"http://{host}:{port}{path} answers {status}")
    sys.exit(DONE if status == 200 else SOME_FAILED)
