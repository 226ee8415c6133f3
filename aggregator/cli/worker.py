"""``aggregator worker``: polls what the queue in PostgreSQL gives it; any number of processes may."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

import click
import structlog

from aggregator.bootstrap import House, house, shared
from aggregator.cli import logs
from aggregator.cli.live import follow, remark
from aggregator.cli.options import config_option, load_config
from aggregator.config import find_config
from aggregator.model import Config
from aggregator.schedule.shift import Shift

log = structlog.get_logger(__name__)

_AHEAD = timedelta(seconds=5)  # a difference of clocks that leases bear


@click.command("worker")
@config_option
def command(config_path: Path | None) -> None:
    """Poll what is due, together with other workers on one PostgreSQL.

    Start as many as you like, on as many machines, all with the same config: each host is asked by one of them at a
    time. SIGTERM or Ctrl-C ends it within seconds. What a killed one was polling, others poll again within a minute.

    \b
    Examples:
      aggregator worker
      aggregator worker --config /etc/aggregator/aggregator.yaml
    """
    logs.set_up()
    config = load_config(config_path)
    asyncio.run(run(config, find_config(config_path, os.environ)))


async def run(config: Config, path: Path) -> None:
    """Work until the process is told to stop; edits of the config at ``path`` are followed.

    Raises:
        StoreError: the database cannot be used.
    """
    await shared(config, "worker")
    async with house(config) as rooms:
        await asyncio.to_thread(remark, rooms)
        await _compare_clocks(rooms)
        shift = _shift(config, rooms)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, shift.end)
        following = asyncio.create_task(follow(path, rooms, lambda: load_config(path)))
        log.info("working", sources=sum(source.enabled for source in config.sources))
        try:
            await shift.work()
        finally:
            following.cancel()
    log.info("stopped; nothing was left half done")


def _shift(config: Config, rooms: House) -> Shift:
    from aggregator.schedule.pgqueue import PgQueue  # a second of imports that `--help` can do without

    return Shift(PgQueue(config.database_url), rooms.lanes, rooms.holds, rooms.hubs, rooms.tellings)


async def _compare_clocks(rooms: House) -> None:
    ahead = await asyncio.to_thread(rooms.store.lanes.ahead, rooms.clock())
    if abs(ahead) > _AHEAD:
        log.warning(
            f"the clock of this machine is {abs(ahead.total_seconds()):.0f} s "
            f"{'behind' if ahead > timedelta(0) else 'ahead of'} the database's: let all machines keep time (NTP), or "
            "sources are polled twice"
        )
