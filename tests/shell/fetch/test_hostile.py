"""Every known misbehaviour comes to an outcome with a sentence, in time and in bounded memory."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from aggregator.fetch import Fetcher
from aggregator.model import Failed, Gone, Outcome, Request, Throttled
from tests.loopback import KINDS, Web

ROOT = Path(__file__).parents[3]


def name_of(outcome: Outcome) -> str:
    return outcome.code if isinstance(outcome, Failed) else type(outcome).__name__


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].outcome == "TooSlow"])
async def test_a_server_that_never_ends_is_left_in_time(kind: str, web: Web, hasty: Fetcher) -> None:
    url = web.hostile(kind, "/feed.xml")
    async with asyncio.timeout(1.5):
        outcome = await hasty.fetch(Request(url))
    assert isinstance(outcome, Failed)
    assert outcome.code == "TooSlow"
    assert "within 0.5 seconds" in outcome.message


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].outcome != "TooSlow"])
async def test_a_misbehaviour_comes_to_its_outcome(kind: str, web: Web, fetcher: Fetcher) -> None:
    outcome = await fetcher.fetch(Request(web.hostile(kind, "/feed.xml")))
    assert name_of(outcome) == KINDS[kind].outcome
    if isinstance(outcome, Failed | Gone | Throttled):
        assert outcome.message.endswith(".")
        assert outcome.message.isprintable()
        assert len(outcome.message) < 400
        assert "127.0.0.1" in outcome.message or "169.254" in outcome.message or "file:" in outcome.message


async def test_one_bad_neighbour_costs_the_others_nothing(web: Web, hasty: Fetcher) -> None:
    """All of them at once, beside a good page."""
    urls = {kind: web.hostile(kind, f"/{kind}") for kind in KINDS if not kind.startswith("bomb")}
    good = web.page("/good", b"good")
    outcomes = await asyncio.gather(*(hasty.fetch(Request(url)) for url in [*urls.values(), *[good] * 20]))
    assert [name_of(outcome) for outcome in outcomes[len(urls) :]] == ["Fetched"] * 20


@pytest.mark.parametrize("kind", ["bomb_gzip", "bomb_br", "bomb_zstd", "endless_body"])
async def test_forty_bombs_at_once_stay_small(kind: str, web: Web) -> None:
    """In a process of their own, loopback web included; a proxy of the environment is not used either."""
    closed = web.hostile("refused", "/")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.shell.fetch.bombing", kind),
        cwd=ROOT,
        env=os.environ | {"http_proxy": closed, "HTTP_PROXY": closed, "ALL_PROXY": closed},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    report = json.loads(out)
    assert report["codes"] == {"TooLarge": 40}
    assert report["asked"] == 40
    assert report["peak_mb"] < 400
