"""Where log lines go and how they look: stderr, sentences for people or JSON for machines."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from aggregator import traces

_QUIET = ("apscheduler", "uvicorn.error", "asyncio")


def set_up(level: int = logging.INFO) -> None:
    """Send structlog and the standard library's loggers to stderr; ``AGGREGATOR_LOG=json`` for JSON lines."""
    as_json = os.environ.get("AGGREGATOR_LOG") == "json"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S", utc=as_json),
    ]
    last: list[Any] = (
        [_traced, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.processors.format_exc_info, _sentence]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_foreign, *last]))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)  # it traces what a lost connection costs, which we tell


def _foreign(logger: object, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event


def _traced(logger: object, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Say which trace a line belongs to, where there is one: from the log to the picture."""
    found = traces.trace_id()
    if found is not None:
        event["trace_id"] = found
    return event


def _sentence(logger: object, name: str, event: MutableMapping[str, Any]) -> str:
    """One line for people."""
    at, level, said = event.pop("timestamp", ""), event.pop("level", "info"), event.pop("event", "")
    trace = event.pop("exception", None)
    line = _poll(event) if said == "poll" else _plain(str(said), event)
    mark = "" if level in ("info", "debug") else f"{level}: "
    return f"{at} {mark}{line}" + (f"\n{trace}" if trace else "")


def _poll(event: MutableMapping[str, Any]) -> str:
    source, what = event["source"], event["what"]
    if event.get("error"):
        return f"{source}: {event['error']}"
    counts = [f"{event[name]} {name}" for name in ("new", "updated", "merged") if event.get(name)]
    return f"{source}: {', '.join(counts) or what} ({event['ms']} ms)"


def _plain(said: str, event: MutableMapping[str, Any]) -> str:
    return " ".join([said, *(f"{key}={value}" for key, value in sorted(event.items()))])
