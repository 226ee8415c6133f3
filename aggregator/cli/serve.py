"""``aggregator serve``: the embedded default, one process that polls and serves."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import click

from aggregator.api.app import create_app
from aggregator.api.audience import Audience
from aggregator.api.status.actions import TOKEN, Desk
from aggregator.bootstrap import House, agree, house
from aggregator.cli import logs
from aggregator.cli.live import follow, remark
from aggregator.cli.options import clients_option, config_option, host_option, load_config, port_option
from aggregator.cli.patience import CLIENTS
from aggregator.cli.server import Server
from aggregator.config import find_config, load
from aggregator.model import Config
from aggregator.poll.adopt import with_written
from aggregator.schedule.heartbeat import Heartbeat
from aggregator.store.notices import attend


@click.command("serve")
@config_option
@host_option
@port_option
@clients_option
def command(config_path: Path | None, host: str, port: int, clients: int) -> None:
    """Poll on schedule and serve the feeds; one process.

    Brings the database up to date, polls every source when it is due, and answers on HOST:PORT. Ctrl-C ends it
    cleanly; nothing is lost, and the next start polls nobody early.

    \b
    Examples:
      aggregator serve
      aggregator serve --host 0.0.0.0 --port 8080 --config my.yaml
    """
    logs.set_up()
    config = load_config(config_path)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(config, host, port, path=find_config(config_path, os.environ), clients=clients))


async def run(
    config: Config,
    host: str,
    port: int,
    started: Callable[[str], None] | None = None,
    path: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    clients: int = CLIENTS,
) -> None:
    """Serve until the process is told to stop; ``started`` gets the address once it answers.

    ``path`` is the file that the config came from: its edits are followed, read with ``environ``.

    Raises:
        StoreError: the database cannot be used.
    """
    async with house(config) as rooms:
        await asyncio.to_thread(remark, rooms)
        audience = Audience(rooms.store.overview.fetched, rooms.clock)
        app = create_app(config, rooms.store, rooms.publisher, desk(rooms, path, environ), audience, rooms.meters)
        heartbeat = Heartbeat(rooms.claims, rooms.visits, rooms.backfills, rooms.holds, rooms.hubs, rooms.tellings)
        server = Server(app, host, port, heartbeat, started, clients)
        beside = [asyncio.create_task(attend(config.database_url, rooms.publisher.noticed))]
        if path is not None:
            beside.append(asyncio.create_task(follow(path, rooms, partial(_read, path, environ))))
        try:
            await server.serve()
        finally:
            for task in beside:
                task.cancel()
            await heartbeat.stop()
            await asyncio.to_thread(audience.close)


def _read(path: Path, environ: Mapping[str, str]) -> Config:
    return with_written(load(path, environ))


def desk(rooms: House, path: Path | None, environ: Mapping[str, str]) -> Desk:
    """What the owner's page of this process works with; ``path``: its config, None if that is in no file of a user."""
    return Desk(
        token=environ.get(TOKEN) or None,
        config_path=path,
        environ=environ,
        agree=lambda config: agree(config, rooms.store, rooms.clock()),
    )
