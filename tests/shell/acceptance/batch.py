"""Runs many commands, each in a process of its own with its own exit status, but pays for the imports only once.

python -m tests.shell.acceptance.batch < '[["poll", "--json"], ...]'
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aggregator.cli


def outcome(arguments: Sequence[str]) -> dict[str, object]:
    """What one command came to, in a fork of this process."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            _become(arguments, out, err)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        return {"code": code, "out": out.read_text(), "err": err.read_text(), "seconds": time.monotonic() - started}


def _become(arguments: Sequence[str], out: Path, err: Path) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["aggregator", *arguments]
    code = 70
    try:
        aggregator.cli.main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    for found in pkgutil.iter_modules(aggregator.cli.__path__):
        importlib.import_module(f"aggregator.cli.{found.name}")
    sys.stdout.write(json.dumps([outcome(arguments) for arguments in json.load(sys.stdin)]))
