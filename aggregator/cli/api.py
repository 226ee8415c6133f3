"""``aggregator api``: serves documents from the database that workers fill; any number of processes may."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

import click

from aggregator.api.app import create_app
from aggregator.api.audience import Audience
from aggregator.api.status.actions import TOKEN, Desk
from aggregator.bootstrap import front, shared, utc_now
from aggregator.cli import logs
from aggregator.cli.live import follow
from aggregator.cli.options import clients_option, config_option, host_option, load_config, port_option
from aggregator.cli.server import Server
from aggregator.config import find_config
from aggregator.model import Config
from aggregator.store.notices import attend


@click.command("api")
@config_option
@host_option
@port_option
@clients_option
def command(config_path: Path | None, host: str, port: int, clients: int) -> None:
    """Serve the feeds from PostgreSQL; polls nobody.

    One of any number of processes behind a proxy, all with the same config. What `aggregator worker` brings is shown
    by all of them within a second or two. Nothing is kept here but documents that are ready to be sent.

    \b
    Examples:
      aggregator api
      aggregator api --host 0.0.0.0 --port 8001
    """
    logs.set_up()
    config = load_config(config_path)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(config, host, port, find_config(config_path, os.environ), clients))


async def run(config: Config, host: str, port: int, path: Path, clients: int) -> None:
    """Serve until the process is told to stop; edits of the config at ``path`` are followed.

    Raises:
        StoreError: the database cannot be used.
    """
    await shared(config, "api")
    async with front(config) as rooms:
        beside = [
            asyncio.create_task(attend(config.database_url, rooms.publisher.noticed)),
            asyncio.create_task(follow(path, rooms, lambda: load_config(path))),
        ]
        audience = Audience(rooms.store.overview.fetched, utc_now)
        # No file to write into: of several machines each has its own, and an edit of one would be lost.
        owner = Desk(token=os.environ.get(TOKEN) or None, environ=os.environ)
        try:
            app = create_app(config, rooms.store, rooms.publisher, owner, audience, rooms.meters)
            await Server(app, host, port, clients=clients).serve()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.to_thread(audience.close)
