"""Runs the long forms: ``make torture``, ``make torture ARGS=content``; one that is stopped goes on from there.

Every module beside this one with a ``main`` is one; what it finds goes to its section of ``docs/reliability.md``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from importlib import import_module
from inspect import getdoc
from pathlib import Path

from tests.torture.report import Figure, write

Main = Callable[[], list[Figure]]


def found() -> dict[str, Main]:
    """Every long form by name."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    mains = ((name, getattr(import_module(f"tests.torture.{name}"), "main", None)) for name in names)
    return {name: main for name, main in mains if callable(main)}


def main(wanted: list[str]) -> int:
    """Run the ``wanted`` ones, or all. The exit status: 1 if a promise was not kept, 2 for a name that is none."""
    forms = found()
    if "--list" in wanted:
        for name, form in forms.items():
            print(f"{name:12} {(getdoc(import_module(form.__module__)) or '').partition(chr(10))[0]}")  # noqa: T201
        return 0
    if unknown := sorted(set(wanted) - forms.keys()):
        print(f"no such form: {', '.join(unknown)}; there are: {', '.join(forms)}", file=sys.stderr)  # noqa: T201
        return 2
    broken = 0
    for name in wanted or forms:
        print(f"── {name}", flush=True)  # noqa: T201
        started = time.monotonic()
        figures = forms[name]()
        seconds = time.monotonic() - started
        for one in figures:
            print(f"   {'kept    ' if one.held else 'NOT KEPT'} {one.what}: {one.measured} ({one.promised})")  # noqa: T201
        write(name, figures, seconds)
        broken += sum(not one.held for one in figures)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
