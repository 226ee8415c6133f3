"""Draws the five portfolios of this folder, each from one index.json and nothing else.

.venv/bin/python docs/gallery/make.py          draw the pages anew from data/
.venv/bin/python docs/gallery/make.py --read   read the sample sites first, and write data/ anew
"""

from __future__ import annotations

import asyncio
import calendar
import json
import re
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BASE = "https://feeds.example.org"
OWNERS = ("arun", "nadia", "ravi", "tomas", "elena")
PLATFORMS = {"dev": "https://dev.to", "medium": "https://medium.com"}

Item = Mapping[str, Any]


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def pages() -> Mapping[str, str]:
    """Every page by its name, from the snapshots."""
    found = {f"{owner}.html": drawn(owner, snapshot(owner)) for owner in OWNERS}
    return {**found, "index.html": drawn("index", {owner: snapshot(owner) for owner in OWNERS})}


def snapshot(owner: str) -> Item:
    """The index of an owner, as the service answered."""
    index: Item = json.loads((HERE / "data" / f"{owner}.json").read_text(encoding="utf-8"))
    return index


def drawn(name: str, index: Item) -> str:
    """One page; ``index`` is all that its design knows."""
    page: str = _DESIGNS.get_template(f"{name}.html").render(index=index, items=index.get("items", ()), name=name)
    return page


def of(items: list[Item], **wanted: object) -> list[Item]:
    """The items of which ``_aggregator`` says all this."""
    return [one for one in items if all(one["_aggregator"].get(name) == value for name, value in wanted.items())]


def date(item: Item) -> str:
    """As exact as the date is: ``17 March 2026``, ``August 2023``, "" if nobody knows it."""
    at, precision = item["date_published"], item["_aggregator"]["date_precision"]
    year, month, day = at[:4], calendar.month_name[int(at[5:7])], str(int(at[8:10]))
    known = {"unknown": "", "year": year, "month": f"{month} {year}"}
    return known.get(precision, f"{day} {month} {year}")


def machine(item: Item) -> str:
    """The same for the ``datetime`` attribute."""
    lengths = {"year": 4, "month": 7, "day": 10}
    return str(item["date_published"])[: lengths.get(item["_aggregator"]["date_precision"], 20)]


def by_year(items: list[Item]) -> list[tuple[str, list[Item]]]:
    """Newest first."""
    ordered = sorted(items, key=lambda one: one["date_published"], reverse=True)
    return [(year, list(found)) for year, found in groupby(ordered, key=lambda one: str(one["date_published"])[:4])]


def label(item: Item, tag: str) -> str:
    """A tag as a person would write it."""
    return str(item["_aggregator"].get("tag_labels", {}).get(tag, tag))


def lessons(items: list[Item], track: str) -> list[Item]:
    """A reading list, in the owner's order."""
    found = [one for one in items if one["_aggregator"].get("track", {}).get("id") == track]
    return sorted(found, key=lambda one: one["_aggregator"]["track"]["position"])


def host(url: str) -> str:
    """``dev.to``."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


_DESIGNS = Environment(
    loader=FileSystemLoader(HERE / "designs"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_DESIGNS.filters |= {"date": date, "machine": machine, "host": host, "of": of, "by_year": by_year}
_DESIGNS.globals |= {"label": label, "lessons": lessons}


# ── snapshots ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def read() -> Mapping[str, str]:
    """The index of every owner, once the whole service has read the sample sites."""
    from aggregator.bootstrap import house
    from aggregator.config import load
    from aggregator.demo import DemoWeb, config_text
    from aggregator.poll.adopt import with_written

    with tempfile.TemporaryDirectory() as folder:
        async with DemoWeb() as web:
            path = Path(folder) / "aggregator.yaml"
            path.write_text(config_text(web, BASE, f"sqlite:///{folder}/demo.db"), encoding="utf-8")
            config = with_written(load(path, {}))
            async with house(config, lambda: NOW) as home:
                for _ in range(2):  # the second time, what stands on the pages of a list of articles
                    async for _done in home.claims.round([source.key for source in config.sources], force=True):
                        pass
                    while visits := await home.visits.begin():  # what articles' own pages say: dates, pictures
                        await asyncio.gather(*visits)
                query = [("kind", "all"), ("limit", "200")]
                return {
                    owner: _told(owner, home.publisher.document(_place(home, owner), query).body) for owner in OWNERS
                }


def _place(home: Any, owner: str) -> Any:
    return home.publisher.place(f"/{owner}/index.json".encode())


def _told(owner: str, body: bytes) -> str:
    """The document, laid out; what the sample sites serve on loopback stands where it would stand."""
    text = body.decode()
    for item in json.loads(text)["items"]:
        source = item["_aggregator"]["source"]
        if found := re.match(r"http://127\.0\.0\.1:\d+", source.get("url", "")):
            text = text.replace(found[0], PLATFORMS.get(source["kind"], f"https://{owner}.example"))
    text = re.sub(r"http://127\.0\.0\.1:\d+", f"https://{owner}.example", text)
    return json.dumps(json.loads(text), ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    """Write what is asked for."""
    if "--read" in sys.argv:
        for owner, text in asyncio.run(read()).items():
            (HERE / "data" / f"{owner}.json").write_text(text, encoding="utf-8")
    for name, page in pages().items():
        (HERE / name).write_text(page, encoding="utf-8")
        sys.stdout.write(f"docs/gallery/{name}\n")


if __name__ == "__main__":
    main()
