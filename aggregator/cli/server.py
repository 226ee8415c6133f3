"""The HTTP server of the commands that serve."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Generator

import click
import structlog
import uvicorn
from starlette.types import ASGIApp

from aggregator.cli.patience import CLIENTS, patient
from aggregator.schedule.heartbeat import Heartbeat

log = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """A server that tells when it answers, polls for as long as it does, and ends without ending the process.

    Without a ``heartbeat`` it polls nobody.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        port: int,
        heartbeat: Heartbeat | None = None,
        started: Callable[[str], None] | None = None,
        clients: int = CLIENTS,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                timeout_keep_alive=30,
                timeout_graceful_shutdown=5,
                http=patient(clients),
            )
        )
        self._shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
        self._heartbeat = heartbeat
        self._tell = started or _log_address

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
        gc.collect()
        gc.freeze()  # what is here now stays: to look through it again and again would cost every answer something
        port = self.servers[0].sockets[0].getsockname()[1]
        if self._heartbeat is not None:
            self._heartbeat.start()
        self._tell(f"http://[{self._shown}]:{port}/" if ":" in self._shown else f"http://{self._shown}:{port}/")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let visitors and polls under way go at the same time: whoever stops a service gives it ten seconds."""
        beat = [self._heartbeat.stop()] if self._heartbeat is not None else []
        await asyncio.gather(super().shutdown(sockets), *beat)

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
