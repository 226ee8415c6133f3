"""Runs a command on a machine without any network, which is this one with all of it but loopback taken away.

    python offline.py PATH SECONDS COMMAND...

Waits until the command has said an address and ``PATH`` there is answered, for at most so many seconds, sends it
SIGTERM and tells in JSON what was seen. Exit status 77: this machine does not let a process give its network up.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

NEW_USER, NEW_NET = 0x10000000, 0x40000000
SET_FLAGS, UP = 0x8914, 0x1
NOT_HERE = 77
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def leave_the_network() -> bool:
    """Give this process a network of its own, with nothing in it but loopback."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_NET) != 0 and libc.unshare(NEW_USER | NEW_NET) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        fcntl.ioctl(asking, SET_FLAGS, struct.pack("16sH14s", b"lo", UP, b""))
    return True


def get(url: str) -> tuple[int, str]:
    """Status and body of an answer; 0: there was none."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError:
        return 0, ""


def main() -> int:
    """Do it."""
    path, seconds, *command = sys.argv[1:]
    if not leave_the_network():
        return NOT_HERE
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines: list[str] = []
    reader = threading.Thread(
        target=lambda: lines.extend(iter(process.stdout.readline, "")) if process.stdout else None
    )
    reader.start()
    wanted, _, least = path.partition("#")
    seen: dict[str, object] = {}
    while time.monotonic() - started < float(seconds) and process.poll() is None:
        address = next((found[0] for line in list(lines) if (found := ADDRESS.search(line))), None)
        status, body = get(address + wanted) if address else (0, "")
        if status == 200 and body.count('"id":"tag:') >= int(least or 0):
            seen = {"address": address, "after_s": time.monotonic() - started, "body": body}
            break
        time.sleep(0.05)
    if not least:
        time.sleep(3)  # long enough for every source to have failed
    others = {name: get(f"{seen['address']}{name}")[0] for name in ("/", "/rss.xml", "/readyz")} if seen else {}
    alive = process.poll() is None
    ending = time.monotonic()
    process.send_signal(signal.SIGTERM)
    try:
        code = process.wait(30)
    finally:
        process.kill()
    reader.join()
    told = {"code": code, "end_s": time.monotonic() - ending, "alive": alive, "lines": lines, "others": others, **seen}
    sys.stdout.write(json.dumps(told))
    return 0


if __name__ == "__main__":
    os.environ["PYTHONUNBUFFERED"] = "1"
    sys.exit(main())
