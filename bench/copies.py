"""How well copies are recognised: a labelled set through the real service, served, polled and read back.

Every source of the set becomes a feed on loopback (a record's ``canonical`` as ``atom:link rel=canonical``), the whole
service polls them into SQLite, and the articles in ``index.json`` are compared with the labels. The set is split in
two halves by article; thresholds were chosen on the first, the second is what counts.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from lxml import etree

from aggregator.bootstrap import House, house
from aggregator.config import load
from aggregator.dedupe.index import guid_key
from aggregator.publish.publisher import Place
from aggregator.text.html import xml_safe

DATA = Path(__file__).parents[2] / "shared/data/crosspost/synth-dev.jsonl.gz"
ATOM = "http://www.w3.org/2005/Atom"
KINDS = {"devto": "dev", "medium": "medium"}

Record = Mapping[str, Any]


def main() -> None:
    """Score the rule; needs the labelled set beside the checkout."""
    if not DATA.is_file():
        print(f"the labelled set is not here ({DATA.name}): nothing measured")
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    article_of = asyncio.run(_through_the_service(records))
    for name, half in (("first half", 0), ("second half", 1), ("all", None)):
        chosen = [record for record in records if half is None or _half(record) == half]
        print(f"   {name:12} {score(chosen, article_of)}")
    _by_kind(records, article_of)


def _half(record: Record) -> int:
    """Copies of one article, and everything derived from the same text, stay in one half."""
    return blake2b(str(record.get("base") or record["cluster"]).encode()).digest()[0] & 1


# ── through the service ─────────────────────────────────────────────────────────────────────────────────────────────


async def _through_the_service(records: Sequence[Record]) -> dict[str, str]:
    """Record id -> id of the article it came to be in."""
    by_source: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_source[record["source"]].append(record)
    paths = {_path(source): _atom(found) for source, found in by_source.items()}

    async def serve(request: web.Request) -> web.Response:
        if request.path not in paths:  # DEV's API: the set has none
            raise web.HTTPNotFound
        return web.Response(body=paths[request.path], content_type="application/atom+xml")

    app = web.Application()
    app.router.add_get("/{tail:.*}", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "aggregator.yaml"
        path.write_text(_config(by_source, port, folder), encoding="utf-8")
        async with house(load(path, {})) as rooms:
            failed = [
                result.message
                async for result in rooms.claims.round(frozenset(one.key for one in rooms.config.sources), True)
                if result.message
            ]
            if failed:
                sys.exit(f"a source failed: {failed[0]}")
            found = _read_back(rooms, records)
    await runner.cleanup()
    return found


def _read_back(rooms: House, records: Sequence[Record]) -> dict[str, str]:
    shown = set()
    cursor = ""
    while True:
        query = (("kind", "all"), ("limit", "200"), *((("cursor", cursor),) if cursor else ()))
        index = json.loads(rooms.publisher.document(Place((), "index.json"), query).body)
        shown.update(item["id"] for item in index["items"])
        if "next_url" not in index:
            break
        cursor = index["next_url"].partition("cursor=")[2].partition("&")[0]
    ulids = {one.rpartition("/")[2] for one in shown}
    key_of = {_path(record["source"]): record["source"] for record in records}
    sources = {key_of[urlsplit(one.feed_url).path]: one.key for one in rooms.config.sources}
    found = {}
    for record in records:
        guid = guid_key(sources[record["source"]], record["guid"] or record["url"])
        articles = rooms.store.find([guid])
        if len(articles) != 1 or articles[0] not in ulids:
            sys.exit(f"{record['url']} is in {len(articles)} articles")
        found[record["id"]] = articles[0]
    return found


def _path(source: str) -> str:
    platform, _, name = source.partition(":")
    return {"devto": f"/feed/{name}", "medium": f"/feed/@{name}"}.get(platform, f"/{platform}/{name}")


def _config(by_source: Mapping[str, Sequence[Record]], port: int, folder: str) -> str:
    base = f"http://127.0.0.1:{port}"
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for source in sorted(by_source):
        owners[by_source[source][0]["owner"]].append(source)
    config: dict[str, Any] = {
        "site": {"title": "bench", "base_url": "http://127.0.0.1:8000"},
        "database_url": f"sqlite:///{folder}/bench.db",
        "fetch": {"allow_private": [f"127.0.0.1:{port}"], "per_host": {"concurrency": 4, "interval": "1s"}},
        "owners": [],
    }
    config["fetch"]["per_host"]["interval"] = "1ms"
    for number, (owner, found) in enumerate(sorted(owners.items())):
        hosts = Counter(
            urlsplit(record["url"]).hostname
            for source in found
            if source.startswith("site:")
            for record in by_source[source]
        )
        places = []
        for source in found:
            platform, _, name = source.partition(":")
            kind = KINDS.get(platform)
            value = {"dev": name, "medium": f"@{name}"}.get(kind or "", base + _path(source))
            place = {kind or "feed": value, "id": platform}
            places.append(place | {"base_url": base} if kind else place)
        home = {"home_page_url": f"https://{hosts.most_common(1)[0][0]}"} if hosts else {}
        config["owners"].append({"id": f"owner-{number}", "name": owner, **home, "sources": places})
    return json.dumps(config)


def _atom(records: Iterable[Record]) -> bytes:
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    for record in records:
        entry = etree.SubElement(feed, f"{{{ATOM}}}entry")
        texts = {"id": record["guid"] or record["url"], "title": record["title"], "published": record["published"]}
        for name, value in texts.items():
            if value:
                etree.SubElement(entry, f"{{{ATOM}}}{name}").text = xml_safe(value)
        etree.SubElement(entry, f"{{{ATOM}}}link", rel="alternate", href=record["url"])
        if record["canonical"]:
            etree.SubElement(entry, f"{{{ATOM}}}link", rel="canonical", href=record["canonical"])
        for name, value in (("summary", record["summary"]), ("content", record["content_html"])):
            if value:
                etree.SubElement(entry, f"{{{ATOM}}}{name}", type="html").text = xml_safe(value)
    return etree.tostring(feed, xml_declaration=True, encoding="utf-8")


# ── scoring ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs: precision, recall, F1. Articles: share found exactly among those with several copies, impure per 1,000."""

    precision: float
    recall: float
    exact: float
    impure: float
    wrong: int
    missed: int

    def __str__(self) -> str:
        f1 = 2 * self.precision * self.recall / (self.precision + self.recall)
        return (
            f"precision {self.precision:.4f}  recall {self.recall:.4f}  F1 {f1:.4f}  exact {self.exact:.3f}  "
            f"impure {self.impure:.1f}/1000  ({self.wrong} pairs wrong, {self.missed} missed)"
        )


def score(records: Sequence[Record], article_of: Mapping[str, str]) -> Score:
    """Compare the articles with the labels."""
    right, wrong, missed = _pairs(records, article_of)
    truth: defaultdict[str, set[str]] = defaultdict(set)
    made: defaultdict[str, set[str]] = defaultdict(set)
    for record in records:
        truth[record["cluster"]].add(record["id"])
        made[article_of[record["id"]]].add(record["id"])
    several = [members for members in truth.values() if len(members) > 1]
    cluster_of = {record["id"]: record["cluster"] for record in records}
    impure = sum(1 for members in made.values() if len({cluster_of[one] for one in members}) > 1)
    return Score(
        precision=right / max(right + len(wrong), 1),
        recall=right / max(right + len(missed), 1),
        exact=sum(1 for members in several if made[article_of[next(iter(members))]] == members) / max(len(several), 1),
        impure=1000 * impure / max(len(made), 1),
        wrong=len(wrong),
        missed=len(missed),
    )


def _pairs(
    records: Sequence[Record], article_of: Mapping[str, str]
) -> tuple[int, list[tuple[Record, Record]], list[tuple[Record, Record]]]:
    right, wrong, missed = 0, [], []
    for a, b in combinations(records, 2):
        same, joined = a["cluster"] == b["cluster"], article_of[a["id"]] == article_of[b["id"]]
        if same and joined:
            right += 1
        elif same:
            missed.append((a, b))
        elif joined and not (a.get("ignore_group") and a.get("ignore_group") == b.get("ignore_group")):
            wrong.append((a, b))
    return right, wrong, missed


def _by_kind(records: Sequence[Record], article_of: Mapping[str, str]) -> None:
    """Recall by what was done to the copies."""
    of_kind: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for a, b in combinations(records, 2):
        if a["cluster"] == b["cluster"]:
            kinds = {*a["kinds"], *b["kinds"]} or {"verbatim"}
            of_kind.update(kinds)
            if article_of[a["id"]] == article_of[b["id"]]:
                found.update(kinds)
    print("   recall by kind of edit")
    for kind, count in sorted(of_kind.items(), key=lambda row: found[row[0]] / row[1]):
        print(f"     {kind:22} {found[kind] / count:.3f}  of {count} pairs")
