"""What an answer costs: ready documents against a bare application on the same server, and against nginx."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench._cpu import seconds
from bench._figures import Bar, Found
from bench._shelf import filled

SIZE = 200  # articles, as many as a feed has
SECONDS = float(os.environ.get("BENCH_SECONDS") or 5)
ROUNDS = 3
CONNECTIONS = 32
CASES = {  # what is asked, and how
    "small, gzip": ("/feeds.opml", {"Accept-Encoding": "gzip"}),
    "full, gzip": ("/rss.xml", {"Accept-Encoding": "gzip"}),
    "full, br": ("/rss.xml", {"Accept-Encoding": "br"}),
    "304": ("/rss.xml", {"Accept-Encoding": "gzip", "If-None-Match": "ETAG"}),
}
_LATENCY = re.compile(r"99%\s+([\d.]+)(us|ms|s)\b")
_REQUESTS = re.compile(r"(\d+) requests in")
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def main() -> Found | None:
    """Ask each server for the same bytes in turns; CPU is the server's own."""
    if shutil.which("wrk") is None:
        print("   needs wrk, and for its ratio nginx (apt install wrk nginx-light)")
        return None
    rows, bars = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _ours(folder) as ours:
            for case, (path, headers) in CASES.items():
                status, sent, body = _asked(ours[0] + path, headers)
                asked = headers | ({"If-None-Match": sent["etag"]} if "If-None-Match" in headers else {})
                if "If-None-Match" in headers:
                    status, sent, body = _asked(ours[0] + path, asked)
                with _bare(folder, status, sent, body) as bare, _nginx(folder, status, sent, body) as nginx:
                    servers = {"ours": (ours[0] + path, ours[1]), "bare": bare, "nginx": nginx}
                    found = _measured({name: one for name, one in servers.items() if one}, asked)
                a, b, c = (found.get(one, (0.0, 0.0)) for one in ("ours", "bare", "nginx"))
                shares = [f"{100 * x[0] / a[0]:.0f} %" if x[0] else "–" for x in (b, c)]
                late = [f"{one[1]:.1f}" if one[1] else "–" for one in (a, b, c)]
                costs = [f"{one[0]:.0f}" if one[0] else "–" for one in (a, b, c)]
                rows.append([f"{case}, {len(body):,} bytes", *costs, *shares, *late])
                bars += [Bar(f"{case}: aggregator", a[0], ours=True), Bar("bare ASGI on uvicorn", b[0])]
                bars += [Bar("nginx", c[0])] if c[0] else []
    columns = ["answer", "CPU µs", "bare", "nginx", "per core of bare", "of nginx", "p99 ms", "bare's", "nginx's"]
    remark = f"wrk with {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS:.0f} s, medians."
    return Found(columns, rows, "CPU µs of the server per answer", bars, remark)


def _measured(servers: dict[str, tuple[str, int]], headers: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Name -> (CPU µs per answer, p99 in ms), medians of rounds in which all had their turn."""
    said: dict[str, list[tuple[float, float]]] = {name: [] for name in servers}
    words = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    for _ in range(ROUNDS):
        for name, (url, pid) in servers.items():
            before = seconds(pid)
            command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS:.0f}s", "--latency", *words, url]
            told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            late, many = _LATENCY.search(told), _REQUESTS.search(told)
            if late is None or many is None or "Non-2xx" in told:
                raise RuntimeError(f"{name}: {told}")
            said[name].append((1e6 * (seconds(pid) - before) / int(many[1]), float(late[1]) * _UNITS[late[2]]))
    return {name: (median(x for x, _ in all_), median(x for _, x in all_)) for name, all_ in said.items()}


def _asked(url: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, {name.lower(): value for name, value in answer.headers.items()}, b""


# ── servers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _ours(folder: Path) -> Iterator[tuple[str, int]]:
    config = filled(SIZE, folder)
    path = folder / "served.yaml"
    path.write_text(f"database_url: {config.database_url}\nowners: [{{id: o0, name: O}}]\n", encoding="utf-8")
    port = _free()
    words = ["-m", "aggregator", "serve", "--port", str(port), "--config", str(path)]
    with _running([sys.executable, *words], port) as pid:
        yield f"http://127.0.0.1:{port}", pid


@contextmanager
def _bare(folder: Path, status: int, headers: dict[str, str], body: bytes) -> Iterator[tuple[str, int]]:
    left_out = ("date", "server", "transfer-encoding", "connection")
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items() if name.lower() not in left_out]
    program = f"""
import asyncio
import uvicorn
START = {{"type": "http.response.start", "status": {status}, "headers": {pairs!r}}}
BODY = {{"type": "http.response.body", "body": {body!r}}}
async def app(scope, receive, send):
    await send(START)
    await send(BODY)
said = dict(log_config=None, access_log=False, server_header=False, lifespan="off", limit_concurrency=2000)
asyncio.run(uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=PORT, **said)).serve())
"""
    port, path = _free(), folder / "bare.py"
    path.write_text(program.replace("PORT", str(port)), encoding="utf-8")
    with _running([sys.executable, str(path)], port) as pid:
        yield f"http://127.0.0.1:{port}/", pid


@contextmanager
def _nginx(folder: Path, status: int, headers: dict[str, str], body: bytes) -> Iterator[tuple[str, int] | None]:
    if shutil.which("nginx") is None:
        yield None
        return
    port = _free()
    (folder / "www").mkdir(exist_ok=True)
    (folder / "www/document").write_bytes(body)
    kept = ("etag", "cache-control", "content-encoding", "vary", "link", "access-control-allow-origin")
    said = "".join(f"add_header {name} '{value}' always;" for name, value in headers.items() if name in kept)
    place = "return 304;" if status == 304 else f"root {folder}/www; try_files /document =404; etag off;"
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null;"
        f"events {{ worker_connections 512; }} http {{ access_log off; sendfile on; keepalive_requests 100000000;"
        f"open_file_cache max=10; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; "
        f"fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e; "
        f"server {{ listen 127.0.0.1:{port}; location / {{ {place} {said} }} }} }}",
        encoding="utf-8",
    )
    with _running(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)], port) as pid:
        yield f"http://127.0.0.1:{port}/", pid


@contextmanager
def _running(command: list[str], port: int) -> Iterator[int]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError(f"{command[:3]} ended with {process.returncode}") from None
                time.sleep(0.1)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
