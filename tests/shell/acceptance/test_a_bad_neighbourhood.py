"""One round over 200 sources of which 40 misbehave: it ends, the good ones are stored, every bad one is explained."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator.text.html import inert
from tests.loopback import KINDS, Web
from tests.shell.acceptance.feeds import Item, days, prose, rss
from tests.shell.acceptance.program import environment, resident_mb, run, tree
from tests.shell.acceptance.stage import FETCH, config_text

GOOD, ENTRIES = 160, 5

# What `status` must name for each kind. The first line is the issue's own list.
SAID: Mapping[str, str] = {
    "refused": "does not take connections",
    "reset_in_body": "broke off",
    "endless_body": "larger than 10,485,760 bytes",
    "slow_body": "did not deliver within",
    "html": r'an HTML page titled "Back soon" instead of a feed',
    "empty": "an empty answer instead of a feed",
    "truncated_xml": "cut off",
    "error_500": "500 Internal Server Error",
    "throttled": r"429 Too Many Requests.* 120 seconds",
    "redirect_loop": "redirects in a circle",
    "redirect_private": r"169\.254\.169\.254 is not an address of the public internet",
    "bomb_gzip": "larger than 10,485,760 bytes",
    "bomb_br": "larger than 10,485,760 bytes",
    "bomb_zstd": "larger than 10,485,760 bytes",
    # and everything else that servers were seen to do
    "silent": "did not deliver within",
    "slow_headers": "did not deliver within",
    "reset_in_headers": "broke off",
    "reset_in_chunks": "broke off",
    "cut_off": "ended before the document did",
    "length_too_small": "not HTTP|broke off",
    "not_http": "not HTTP",
    "length_too_large": "larger than 10,485,760 bytes",
    "interim_flood": "far more than a document has",
    "chunk_flood": "far more than a document has",
    "header_flood": "not HTTP",
    "long_header": "not HTTP",
    "damaged_gzip": "arrived damaged",
    "cut_gzip": "arrived damaged",
    "packed_thrice": "packed 3 times over",
    "unasked_304": "304 Not Modified",
    "no_content": "204 No Content",
    "forbidden": "403 Forbidden",
    "challenge": "bot wall",
    "gone": "410 Gone",
    "missing": "404 Not Found",
    "unavailable": r"503 Service Unavailable.* 600 seconds",
    "redirect_file": "only http:// and https://",
    "redirect_nowhere": "without saying where to",
    "deep_xml": "too deep",
}
# Made to hurt whoever reads them; read without harm, and without a word of what they carry too much of.
HARMLESS = ("billion_laughs", "quadratic_author", "deep_html")
TWICE = ("refused",)
BLOCKED = ("throttled", "unavailable", "forbidden", "challenge")


def test_every_kind_of_misbehaviour_is_among_them() -> None:
    assert {*SAID, *HARMLESS} == set(KINDS)
    assert len(SAID) + len(TWICE) == 40


def build(web: Web) -> dict[str, str]:
    """All sources: id -> address."""
    found = {}
    for number in range(GOOD):
        host = f"https://s{number}.example"
        items = [
            Item(f"Post {place} of site {number}", f"{host}/{place}", prose(f"{number} {place}", 400), published=at)
            for place, at in enumerate(days(datetime(2026, 5, 1, tzinfo=UTC), ENTRIES))
        ]
        found[f"good-{number}"] = web.page(f"/good/{number}.xml", rss(f"Site {number}", host, items))
    for kind in (*SAID, *HARMLESS):
        found[kind.replace("_", "-")] = web.hostile(kind, f"/bad/{kind}")
    for kind in TWICE:
        found[f"again-{kind.replace('_', '-')}"] = web.hostile(kind, f"/bad/again/{kind}")
    return found


@dataclass(frozen=True, slots=True)
class Round:
    """What came of the run."""

    code: int
    results: dict[str, Any]
    seconds: float
    peak_mb: float


async def polled(config: Path, limit_s: float) -> Round:
    """``aggregator poll`` in a process of its own, with the memory of all its processes together."""
    arguments = (sys.executable, "-m", "aggregator", "poll", "--json", "--config", str(config))
    loop = asyncio.get_running_loop()
    started, peak = loop.time(), 0.0
    process = await asyncio.create_subprocess_exec(
        *arguments, cwd=config.parent, env=environment(), stdout=asyncio.subprocess.PIPE
    )
    ending = asyncio.create_task(process.communicate())
    while not ending.done():
        peak = max(peak, sum(map(resident_mb, tree(process.pid))))
        if loop.time() - started > limit_s:
            process.kill()
        await asyncio.wait([ending], timeout=0.05)
    out, _ = await ending
    seconds = loop.time() - started
    results = {one["source_key"].partition("/")[2]: one for one in json.loads(out or b"[]")}
    return Round(process.returncode or 0, results, seconds, peak)


# The round waits for the slowest server and then as long as its own work takes: 60 seconds, of which 30 are the
# timeout that the config has by itself. The tests are in a hurry and give it a shorter one.
OWN_WORK_S = 60 - 30


@pytest.mark.parametrize(
    ("engine", "timeout_s"), [("sqlite", 10), pytest.param("postgresql", 5, marks=pytest.mark.postgresql)]
)
async def test_forty_bad_ones_cost_the_others_nothing(timeout_s: int, database_url: str, tmp_path: Path) -> None:
    fetch = f"{FETCH}  timeout: {timeout_s}s\n"
    async with Web() as web:
        sources = [f"      - {{feed: '{url}', id: {id_}}}\n" for id_, url in build(web).items()]
        random.Random(3).shuffle(sources)
        path = tmp_path / "aggregator.yaml"
        owners = f"  - id: asha\n    name: Asha Rao\n    sources:\n{''.join(sources)}"
        path.write_text(config_text(database_url, owners, fetch), encoding="utf-8")
        came = await polled(path, limit_s=60)
        assert came.code == 1, "some sources failed, the rest is done"
        assert came.seconds < timeout_s + OWN_WORK_S
        assert came.peak_mb < 400
        assert len(came.results) == len(sources) == GOOD + 40 + len(HARMLESS)
        status = await run("status", "--json", "--config", str(path), cwd=tmp_path)
        table = await run("status", "--config", str(path), cwd=tmp_path)
    assert (status.code, table.code) == (0, 0)
    health = {one["id"]: one for one in json.loads(status.out)}
    good = {id_: one for id_, one in health.items() if id_.startswith("good-")}
    assert len(good) == GOOD
    assert {(one["state"], one["entries"], one["articles"], one["error"]) for one in good.values()} == {
        ("ok", ENTRIES, ENTRIES, None)
    }
    for kind, words in SAID.items():
        for id_ in (kind.replace("_", "-"), *([f"again-{kind.replace('_', '-')}"] if kind in TWICE else [])):
            one = health[id_]
            assert re.search(words, one["error"] or ""), f"{id_}: {one['error']}"
            assert one["state"] == ("blocked" if kind in BLOCKED else "failing")
            assert (one["failures"], one["entries"]) == (1, 0)
            assert inert(came.results[id_]["message"]) == one["error"]
            assert len(one["error"]) < 400
            assert one["error"].isprintable()
            assert one["error"].split()[0] in table.out
    for kind in HARMLESS:
        one = health[kind.replace("_", "-")]
        assert (one["state"], one["error"]) == ("ok", None)
        assert one["entries"] <= 1
