"""``aggregator demo``: a small web of sample sites on loopback and the whole service on top of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import tempfile
from pathlib import Path

import click

from aggregator.api.status.actions import TOKEN
from aggregator.cli import logs
from aggregator.cli.options import host_option, port_option
from aggregator.cli.serve import run
from aggregator.config import load
from aggregator.demo import DemoWeb, config_text
from aggregator.poll.adopt import with_written


@click.command("demo")
@host_option
@port_option
def command(host: str, port: int) -> None:
    """Show it all at work on a small web of sample sites, offline.

    One person on DEV, Medium and her own site, who posts the same articles on all three; two people who write in
    Arabic and Japanese; and five portfolios, one of each sort. Everything is served from this machine, from a
    temporary directory that goes away again.

    \b
    Examples:
      aggregator demo
      aggregator demo --port 8080
    """
    logs.set_up()
    with contextlib.suppress(KeyboardInterrupt), tempfile.TemporaryDirectory(prefix="aggregator-demo-") as folder:
        asyncio.run(_demo(Path(folder), host, _free(host, port)))


async def _demo(folder: Path, host: str, port: int) -> None:
    base_url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - compared, not bound
    async with DemoWeb() as web:
        path = folder / "aggregator.yaml"
        path.write_text(config_text(web, base_url, f"sqlite:///{folder / 'demo.db'}"), encoding="utf-8")
        environ = {name: os.environ[name] for name in ("PATH", TOKEN) if name in os.environ}
        await run(with_written(load(path, environ)), host, port, _invite, path, environ)


def _free(host: str, port: int) -> int:
    """The wanted port, or another one if somebody has it already: a demo should just open."""
    for wanted in (port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((host, wanted))
                return int(probe.getsockname()[1])
    return port


def _invite(address: str) -> None:
    click.echo(
        f"\n  Open {address} in a browser: articles from eight feeds and a page without one, each once.\n"
        f"  How it is doing, with buttons: {address}status\n"
        f"  The same as {address}rss.xml, atom.xml, feed.json and index.json; one person: {address}mira/\n"
        "  Ctrl-C ends the demo and leaves nothing behind.\n"
    )
