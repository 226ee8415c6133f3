"""Run in a network namespace of its own: gives every special address to this machine, and counts who comes to them.

``unshare --net python -m tests.shell.fetch.canaries``: JSON on standard output.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

from aggregator.fetch import Fetcher
from aggregator.model import Request, Sending
from tests.loopback import Web
from tests.shell.fetch.conftest import OPEN
from tests.shell.fetch.special import SPECIAL, SPELLINGS
from tests.shell.fetch.test_guard import Canary, numeric

REDIRECTS = (301, 302, 303, 307, 308)


def own() -> list[str]:
    """Give this namespace every special address that a machine can have; those that it has now."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in SPECIAL:
        plain = address.partition("%")[0]
        prefix = 128 if ":" in plain else 32
        subprocess.run(
            ["ip", "address", "add", f"{plain}/{prefix}", "dev", "lo", "nodad"][: None if ":" in plain else 6],
            stderr=subprocess.DEVNULL,
            check=False,
        )
    said = subprocess.run(["ip", "-json", "address", "show", "lo"], check=True, capture_output=True).stdout
    there = {info["local"] for link in json.loads(said) for info in link["addr_info"]}
    return [address for address in SPECIAL if address in there or address.startswith("127.")]


async def visit(canary: Canary, web: Web, address: str, allowed: tuple[str, ...]) -> int:
    """Try every way to one address; how many connections came of it."""

    async def lookup(name: str, port: int) -> Sequence[str]:
        return [address, address] if name == "evil.example" else await numeric(name, port)

    literal = f"[{address}]" if ":" in address else address
    policy = replace(OPEN, allow_private=(f"127.0.0.1:{web.port}", *allowed), timeout_s=2.0)
    before = canary.visits
    async with Fetcher(policy, "1", lookup=lookup) as fetcher:
        for host in (literal, "evil.example"):
            url = f"http://{host}:{canary.port}/"
            await fetcher.fetch(Request(url))
            await fetcher.fetch(Request(url, form=(("hub.mode", "subscribe"),)))  # what WebSub sends to a hub
            await fetcher.send(Sending(url, b"{}", {}))  # webhooks, builds, announcements
        for status in REDIRECTS:
            await fetcher.fetch(Request(web.redirect(f"/{status}", f"http://{literal}:{canary.port}/", status)))
    return canary.visits - before


async def main() -> None:
    """Visit every address, guarded and, to see that the canary is there, allowed."""
    there = own()
    canary = Canary()
    await canary.open()
    proxy = f"http://10.0.0.1:{canary.port}"
    os.environ |= dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"), proxy)
    async with Web() as web:
        guarded = {address: await visit(canary, web, address, ()) for address in SPECIAL}
        reached = {address: await visit(canary, web, address, ("0.0.0.0/0", "::/0")) for address in there}
        before = canary.visits
        async with Fetcher(replace(OPEN, allow_private=(), timeout_s=2.0), "1", lookup=numeric) as fetcher:
            for spelling in SPELLINGS:
                await fetcher.fetch(Request(f"http://{spelling}:{canary.port}/"))
        spelled = canary.visits - before
    await canary.close()
    json.dump({"guarded": guarded, "reached": reached, "spelled": spelled}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
