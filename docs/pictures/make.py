"""Takes the pictures of this folder: the whole service reads the sample sites, Chromium looks at what it serves.

.venv/bin/python docs/pictures/make.py
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, Route, async_playwright

from aggregator.bootstrap import house
from aggregator.config import load
from aggregator.demo import DemoWeb, config_text
from aggregator.model import Config
from aggregator.publish.publisher import Publisher

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # the sample sites are of this autumn; so are their pictures
BASE = "https://feeds.example.org"
SHOTS: Sequence[tuple[str, int, int, int]] = (("desktop", 1280, 1120, 1), ("phone", 375, 812, 2))
SCHEMES: Sequence[Literal["light", "dark"]] = ("light", "dark")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


async def main() -> int:
    """Exit status 2 without a browser, else 0."""
    chromium = os.environ.get("AGGREGATOR_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("No Chromium: set AGGREGATOR_TEST_CHROMIUM to its executable.\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        async with DemoWeb() as web, async_playwright() as playwright:
            config = configured(web, Path(folder))
            async with house(config, lambda: NOW) as home:
                async for _ in home.claims.round([source.key for source in config.sources], force=True):
                    pass
                browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
                for name, width, height, scale in SHOTS:
                    for scheme in SCHEMES:
                        target = HERE / f"page-{name}-{scheme}.png"
                        await shoot(browser, home.publisher, target, scheme, (width, height, scale))
                        sys.stdout.write(f"{target.name}: {target.stat().st_size // 1000} kB\n")
                await browser.close()
    return 0


def configured(web: DemoWeb, folder: Path) -> Config:
    """The config of the demo, with a database of its own."""
    path = folder / "aggregator.yaml"
    path.write_text(config_text(web, BASE, f"sqlite:///{folder}/demo.db"), encoding="utf-8")
    return load(path, {})


async def shoot(
    browser: Browser, publisher: Publisher, target: Path, scheme: Literal["light", "dark"], size: tuple[int, int, int]
) -> None:
    """One picture of the front page, exactly as the service would serve it."""
    width, height, scale = size
    window = await browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=scale, color_scheme=scheme
    )

    async def answer(route: Route) -> None:
        place = publisher.place(urlsplit(route.request.url).path)
        if place is None:
            await route.fulfill(status=404)
            return
        document = await asyncio.to_thread(publisher.document, place, ())
        headers = {"Content-Type": document.media_type, "Content-Security-Policy": document.policy}
        await route.fulfill(body=document.encoded("identity"), headers=headers)

    await window.route(f"{BASE}/**", answer)
    page = await window.new_page()
    await page.goto(f"{BASE}/", wait_until="networkidle")
    await page.screenshot(path=target)
    await window.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
