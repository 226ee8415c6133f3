"""Makes a step of every request, for a collector of traces; in front of everything, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator import traces

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HUB = "/websub/"  # what follows is a secret between a hub and us
_QUIET = frozenset(("/healthz", "/readyz", "/metrics"))  # asked by machines, many times a minute


def traced(app: ASGIApp) -> ASGIApp:
    """The application, and nothing around it where nothing is traced."""
    return Traced(app) if traces.on() else app


class Traced:
    """ASGI application: a step around each request.

    Of readers nothing is told, no address, no program, no query. An address of the router is told by its pattern.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; ASGI 3."""
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        facts = {"http.request.method": scope["method"]}
        with traces.step(scope["method"], facts, "answers", carrier) as step:

            async def said(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _tell(step, scope, message["status"])
                await send(message)

            await self._app(scope, receive, said)


def _tell(step: traces.Step, scope: Scope, status: int) -> None:
    pattern = getattr(scope.get("route"), "path", None)
    if pattern is None and scope["path"].startswith(_HUB):
        pattern = f"{_HUB}{{token}}"
    where: traces.Facts = {"http.route": pattern} if pattern else {"url.path": scope["path"]}
    step.tell({"http.response.status_code": status, **where})
    if pattern:
        step.call(f"{scope['method']} {pattern}")
    if status >= 500:
        step.fail(f"answered {status}")
