"""Begins and ends the sending of spans, as the environment wishes, and says in one line when they do not arrive."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog

import aggregator
from aggregator.traces import on, switch

log = structlog.get_logger(__name__)

LAST_WORDS_S = 2.0  # for what was not sent yet when a process ends: whoever stops it does not wait for a collector
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_INSTALL = "`make setup` in a checkout, or pip install 'article-aggregator[traces]'"
_LOGGER = "opentelemetry.exporter"


def start(environ: Mapping[str, str]) -> Callable[[], None]:
    """Trace from now on if ``environ`` wants it; what it returns ends that, within ``LAST_WORDS_S``.

    What is wrong with the wish is logged, and nothing is traced: no service stays down for its traces.
    """
    if on() or not _wanted(environ):
        return _nothing
    wrong = _wrong(environ)
    if wrong is not None:
        log.warning(f"nothing is traced: {wrong}")
        return _nothing
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning(
            f"nothing is traced: OTEL_* name a collector, but what speaks to it is not installed: {_INSTALL}, or set "
            "OTEL_SDK_DISABLED=true"
        )
        return _nothing
    own = {"service.version": aggregator.__version__}
    if not environ.get("OTEL_SERVICE_NAME") and "service.name=" not in environ.get("OTEL_RESOURCE_ATTRIBUTES", ""):
        own["service.name"] = "aggregator"
    provider = TracerProvider(resource=Resource.create({**own}), shutdown_on_exit=False)
    sender: Any = Sender(OTLPSpanExporter(), _shown(environ))
    provider.add_span_processor(BatchSpanProcessor(sender))
    switch(provider.get_tracer("aggregator", aggregator.__version__))
    log.info("tracing", to=_shown(environ))

    def stop() -> None:
        switch(None)
        # A collector that does not answer is waited for in vain, and by nobody.
        ending = threading.Thread(target=provider.shutdown, daemon=True)
        ending.start()
        ending.join(LAST_WORDS_S)

    return stop


class Sender:
    """An exporter of spans around another one: that one complains four times about every batch, for ever."""

    def __init__(self, exporter: Any, to: str) -> None:
        self._exporter = exporter
        self._to = to
        self._arrives = True
        self._said = _Last()
        library = logging.getLogger(_LOGGER)
        library.handlers, library.propagate = [self._said], False

    def export(self, spans: Any) -> Any:
        """Send these; whether they arrived. What did not is lost."""
        found = self._exporter.export(spans)
        arrived = found.name == "SUCCESS"
        if self._arrives and not arrived:
            log.warning(
                "spans do not arrive at the collector and are lost until they do; nothing else suffers",
                to=self._to,
                error=self._said.reason,
            )
        elif arrived and not self._arrives:
            log.info("spans arrive at the collector again", to=self._to)
        self._arrives = arrived
        return found

    def shutdown(self) -> None:
        """End."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is kept here."""
        return bool(self._exporter.force_flush(timeout_millis))


class _Last(logging.Handler):
    """Keeps what an exporter said before it gave up."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines = [*self._lines[-1:], record.getMessage()]

    @property
    def reason(self) -> str:
        """The last two lines: the very last one says only that it gave up."""
        return " / ".join(self._lines)[:500]


def _nothing() -> None:
    """Ends what never began."""


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environ[name].strip() for name in names if environ.get(name, "").strip()), "")


def _wanted(environ: Mapping[str, str]) -> bool:
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    return exporter != "none" and bool(exporter or _first(environ, _ENDPOINTS))


def _wrong(environ: Mapping[str, str]) -> str | None:
    """What of the wish cannot be done, in words."""
    exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if exporter not in ("", "otlp"):
        return f"OTEL_TRACES_EXPORTER={exporter} is not known here; otlp and none are"
    protocol = _first(environ, _PROTOCOLS).lower()
    if protocol not in ("", "http/protobuf"):
        return f"{protocol} is not spoken here: let the collector listen for http/protobuf, on port 4318 by habit"
    endpoint = _first(environ, _ENDPOINTS)
    try:
        parts = urlsplit(endpoint)
        right = not endpoint or (parts.scheme in ("http", "https") and bool(parts.hostname))
    except ValueError:
        right = False
    return None if right else f'"{endpoint}" is no address of a collector; one is http://127.0.0.1:4318'


def _shown(environ: Mapping[str, str]) -> str:
    """Where spans go, without what may be secret of the address."""
    parts = urlsplit(_first(environ, _ENDPOINTS) or "http://localhost:4318")
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
