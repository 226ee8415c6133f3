"""What Prometheus reads at /metrics, who may, and that the dashboard asks for nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from aggregator.api.status.actions import Desk
from aggregator.metrics import MEDIA_TYPE, Meters
from aggregator.poll.edits import refuse
from aggregator.poll.poller import Result
from aggregator.store import Store
from tests.shell.api.library import NOW, stock
from tests.shell.api.running import Service, serving
from tests.shell.store import made

DASHBOARD = Path(__file__).parents[3] / "docs" / "grafana.json"
TOKEN = "an admin token of some length"
POLL = Result("asha/dev", "changed", None, 3, 1, 2, 9, 4, 0, NOW, 230)

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def samples(body: bytes) -> dict[str, float]:
    """Every sample by its name with labels, as it is spelled."""
    return {
        one.name + (json.dumps(one.labels, sort_keys=True) if one.labels else ""): one.value
        for family in text_string_to_metric_families(body.decode())
        for one in family.samples
    }


async def test_what_is_told(service: Service) -> None:
    state = made.claimed(service.store, "asha/dev", NOW)
    service.store.record([replace(state, state="ok", last_success_at=NOW, last_poll_at=NOW)], made.WORKER)
    first = await service.get("/rss.xml")
    await service.get("/rss.xml", If_None_Match=first.headers["ETag"])
    await service.get("/?nonsense=1")
    await service.get("/asha")  # leads to its page; not one more name for every owner
    reply = await service.get("/metrics")
    assert (reply.status, reply.headers["Content-Type"]) == (200, MEDIA_TYPE)
    found = samples(reply.body)
    assert found['aggregator_documents_total{"document": "rss.xml", "status": "200"}'] == 1
    assert found['aggregator_documents_total{"document": "rss.xml", "status": "304"}'] == 1
    assert found['aggregator_documents_total{"document": "page", "status": "400"}'] == 1
    assert found['aggregator_documents_total{"document": "other", "status": "308"}'] == 1
    assert found['aggregator_sources{"state": "ok"}'] == 1
    assert found['aggregator_sources{"state": "new"}'] == 3
    assert found["aggregator_sources_due"] == 4
    assert found["aggregator_poll_lag_seconds"] > 0
    assert found['aggregator_source_last_success_age_seconds{"source": "asha/dev"}'] > 0
    assert (found["aggregator_config_valid"], found["aggregator_database_up"]) == (1, 1)


@on_sqlite
async def test_a_refused_edit_and_a_database_that_is_gone(service: Service, database_url: str) -> None:
    refuse(service.store, ["x.yaml:1: no"], "host", NOW)
    assert samples((await service.get("/metrics")).body)["aggregator_config_valid"] == 0
    with made.raw(database_url) as connection:
        connection.execute(text("DROP TABLE deliveries"))
    found = samples((await service.get("/metrics")).body)
    assert found["aggregator_database_up"] == 0
    assert "aggregator_config_valid" not in found


@on_sqlite
async def test_where_there_is_a_token_it_is_needed(store: Store) -> None:
    stock(store)
    async with serving(store, desk=Desk(token=TOKEN)) as service:
        shut = await service.get("/metrics")
        assert (shut.status, shut.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert (await service.get("/metrics", Authorization="Bearer guess")).status == 401
        assert (await service.get("/metrics", Authorization=f"Bearer {TOKEN}")).status == 200


def told(store: Store) -> bytes:
    meters = Meters()
    meters.polled(POLL)
    meters.rendered("rss.xml", 0.002)
    return meters.text(store, {("rss.xml", 200): 5}, NOW)


@on_sqlite
def test_polls_entries_and_renderings_are_counted(store: Store) -> None:
    found = samples(told(store))
    assert found['aggregator_polls_total{"outcome": "changed"}'] == 1
    assert found["aggregator_poll_duration_seconds_sum"] == 0.23
    assert [found[f'aggregator_entries_total{{"what": "{what}"}}'] for what in ("new", "updated", "merged")] == [
        3,
        1,
        2,
    ]
    assert found['aggregator_render_duration_seconds_count{"document": "rss.xml"}'] == 1


@on_sqlite
def test_the_dashboard_asks_for_what_there_is(store: Store) -> None:
    stock(store)
    families = text_string_to_metric_families(told(store).decode())
    there = {one.name for family in families for one in family.samples} | {"aggregator_source_last_success_age_seconds"}
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = {name for panel in dashboard["panels"] for one in panel["targets"] for name in NAMES.findall(one["expr"])}
    asked |= set(NAMES.findall(dashboard["templating"]["list"][1]["query"]["query"]))
    assert len(asked) > 10
    assert sorted(asked - there) == []


NAMES = re.compile(r"\baggregator_\w+")
