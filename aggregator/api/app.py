"""The HTTP service: documents in front, everything else that is asked about them behind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as RoutingError
from starlette.responses import Response
from starlette.types import ASGIApp

import aggregator
from aggregator.api.article_routes import add_articles
from aggregator.api.audience import Audience
from aggregator.api.compat import add_compat
from aggregator.api.documents import Documents
from aggregator.api.embeds import Embeds
from aggregator.api.front import Front
from aggregator.api.incidents import add_incidents
from aggregator.api.openapi import PROBLEM, Described, show
from aggregator.api.openness import ALLOW, Openness
from aggregator.api.problem_page import ProblemPages
from aggregator.api.problems import broken, no_database, not_allowed, problem
from aggregator.api.sources import SourceHealth, source_health
from aggregator.api.status.actions import Desk
from aggregator.api.status.door import Door
from aggregator.api.status.site import StatusSite, visitor
from aggregator.api.traced import traced
from aggregator.api.websub import add_websub
from aggregator.api.well_known import WellKnown, add_robots
from aggregator.errors import StoreError
from aggregator.metrics import MEDIA_TYPE, Meters
from aggregator.model import Config
from aggregator.publish.publisher import Publisher
from aggregator.store import Store

_DATABASE_FAILS: dict[int | str, dict[str, Any]] = {
    503: {"description": "The database cannot be read right now.", **PROBLEM}
}


class Alive(BaseModel):
    """The process answers."""

    status: str = "ok"


def create_app(
    config: Config,
    store: Store,
    publisher: Publisher,
    desk: Desk | None = None,
    audience: Audience | None = None,
    meters: Meters | None = None,
) -> ASGIApp:
    """The ASGI application. Stateless but for documents that are ready to be sent, and counts of what was.

    ``desk``: what the owner's page may do beside showing. ``audience``: counts who fetches what.
    ``meters``: what else `/metrics` tells of this process.
    """
    app = Described(
        title=config.site.title,
        version=aggregator.__version__,
        summary="One article, once, for ever, with its best address.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # Starlette's redirect repeats the Host header (T19)
    )
    _problems(app)
    _health(app, store)
    _facts(app, store)
    add_incidents(app, store, publisher)
    add_articles(app, store, publisher)
    add_compat(app, store, publisher)
    add_robots(app)
    add_websub(app, store, _now, config.fetch.min_interval_s)
    desk = desk or Desk()
    _metrics(app, store, Door(desk.token, config.site.base_url), audience, meters or Meters())
    show(app)
    came = audience.came if audience else _nobody_counts
    documents = Documents(publisher, Openness(app), came)
    status = StatusSite(WellKnown(documents), desk, store, publisher, _now, audience)
    return traced(Front(publisher, ProblemPages(publisher, Embeds(publisher, status)), came))


def _nobody_counts(path: bytes, agent: bytes, status: int) -> None:
    """Takes the place of an audience."""


def _now() -> datetime:
    return datetime.now(UTC)


def _problems(app: FastAPI) -> None:
    @app.exception_handler(RoutingError)
    def routing(request: Request, error: RoutingError) -> Response:
        if error.status_code == 405:
            return not_allowed(request.method, _allowed((error.headers or {}).get("Allow", "GET")))
        return problem(error.status_code, _words(request, error), headers=error.headers)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        said = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors())
        return problem(400, said, "parameter")

    @app.exception_handler(StoreError)
    def store_refused(request: Request, error: StoreError) -> Response:
        return no_database()

    @app.exception_handler(Exception)
    def internal(request: Request, error: Exception) -> Response:
        return broken()


def _allowed(said: str) -> str:
    """The methods of a route with those that every route has; HEAD is wherever GET is (``Openness``)."""
    methods = {one.strip() for one in said.split(",")}
    return ALLOW if methods == {"GET"} else ", ".join(sorted({*methods, "OPTIONS"}))


def _words(request: Request, error: RoutingError) -> str:
    if error.status_code == 404 and error.detail == "Not Found":
        path = request.url.path[:200]
        return f"There is nothing at {path}; the feeds are at /rss.xml, /atom.xml, /feed.json, /index.json."
    return str(error.detail)


def _health(app: FastAPI, store: Store) -> None:
    @app.get("/healthz", tags=["health"], response_model=Alive)
    async def healthz() -> Alive:
        """Whether the process answers."""
        return Alive()

    @app.get("/readyz", tags=["health"], response_model=Alive, responses=_DATABASE_FAILS)
    def readyz() -> Alive:
        """Whether the database answers, so that documents can be made."""
        store.revision()
        return Alive()


def _metrics(app: FastAPI, store: Store, door: Door, audience: Audience | None, meters: Meters) -> None:
    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        """What Prometheus reads; where there is a token it is needed here, too."""
        if not door.enter(visitor(request), _now()).see:
            said = "Metrics are for whoever has the token: Authorization: Bearer ..."
            return problem(401, said, headers={"www-authenticate": "Bearer"})
        if audience is not None:
            audience.drain()
        answered = dict(audience.answered) if audience is not None else {}
        text = await run_in_threadpool(meters.text, store, answered, _now())
        return Response(text, 200, {"cache-control": "no-store", "content-type": MEDIA_TYPE})


def _facts(app: FastAPI, store: Store) -> None:
    @app.get("/api/sources", tags=["facts"], response_model=list[SourceHealth], responses=_DATABASE_FAILS)
    def sources() -> list[SourceHealth]:
        """How every source is doing; as ``aggregator status --json``."""
        return source_health(store)
