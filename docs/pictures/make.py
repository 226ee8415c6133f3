"""Takes the pictures of this folder: the whole service reads the sample sites, Chromium looks at what it serves.

.venv/bin/python docs/pictures/make.py
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import uvicorn
from playwright.async_api import async_playwright

from aggregator.api.app import create_app
from aggregator.bootstrap import house
from aggregator.config import load
from aggregator.demo import DemoWeb, config_text
from aggregator.model import Config

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # the sample sites are of this autumn; so are their pictures
SHOTS: Sequence[tuple[str, int, int, int]] = (("desktop", 1280, 1120, 1), ("phone", 390, 844, 2))
SCHEMES: Sequence[Literal["light", "dark"]] = ("light", "dark")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


async def main() -> int:
    """Exit status 2 without a browser, else 0."""
    chromium = os.environ.get("AGGREGATOR_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("No Chromium: set AGGREGATOR_TEST_CHROMIUM to its executable.\n")
        return 2
    async with served() as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, width, height, scale in SHOTS:
            for scheme in SCHEMES:
                target = HERE / f"page-{name}-{scheme}.png"
                window = await browser.new_context(
                    viewport={"width": width, "height": height}, device_scale_factor=scale, color_scheme=scheme
                )
                page = await window.new_page()
                await page.goto(f"{address}mira/", wait_until="networkidle")
                await page.screenshot(path=target)
                await window.close()
                sys.stdout.write(f"{target.name}\n")
        await browser.close()
    return 0


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    """The address of the service while it runs, every sample site read."""
    with socket.create_server(("127.0.0.1", 0)) as listening, tempfile.TemporaryDirectory() as folder:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with DemoWeb() as web:
            config = configured(web, address, Path(folder))
            async with house(config, lambda: NOW) as home:
                async for _ in home.claims.round([source.key for source in config.sources], force=True):
                    pass
                app = create_app(config, home.store, home.publisher)
                server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
                serving = asyncio.create_task(server.serve(sockets=[listening]))
                yield f"{address}/"
                server.should_exit = True
                await serving


def configured(web: DemoWeb, address: str, folder: Path) -> Config:
    """The config of the demo, with a database of its own."""
    path = folder / "aggregator.yaml"
    path.write_text(config_text(web, address, f"sqlite:///{folder}/demo.db"), encoding="utf-8")
    return load(path, {})


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
