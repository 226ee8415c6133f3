"""Says how long each step took, and what came of it, to an OpenTelemetry collector where the environment names one.

Nobody is told anything else: without those variables no library of OpenTelemetry is loaded here, and a step costs a
look at one attribute. With them `OTEL_*` are read as its specification has them (environment-variables, OTLP/HTTP).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

Fact = str | bool | int | float | None
Facts = Mapping[str, Fact]
Part = Literal["inside", "asks", "answers"]  # in what is said between machines


class Step:
    """A step under way. This one is that of a process that traces nothing."""

    __slots__ = ()

    def tell(self, facts: Facts) -> None:
        """Say more of it; what is None is left out."""

    def fail(self, why: str) -> None:
        """Say that it did not work."""

    def call(self, name: str) -> None:
        """Give it a better name than that of its beginning."""


class _Told(Step):
    __slots__ = ("_span",)

    def __init__(self, span: Span) -> None:
        self._span = span

    def tell(self, facts: Facts) -> None:
        self._span.set_attributes({name: value for name, value in facts.items() if value is not None})

    def fail(self, why: str) -> None:
        from opentelemetry.trace import StatusCode

        self._span.set_status(StatusCode.ERROR, why)

    def call(self, name: str) -> None:
        self._span.update_name(name)


class _Live:
    """What this process traces with; there is one."""

    tracer: Tracer | None = None


_live = _Live()
_UNTOLD = nullcontext(Step())


def switch(tracer: Tracer | None) -> None:
    """Trace with this from now on; None: not at all."""
    _live.tracer = tracer


def on() -> bool:
    """Whether this process traces."""
    return _live.tracer is not None


def step(
    name: str, facts: Facts | None = None, part: Part = "inside", carrier: Mapping[str, str] | None = None
) -> AbstractContextManager[Step]:
    """A step, for as long as the block runs; what begins in it belongs to it.

    ``carrier``: headers of a request, which may say what it is a part of (W3C Trace Context). An exception that leaves
    the block is the step's failure.
    """
    return _UNTOLD if _live.tracer is None else _told(_live.tracer, name, facts or {}, part, carrier)


@contextmanager
def _told(tracer: Tracer, name: str, facts: Facts, part: Part, carrier: Mapping[str, str] | None) -> Iterator[Step]:
    from opentelemetry import propagate
    from opentelemetry.trace import SpanKind

    kind = {"inside": SpanKind.INTERNAL, "asks": SpanKind.CLIENT, "answers": SpanKind.SERVER}[part]
    parent = propagate.extract(carrier) if carrier is not None else None
    # No exception is recorded whole: its text and its trace may hold what is nobody's business there.
    with tracer.start_as_current_span(
        name, parent, kind, record_exception=False, set_status_on_exception=False
    ) as span:
        found = _Told(span)
        found.tell(facts)
        try:
            yield found
        except BaseException as error:
            found.tell({"error.type": type(error).__name__})
            found.fail(type(error).__name__)
            raise


def trace_id() -> str | None:
    """What the step under way is a part of, as collectors show it; None: nothing is traced."""
    if _live.tracer is None:
        return None
    from opentelemetry.trace import format_trace_id, get_current_span

    found = get_current_span().get_span_context()
    return format_trace_id(found.trace_id) if found.is_valid else None
