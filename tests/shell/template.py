"""A process that has imported the program once and becomes a module of it as often as it is asked: a fork, not a start.

python -m tests.shell.template SOCKET; `tests.shell.command` starts it and asks. What is forked has imported libraries
and the rooms, every kind of source too, but no command: those look at the terminal and the environment, which are
their own.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import time
from typing import Any

ROOMS = ("aggregator.cli", "aggregator.bootstrap", "aggregator.api.app", "aggregator.export.run", "aggregator.imports")
LIBRARIES = ("alembic.command", "rich.console", "rich.progress", "rich.table", "uvicorn")
STREAMS = (("stdin", "r", "strict"), ("stdout", "w", "strict"), ("stderr", "w", "backslashreplace"))


def main(asked: socket.socket) -> None:
    """Answer every order with the id of a process, and when it has ended with its exit status, on a pipe of its own."""
    for name in (*ROOMS, *LIBRARIES):
        importlib.import_module(name)
    importlib.import_module("aggregator.sources").kinds()
    gc.freeze()  # what is there now is shared with those who are forked, as long as nobody touches it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who watch
    while True:
        said, handed, _, _ = socket.recv_fds(asked, 1 << 20, 4)
        if not said:
            return
        *streams, told = handed
        order = json.loads(said)
        if os.fork() == 0:
            asked.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            child = os.fork()
            if child == 0:
                os.close(told)
                _become(order, streams)
                return
            _watch(child, streams, told)
        for number in (*streams, told):
            os.close(number)


def _watch(child: int, streams: list[int], told: int) -> None:
    for number in (0, 1, 2, *streams):
        os.close(number)
    with contextlib.suppress(BrokenPipeError):  # whoever asked has left
        os.write(told, child.to_bytes(4, "big"))
        _, status = os.waitpid(child, 0)
        os.write(told, os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))
    os._exit(0)


def _become(order: dict[str, Any], streams: list[int]) -> None:
    """What the interpreter does at its start, and then the program, to the end of this process."""
    os.setsid()
    for number, (stream, (name, mode, errors)) in enumerate(zip(streams, STREAMS, strict=True)):
        os.dup2(stream, number)
        os.close(stream)
        lines = 1 if name == "stderr" or os.isatty(number) else -1
        opened = open(number, mode, lines, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, opened)
        setattr(sys, f"__{name}__", opened)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environ"])
    time.tzset()
    sys.argv = [order["module"], *order["words"]]
    runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
