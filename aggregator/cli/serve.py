"""``aggregator serve``: the embedded default, one process that polls and serves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import click
import structlog
import uvicorn

from aggregator.api.app import create_app
from aggregator.bootstrap import house
from aggregator.cli import logs
from aggregator.cli.options import config_option, host_option, load_config, port_option
from aggregator.model import Config
from aggregator.schedule.heartbeat import Heartbeat

log = structlog.get_logger(__name__)


@click.command("serve")
@config_option
@host_option
@port_option
def command(config_path: Path | None, host: str, port: int) -> None:
    """Poll on schedule and serve the feeds; one process.

    Brings the database up to date, polls every source when it is due, and answers on HOST:PORT. Ctrl-C ends it
    cleanly; nothing is lost, and the next start polls nobody early.
    """
    logs.set_up()
    config = load_config(config_path)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(config, host, port))


async def run(config: Config, host: str, port: int, started: Callable[[str], None] | None = None) -> None:
    """Serve until the process is told to stop; ``started`` gets the address once it answers.

    Raises:
        StoreError: the database cannot be used.
    """
    async with house(config) as rooms:
        app = create_app(config, rooms.store, rooms.publisher)
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                timeout_keep_alive=30,
                timeout_graceful_shutdown=5,
                limit_concurrency=2000,
            )
        )
        heartbeat = Heartbeat(rooms.claims)
        heartbeat.start()
        told = asyncio.create_task(_tell(server, host, started or _log_address))
        try:
            await server.serve()
        finally:
            told.cancel()
            await heartbeat.stop()
    if not server.started:
        raise click.ClickException(f"Nothing could listen on {host}:{port}; is the port taken? Try --port.")


async def _tell(server: uvicorn.Server, host: str, started: Callable[[str], None]) -> None:
    while not server.started:
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    started(f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/")


def _log_address(address: str) -> None:
    log.info(f"serving {address}")
