"""Nothing that a feed carries runs in a browser, wherever it is shown; every kind of vector, each in every field.

``make torture ARGS=browser`` draws all vectors in all formats; here each of them stands in one format.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.torture.browser import controlled, judged
from tests.torture.vectors import vectors
from tests.web.conftest import Loopback

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_nothing_runs_wherever_it_is_drawn(browser: Browser, tmp_path: Path, _sqlite_at_head: Path) -> None:
    every = vectors()[::4]
    came = await judged(browser, [every[part::3] for part in range(3)], tmp_path, f"sqlite:///{tmp_path / 'a.db'}")
    assert came.articles > 0.9 * len(every)
    assert came.ran == ()
    assert came.could == ()


async def test_the_judge_sees_what_runs(browser: Browser, loopback: Loopback) -> None:
    assert await controlled(browser, loopback.url, vectors()) >= 5
