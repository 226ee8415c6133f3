"""The inside of a reader process: one document at a time from a pipe, under limits, until the pipe ends.

Run as a script by ``workers.py``; imports nothing of the house but what it is told to run, so that it is small and
starts fast.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import pickle
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Callable

LENGTH = struct.Struct(">Q")
_GRACE_S = 2.0  # beyond the parent's own limit
_NAMES = {
    "builtins": {"frozenset", "set", "slice", "range", "complex", "bytearray"},
    "datetime": {"datetime", "date", "time", "timedelta", "timezone"},
}
_HOUSE = {"aggregator.model", "aggregator.errors"}


class Values(pickle.Unpickler):
    """Reads values of the house and nothing else: whoever takes over a reader still cannot make its parent run code."""

    def find_class(self, module: str, name: str) -> object:
        """The class of a value. Raises pickle.UnpicklingError for anything that is none of the house's."""
        if (module in _HOUSE and "." not in name) or name in _NAMES.get(module, ()):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no value of this house")


def dumps(value: object) -> bytes:
    """One value as a frame."""
    data = pickle.dumps(value, protocol=5)
    return LENGTH.pack(len(data)) + data


def loads(data: bytes) -> object:
    """The value of one frame without its length. Raises pickle.UnpicklingError and what broken data raises."""
    return Values(io.BytesIO(data)).load()


def limit(memory_bytes: int) -> None:
    """Cap what this process may allocate, where the system can (macOS does not enforce it), and dump no core."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # Data, not address space: code and mapped files do not count, so the figure is what a document may cost.
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


def find(name: str) -> Callable[..., object]:
    """The function that ``module:function`` names. Raises what importing raises."""
    module, _, function = name.partition(":")
    found: Callable[..., object] = getattr(importlib.import_module(module), function)
    return found


def answer(parse_error: type[Exception], job: object) -> bytes:
    """Run one job, ``(target, arguments)``, and put what came of it into a frame: ``(kind, value)``."""
    try:
        if not isinstance(job, tuple):
            raise TypeError("a job is a target and its arguments")
        target, arguments = job
        return dumps(("value", find(target)(*arguments)))
    except parse_error as error:
        return dumps(("error", type(error)(*error.args)))
    except MemoryError:
        return dumps(("exhausted", "more memory than one document may have"))
    except RecursionError:
        return dumps(("exhausted", "deeper nesting than one document may have"))
    except Exception:
        return dumps(("fault", traceback.format_exc(limit=-8)[-4000:]))


def serve(pipe: io.BufferedRWPair) -> None:
    """Answer jobs until the other end is closed. The first frame says what must be there and under which limits."""
    hello = _read(pipe)
    if not isinstance(hello, tuple):
        return
    path, target_name, memory_bytes, time_limit_s = hello
    sys.path[:] = path
    limit(memory_bytes)
    try:
        find(target_name)
        parse_error = importlib.import_module("aggregator.errors").ParseError
    except Exception:
        _write(pipe, dumps(("fault", traceback.format_exc())))
        return
    _write(pipe, dumps(("ready", None)))
    while (job := _read(pipe)) is not None:
        # If the parent is gone, nobody else ends a document that never ends.
        signal.setitimer(signal.ITIMER_REAL, time_limit_s + _GRACE_S)
        frame = answer(parse_error, job)
        signal.setitimer(signal.ITIMER_REAL, 0)
        del job
        _write(pipe, frame)


def _read(pipe: io.BufferedRWPair) -> object:
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    return loads(pipe.read(size))


def _write(pipe: io.BufferedRWPair, frame: bytes) -> None:
    pipe.write(frame)
    pipe.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    with socket.socket(fileno=int(sys.argv[1])) as connection, contextlib.suppress(OSError):
        serve(connection.makefile("rwb"))
    os._exit(0)
