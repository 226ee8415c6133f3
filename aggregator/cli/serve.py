"""``aggregator serve``: the embedded default, one process that polls and serves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Generator, Mapping
from functools import partial
from pathlib import Path

import click
import structlog
import uvicorn

from aggregator.api.app import create_app
from aggregator.api.audience import Audience
from aggregator.api.status.actions import TOKEN, Desk
from aggregator.bootstrap import House, agree, house
from aggregator.cli import logs
from aggregator.cli.live import follow, remark
from aggregator.cli.options import config_option, host_option, load_config, port_option
from aggregator.config import find_config, load
from aggregator.model import Config
from aggregator.poll.adopt import with_written
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

    \b
    Examples:
      aggregator serve
      aggregator serve --host 0.0.0.0 --port 8080 --config my.yaml
    """
    logs.set_up()
    config = load_config(config_path)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(config, host, port, path=find_config(config_path, os.environ)))


async def run(
    config: Config,
    host: str,
    port: int,
    started: Callable[[str], None] | None = None,
    path: Path | None = None,
    environ: Mapping[str, str] = os.environ,
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
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
        heartbeat = Heartbeat(rooms.claims, rooms.visits, rooms.backfills, rooms.holds, rooms.hubs, rooms.tellings)
        server = _Server(
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
            ),
            shown,
            heartbeat,
            started or _log_address,
        )
        following = asyncio.create_task(follow(path, rooms, partial(_read, path, environ))) if path else None
        try:
            await server.serve()
        finally:
            if following is not None:
                following.cancel()
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


class _Server(uvicorn.Server):
    """A server that tells when it answers, polls for as long as it does, and ends without ending the process."""

    def __init__(
        self, config: uvicorn.Config, shown: str, heartbeat: Heartbeat, started: Callable[[str], None]
    ) -> None:
        super().__init__(config)
        self._shown = shown
        self._heartbeat = heartbeat
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then poll, then tell the address: who cannot serve asks nobody.

        Raises:
            ClickException: the address is not to be had. uvicorn would end the process.
        """
        try:
            await super().startup(sockets)
        except SystemExit as error:
            wanted = f"{self._shown}:{self.config.port}"
            raise click.ClickException(f"Nothing could listen on {wanted}; is it taken? Try another --port.") from error
        port = self.servers[0].sockets[0].getsockname()[1]
        self._heartbeat.start()
        self._tell(f"http://[{self._shown}]:{port}/" if ":" in self._shown else f"http://{self._shown}:{port}/")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let visitors and polls under way go at the same time: whoever stops a service gives it ten seconds."""
        await asyncio.gather(super().shutdown(sockets), self._heartbeat.stop())

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Let SIGINT and SIGTERM end the serving, and no more than that.

        uvicorn raises them once more when it is done, and the process would die with polls under way, sources leased
        for a quarter of an hour and readers running.
        """
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _log_address(address: str) -> None:
    log.info(f"serving {address}")
