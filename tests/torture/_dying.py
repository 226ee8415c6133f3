"""Ends a process at a statement or a commit of one's choice, from outside of the program: SQLAlchemy tells when."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Engine, event

Moment = Literal["statement", "commit"]


@dataclass(slots=True)
class Ends:
    """Counts what is told to databases and kills this process right before the ``number``-th; 0: it only counts."""

    number: int
    moment: Moment = "statement"
    seen: dict[str, int] = field(default_factory=lambda: {"statement": 0, "commit": 0})

    def listen(self) -> None:
        """Count from now on, whatever engine is used."""
        event.listen(Engine, "before_cursor_execute", lambda *_: self._came("statement"))
        event.listen(Engine, "commit", lambda *_: self._came("commit"))

    def _came(self, what: Moment) -> None:
        self.seen[what] += 1
        if what == self.moment and self.seen[what] == self.number:
            os.kill(os.getpid(), signal.SIGKILL)


def forked(deed: Callable[[], bytes | None]) -> tuple[int, Callable[[], tuple[int, bytes]]]:
    """Do this in a copy of this process. Gives its id, and what waits for its end: its exit status and what it gave.

    Statuses as of subprocess: -9 was killed. The caller has no thread beside the main one.
    """
    ours, theirs = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        status = 1
        try:
            os.setsid()
            given = deed() or b""
            with os.fdopen(theirs, "wb") as out:
                out.write(given)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(theirs)

    def wait() -> tuple[int, bytes]:
        with os.fdopen(ours, "rb") as said:
            given = said.read()
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), given

    return pid, wait


def ended(deed: Callable[[], object], number: int, moment: Moment = "statement") -> tuple[bool, dict[str, int]]:
    """Do this in a copy that ends before the ``number``-th; whether it was, and how many there were if it was not.

    Raises:
        RuntimeError: it failed by itself.
    """

    def counted() -> bytes:
        ends = Ends(number, moment)
        ends.listen()
        deed()
        return f"{ends.seen['statement']} {ends.seen['commit']}".encode()

    _, wait = forked(counted)
    status, said = wait()
    if status == -signal.SIGKILL:
        return True, {}
    if status != 0:
        raise RuntimeError(f"what was to be killed ended by itself with {status}")
    statements, commits = map(int, said.split())
    return False, {"statement": statements, "commit": commits}
