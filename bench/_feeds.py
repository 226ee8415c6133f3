"""Feeds of 10 to 25 entries made up from a fixed seed, and a server for them in a process of its own.

python -m bench._feeds PORT-FILE; `GET /turn/N` makes turn N current: in turn 1 nothing is new, in turn 2 one feed in
ten has one more entry.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from pathlib import Path

from aiohttp import web

from bench._archive import chosen, parts

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TENTH = 10


@lru_cache(maxsize=20_000)
def feed(number: int, turn: int) -> bytes:
    """RSS with whole texts, 9 kB each; every tenth feed has one more entry from turn 2 on."""
    chance = random.Random(f"feed {number}")
    count = chance.randint(10, 25)
    news = int(turn >= 2 and number % TENTH == 0)
    items = "".join(_item(number, place) for place in reversed(range(count + news)))
    head = f"<title>Site {number}</title><link>https://s{number}.example/</link><description>Notes</description>"
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f'<?xml version="1.0"?><rss version="2.0" {space}><channel>{head}{items}</channel></rss>'.encode()


def _item(number: int, place: int) -> str:
    chance = random.Random(f"item {number} {place}")
    url = f"https://s{number}.example/posts/{place}"
    text = chosen(chance, 1100)
    said = ((" ".join(part), f'<a href="/posts/{place}#{part[0]}">{part[0]}</a>') for part in parts(text, 70))
    html = "".join(f"<p>{words}, see {link}.</p>\n" for words, link in said)
    title = " ".join(chosen(chance, 6)).capitalize()
    at = format_datetime(NOW - timedelta(days=400 - place, minutes=number % 600))
    return (
        f"<item><title>{title}</title><link>{url}</link><guid>{url}</guid><pubDate>{at}</pubDate>"
        f"<category>{text[0]}</category><description>{escape(' '.join(text[:40]))}</description>"
        f"<content:encoded><![CDATA[{html}]]></content:encoded></item>"
    )


@contextmanager
def served() -> Iterator[str]:
    """The address of a server of these feeds: ``{address}/feed/NUMBER``."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "port"
        process = subprocess.Popen([sys.executable, "-m", "bench._feeds", str(told)])
        try:
            while not told.exists():
                time.sleep(0.05)
            yield f"http://127.0.0.1:{told.read_text()}"
        finally:
            process.terminate()
            process.wait()


def turn_to(address: str, turn: int) -> None:
    """Make this turn current."""
    urllib.request.urlopen(f"{address}/turn/{turn}").close()


async def _serve(told: Path) -> None:
    current = 0

    async def answer(request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        tag = f'"{number}-{int(current >= 2 and number % TENTH == 0)}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(body=feed(number, current), content_type="application/rss+xml", headers={"ETag": tag})

    async def turn(request: web.Request) -> web.Response:
        nonlocal current
        current = int(request.match_info["turn"])
        return web.Response()

    app = web.Application()
    app.router.add_get("/feed/{number}", answer)
    app.router.add_get("/turn/{turn}", turn)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=2048)
    await site.start()
    made = told.with_suffix(".new")
    made.write_text(str(runner.addresses[0][1]))
    made.rename(told)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
