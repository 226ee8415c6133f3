"""Builds the web component from its readable source: ``make embed`` writes, ``make check`` compares and weighs.

The build is committed, so that nobody but who changes the component needs a minifier.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import brotli

from aggregator.embed.component import VERSION, builds, digest

ROOT = Path(__file__).parents[2] / "aggregator" / "embed"
BUDGET = 3500  # bytes in brotli at its best, as it is served


def built() -> bytes:
    """The component as it is served. Raises ImportError where there is no minifier: it has no wheels but for Linux."""
    import minify

    style = json.dumps(minify.string("text/css", (ROOT / "article-feed.css").read_text(encoding="utf-8")))
    source = (ROOT / "article-feed.js").read_text(encoding="utf-8")
    if source.count('"article-feed.css"') != 1:
        raise ValueError("article-feed.js names article-feed.css once, as a string")
    # in a block the minifier may shorten the names of the module, too
    source = source.replace("article-feed.css", "@style")
    script: str = minify.string("application/javascript", f"{{{source}}}")
    for quote in "\"'`":
        script = script.replace(f"{quote}@style{quote}", style)
    return script.encode()


def write() -> None:
    """Put the build in the place of whatever has its version."""
    body = built()
    for file in (ROOT / "builds").glob(f"article-feed-{VERSION}.*.js"):
        file.unlink()
    file = ROOT / "builds" / f"article-feed-{VERSION}.{digest(body)}.js"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(body)
    print(f"{file.name}: {len(body)} bytes, {weight(body)} in brotli")  # noqa: T201


def weight(body: bytes) -> int:
    """Bytes in brotli."""
    return len(brotli.compress(body, quality=11))


def faults() -> list[str]:
    """What is wrong with the builds, for whoever changed one."""
    edited = (build.path for build in builds() if digest(build.body) != build.digest)
    found = [f"{path} is not what its name says: a build is never edited" for path in edited]
    now = [build for build in builds() if build.version == VERSION]
    if len(now) != 1:
        return [*found, f"there are {len(now)} builds of version {VERSION}: run `make embed`"]
    if weight(now[0].body) > BUDGET:
        found.append(f"{now[0].path} has {weight(now[0].body)} bytes in brotli, {BUDGET} at most")
    try:
        if built() != now[0].body:
            found.append(
                f"{now[0].path} is not of this source: run `make embed`; if {VERSION} is out, raise VERSION first"
            )
    except ImportError:
        print("not compared with its source: the minifier is to be had on Linux only", file=sys.stderr)  # noqa: T201
    return found


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit("\n".join(faults()) or None)
    write()
