"""A program that polls sources one by one, tells what a kill right after each would leave, and is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from aggregator.config import load
from aggregator.fetch import Fetcher
from aggregator.poll.poller import Poller, Tools
from aggregator.poll.workers import Readers
from aggregator.store import Store


async def main(config_file: str, at: str, *keys: str) -> None:
    """Poll these sources at this moment. What is told was written when a poll ended, no turn of the loop later."""
    moment, config = datetime.fromisoformat(at), load(Path(config_file), {})
    store, other = Store.open(config.database_url), Store.open(config.database_url)
    async with Fetcher(config.fetch, "tests") as fetcher, Readers() as readers:
        poller = Poller(config, Tools(store, fetcher, readers, lambda: moment, lambda: 0.5, "killed"))
        for key in store.claim(moment, "killed", 900, len(keys), keys, True):
            await poller.poll(key)
            sys.stdout.write(f"{key} {other.states([key])[key].next_poll_at.isoformat()}\n")
            sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
