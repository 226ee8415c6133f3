"""What a collector of traces is told by the service, what it is never told, and what a service without one pays."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from structlog.testing import capture_logs

from aggregator import traces
from aggregator.traces.collector import LAST_WORDS_S, start
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.program import running, until
from tests.shell.acceptance.stage import config_text
from tests.shell.notify.receiver import Receiver, Reply, receiving

INSIDE, ANSWERS, ASKS = 1, 2, 3  # SpanKind of the protocol: internal, server, client
OK, ERROR = 0, 2
CALLER = "4bf92f3577b34da6a3ce929d0e0e4736"
OFTEN = {"OTEL_BSP_SCHEDULE_DELAY": "200"}


@dataclass(frozen=True, slots=True)
class Span:
    """One span as a collector gets it."""

    name: str
    kind: int
    id: str
    parent: str
    trace: str
    status: int
    facts: dict[str, Any]
    service: str


def spans(collector: Receiver) -> list[Span]:
    """Everything that arrived at the address of OTLP over HTTP."""
    return [one for got in collector.at("/v1/traces") for one in _read(got.body)]


def _read(body: bytes) -> Iterator[Span]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = _facts(resource.resource.attributes)["service.name"]
        for scope in resource.scope_spans:
            for one in scope.spans:
                ids = (one.span_id.hex(), one.parent_span_id.hex(), one.trace_id.hex())
                yield Span(one.name, one.kind, *ids, one.status.code, _facts(one.attributes), service)


def _facts(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


def arrived(collector: Receiver, number: int) -> bool:
    return len(collector.at("/v1/traces")) >= number


async def ask(url: str, method: str = "GET", **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.request(method, url, headers=named) as answer:
        await answer.read()


def write(folder: Path, receiver: Receiver, *feeds: str) -> None:
    sources = "".join(f"      - {{feed: '{receiver.url(path)}', id: s{place}}}\n" for place, path in enumerate(feeds))
    owners = f"  - id: asha\n    name: Asha Rao\n    sources:\n{sources}"
    hook = f"webhooks: [{{url: '{receiver.url('/t0psecret-hook')}', kind: deploy, id: site}}]\n"
    text = config_text(f"sqlite:///{folder}/a.db", owners) + hook + "deploy: {quiet: 1s, apart: 1s}\n"
    (folder / "aggregator.yaml").write_text(text, encoding="utf-8")


async def test_the_service_tells_a_collector_how_long_what_took(tmp_path: Path) -> None:
    """One feed with an article, one that is not there; a reader that is part of somebody's trace; a hub's callback."""
    body = rss("Asha", "https://asha.example/", [Item("On one", "https://asha.example/one", prose("one"))])
    async with receiving() as receiver, receiving() as collector:
        receiver.url("/feed.xml", Reply(body=body.encode(), headers={"Content-Type": "application/rss+xml"}))
        receiver.url("/gone.xml", Reply(404))
        write(tmp_path, receiver, "/feed.xml?key=t0psecret-feed", "/gone.xml")
        told = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}", "AGGREGATOR_LOG": "json", **OFTEN}
        async with running("serve", "--port", "0", cwd=tmp_path, extra={**told, **_here(tmp_path)}) as program:
            address = await program.address()
            await program.says('"poll"', "asha/s0", "asha/s1")
            asked = {"traceparent": f"00-{CALLER}-00f067aa0ba902b7-01", "User_Agent": "t0psecret-reader"}
            for path in ("rss.xml?q=t0psecret-words", "api/sources", "websub/t0psecret-hub", "healthz"):
                await ask(address + path, **asked)
            await ask(f"{address}websub/t0psecret-hub", "HEAD", **asked)
            await until(lambda: any(one.name == "deliver" for one in spans(collector)))
            assert await program.end() == 0
            lines = [json.loads(line) for line in program.err]
    found = spans(collector)
    assert {one.service for one in found} == {"aggregator"}
    by_id = {one.id: one for one in found}

    polls = {one.facts["aggregator.source"]: one for one in found if one.name == "poll"}
    good, bad = polls["asha/s0"], polls["asha/s1"]
    assert (good.kind, good.status, good.parent) == (INSIDE, OK, "")
    assert good.facts == {
        "aggregator.source": "asha/s0",
        "aggregator.kind": "feed",
        "aggregator.outcome": "changed",
        "aggregator.entries": 1,
        "aggregator.new": 1,
        "aggregator.updated": 0,
        "aggregator.merged": 0,
        "server.address": "127.0.0.1",
        "http.response.status_code": 200,
    }
    assert [one.name for one in found if one.parent == good.id] == ["fetch", "read", "merge"]
    assert (bad.status, bad.facts["aggregator.outcome"], bad.facts["http.response.status_code"]) == (
        ERROR,
        "failed",
        404,
    )
    (fetch,) = (one for one in found if one.parent == bad.id)
    assert (fetch.name, fetch.kind, fetch.status) == ("fetch", ASKS, ERROR)
    assert {line["trace_id"] for line in lines if line["event"] == "poll"} == {good.trace, bad.trace}

    answers = [one for one in found if one.kind == ANSWERS]
    assert {one.trace for one in answers} == {CALLER}
    assert [(one.name, one.facts.get("http.route") or one.facts.get("url.path")) for one in answers] == [
        ("GET", "/rss.xml"),
        ("GET /api/sources", "/api/sources"),
        ("GET /websub/{token}", "/websub/{token}"),
        ("HEAD /websub/{token}", "/websub/{token}"),
    ]
    (render,) = (one for one in found if one.name == "render")
    assert (by_id[render.parent].facts["url.path"], render.facts) == ("/rss.xml", {"aggregator.document": "/rss.xml"})

    deliver = next(one for one in found if one.name == "deliver")
    assert (deliver.kind, deliver.status, deliver.parent) == (ASKS, OK, "")
    assert (deliver.facts["aggregator.kind"], deliver.facts["http.response.status_code"]) == ("deploy", 200)
    assert not [one for one in collector.got if b"t0psecret" in one.body]


def _here(folder: Path) -> dict[str, str]:
    return {"AGGREGATOR_CONFIG": str(folder / "aggregator.yaml")}


async def test_a_collector_that_is_away_is_told_of_once_and_holds_nobody_up(tmp_path: Path) -> None:
    async with receiving() as receiver, receiving() as collector:
        collector.url("/v1/traces", Reply(401), Reply(401), Reply())
        write(tmp_path, receiver, "/feed.xml")
        told = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": collector.url("/v1/traces"), **OFTEN, **_here(tmp_path)}
        async with running("serve", "--port", "0", cwd=tmp_path, extra=told) as program:
            address = await program.address()
            for number in (2, 3, 4):
                await ask(f"{address}api/sources")
                await until(partial(arrived, collector, number))
            await program.says("arrive at the collector again")
            assert await program.end() == 0
        complaints = [line for line in program.err if "do not arrive at the collector" in line]
    assert len(complaints) == 1
    assert "401" in complaints[0]


async def test_a_process_that_ends_does_not_wait_for_a_collector(tmp_path: Path) -> None:
    async with receiving() as receiver:
        write(tmp_path, receiver, "/feed.xml")
        told = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", **_here(tmp_path)}
        async with running("serve", "--port", "0", cwd=tmp_path, extra=told) as program:
            address = await program.address()
            await ask(f"{address}rss.xml")
            assert await program.end(limit_s=LAST_WORDS_S + 10) == 0


@contextmanager
def started(**environ: str) -> Iterator[list[str]]:
    """What was logged when traces were wished for like this."""
    with capture_logs() as said:
        stop = start(environ)
    try:
        yield [str(one["event"]) for one in said]
    finally:
        stop()


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER=zipkin is not known here"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "grpc"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "127.0.0.1:4318"}, '"127.0.0.1:4318" is no address'),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://[::1"}, '"http://[::1" is no address'),
    ],
)
def test_a_wish_that_cannot_be_granted_is_told_and_nothing_is_traced(environ: dict[str, str], words: str) -> None:
    with started(**environ) as said:
        assert len(said) == 1
        assert "nothing is traced" in said[0]
        assert words in said[0]
        assert not traces.on()


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_SERVICE_NAME": "feeds"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://127.0.0.1:9/v1/metrics"},
    ],
    ids=str,
)
def test_nobody_wishes_for_traces(environ: dict[str, str]) -> None:
    with started(**environ) as said:
        assert (said, traces.on()) == ([], False)


@pytest.mark.parametrize(
    "environ", [{"OTEL_TRACES_EXPORTER": "otlp"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "https://c.example"}]
)
def test_traces_begin_and_end(environ: dict[str, str]) -> None:
    with started(**environ) as said:
        assert (said, traces.on()) == (["tracing"], True)
    assert not traces.on()


def ran(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_without_a_collector_nothing_of_opentelemetry_is_loaded() -> None:
    program = """
import sys
from aggregator import bootstrap, traces
from aggregator.cli import logs
from aggregator.traces.collector import start
stop = start({})
with traces.step("poll", {"aggregator.source": "asha/dev"}) as step:
    step.tell({"aggregator.new": 1})
    step.fail("failed")
stop()
print(sorted(name for name in sys.modules if name.startswith("opentelemetry")), traces.trace_id())
"""
    assert ran(program) == "[] None"


def test_where_the_extra_is_not_installed_a_line_says_what_to_do() -> None:
    program = """
import sys
sys.modules["opentelemetry.sdk"] = None  # what an import finds where there is none
from aggregator import traces
from aggregator.traces.collector import start
start({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})()
print(traces.on())
"""
    said = ran(program)
    assert "pip install 'article-aggregator[traces]'" in said
    assert said.endswith("False")
