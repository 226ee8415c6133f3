"""What a static export costs: all of 10,000 articles, again without news, and again with one article more."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from pathlib import Path

import structlog

from aggregator.api.article_routes import article_files
from aggregator.bootstrap import shown
from aggregator.export.run import export
from aggregator.model import Config
from aggregator.store import Store
from bench._shelf import filled, publish

SIZE = 10_000


def main() -> None:
    """Fill a store, export it three times."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    size = int(os.environ.get("BENCH_EXPORT") or SIZE)
    with tempfile.TemporaryDirectory() as folder:
        config = filled(size, Path(folder))
        print(f"   {size:,} articles of {len(config.owners)} owners:")
        _exported(config, Path(folder), "everything")
        _exported(config, Path(folder), "nothing new")
        publish(config, size)
        _exported(config, Path(folder), "one article more")


def _exported(config: Config, folder: Path, what: str) -> None:
    store = Store.open(config.database_url)
    started = time.perf_counter()
    done = export(config, store, folder / "out", shown(config), article_files)
    took = time.perf_counter() - started
    store.close()
    print(
        f"     {what:18} {took:7.2f} s: {done.files:,} files, {done.bytes / 1e6:,.0f} MB, {len(done.written):,} written"
    )
