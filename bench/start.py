"""What a start costs: the help, a command, a service that answers and then does nothing; against a bare interpreter."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

from bench._figures import Bar, Found
from bench._shelf import filled

SIZE = int(os.environ.get("BENCH_START") or 100_000)  # articles
TURNS = 5
IDLE_S = 3
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")


def main() -> Found:
    """Start each a few times, the service once with a full store."""
    floor = _ended("-c", "pass")
    cases = {
        "python -c pass": floor,
        "aggregator --help": _ended("-m", "aggregator", "--help"),
        "import fastapi, sqlalchemy, aiohttp": _ended("-c", "import fastapi, sqlalchemy, aiohttp"),
    }
    rows = [[what, f"{cpu:.2f}", f"{wall:.2f}", ""] for what, (cpu, wall) in cases.items()]
    with tempfile.TemporaryDirectory() as folder:
        config = filled(SIZE, Path(folder))
        path = Path(folder) / "served.yaml"
        path.write_text(f"database_url: {config.database_url}\nowners: [{{id: o0, name: O}}]\n", encoding="utf-8")
        cpu, wall, mb = _served(path)
    rows.append([f"aggregator serve, {SIZE:,} articles, until it answers", f"{cpu:.2f}", f"{wall:.2f}", f"{mb:.0f}"])
    bars = [Bar(what, 1000 * cpu, what.startswith("aggregator")) for what, (cpu, _) in cases.items()]
    bars.append(Bar("aggregator serve", 1000 * cpu, ours=True))
    return Found(["start", "CPU s", "wall s", "idle MB"], rows, "CPU ms until it is there", bars)


def _ended(*words: str) -> tuple[float, float]:
    """CPU and wall seconds of a process, medians."""
    spent, waited = [], []
    for _ in range(TURNS):
        before, began = _children(), time.perf_counter()
        subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, check=True)
        waited.append(time.perf_counter() - began)
        spent.append(_children() - before)
    return median(spent), median(waited)


def _served(config: Path) -> tuple[float, float, float]:
    """CPU and wall seconds until a service answers, and its memory in MB when it has nothing to do."""
    command = [sys.executable, "-m", "aggregator", "serve", "--port", "0", "--config", str(config)]
    began = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = next((found[0] for line in process.stdout if (found := _ADDRESS.search(line))), None)
        if address is None:
            raise RuntimeError(f"serve said no address and ended with {process.wait()}")
        urllib.request.urlopen(f"{address}readyz").close()
        wall = time.perf_counter() - began
        stat = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        cpu = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
        time.sleep(IDLE_S)
        resident = int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1])
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
    return cpu, wall, resident * resource.getpagesize() / 1024**2


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
