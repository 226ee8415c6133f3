"""No special address is connected to even where it is this machine's own and somebody listens there."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shell.fetch.special import SPECIAL

ROOT = Path(__file__).parents[3]


def _possible() -> bool:
    unshare = shutil.which("unshare")
    return (
        unshare is not None
        and shutil.which("ip") is not None
        and subprocess.run([unshare, "--net", "true"], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.skipif(not _possible(), reason="needs the right to make a network namespace, and ip")
async def test_canaries_on_the_real_addresses() -> None:
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--net", sys.executable, "-m", "tests.shell.fetch.canaries"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    report = json.loads(out)
    assert report["guarded"] == dict.fromkeys(SPECIAL, 0)
    assert report["spelled"] == 0
    # nobody can connect to a multicast or broadcast address; all others lead to the canary where they are allowed
    assert sum(visits > 0 for visits in report["reached"].values()) > 45
