"""Run the benches: every module beside this file that has a ``main``, all of them or those named."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from importlib import import_module
from inspect import getdoc
from pathlib import Path

from bench._figures import Found, keep, said


def every() -> dict[str, Callable[[], object]]:
    """Return name -> main of every bench in this directory, in the order of their names."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    mains = ((name, getattr(import_module(f"bench.{name}"), "main", None)) for name in names)
    return {name: main for name, main in mains if callable(main)}


def main(words: list[str]) -> int:
    """Run the benches named in `words`, or all; return the exit status: 2 for a name that is none."""
    benches = every()
    flags = {word for word in words if word.startswith("--")}
    wanted = [word for word in words if word not in flags]
    if "--list" in flags:
        for name, bench in benches.items():
            print(f"{name:16} {(getdoc(import_module(bench.__module__)) or '').partition(chr(10))[0]}")
        return 0
    unknown = sorted(set(wanted) - benches.keys())
    if unknown:
        print(f"no such bench: {', '.join(unknown)}; there are: {', '.join(benches) or 'none'}", file=sys.stderr)
        return 2
    if not benches:
        print("bench/ holds no bench yet: see bench/README.md", file=sys.stderr)
    for name in wanted or benches:
        print(f"── {name}", flush=True)
        started = time.perf_counter()
        found = benches[name]()
        if isinstance(found, Found):
            print(said(found))
            if "--keep" in flags:
                keep(name, found)
        print(f"   {time.perf_counter() - started:.1f} s in all", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
