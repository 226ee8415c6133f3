"""The HTTP service: documents in front, everything else that is asked about them behind."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import FastAPI, HTTPException, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as RoutingError
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import aggregator
from aggregator.api.articles import ArticleAnswer, article_answer
from aggregator.api.documents import OPEN, Documents
from aggregator.api.openapi import Described, show
from aggregator.api.problems import problem
from aggregator.errors import StoreError
from aggregator.model import Config, SourceStatus
from aggregator.publish.publisher import Publisher
from aggregator.store import Store

_ULID = r"^[0-9A-HJKMNP-TV-Z]{26}$"


class SourceHealth(BaseModel):
    """How one source is doing."""

    key: str = Field(examples=["asha/dev"])
    owner: str
    id: str
    kind: str
    title: str
    url: str | None
    feed_url: str
    state: str = Field(description="new, ok, failing, blocked or gone")
    enabled: bool
    removed: bool
    error: str | None
    failures: int
    gap: bool = Field(description="articles may have been missed between the last two polls")
    last_poll_at: datetime | None
    last_success_at: datetime | None
    last_change_at: datetime | None
    next_poll_at: datetime | None
    entries: int
    articles: int


class Alive(BaseModel):
    """The process answers."""

    status: str = "ok"


def create_app(config: Config, store: Store, publisher: Publisher) -> ASGIApp:
    """The ASGI application. Stateless but for documents that are ready to be sent."""
    app = Described(
        title=config.site.title,
        version=aggregator.__version__,
        summary="One article, once, for ever, with its best address.",
        docs_url=None,
        redoc_url=None,
    )
    _problems(app)
    _health(app, store)
    _facts(app, config, store)
    show(app)
    return _Open(Documents(publisher, app))


def _problems(app: FastAPI) -> None:
    @app.exception_handler(RoutingError)
    def routing(request: Request, error: RoutingError) -> Response:
        answer = problem(error.status_code, _words(request, error))
        answer.headers.update(dict(error.headers or {}))
        return answer

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        said = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors())
        return problem(400, said, "parameter")

    @app.exception_handler(StoreError)
    def store_refused(request: Request, error: StoreError) -> Response:
        return problem(503, "The database cannot be read right now; try again in a minute.", "database")

    @app.exception_handler(Exception)
    def broken(request: Request, error: Exception) -> Response:
        return problem(500, "Something went wrong here; the log has the details.", "internal")


def _words(request: Request, error: RoutingError) -> str:
    if error.status_code == 404 and error.detail == "Not Found":
        return f"There is nothing at {request.url.path}; the feeds are at /rss.xml, /atom.xml, /feed.json, /index.json."
    if error.status_code == 405:
        return f"{request.method} is not possible here."
    return str(error.detail)


def _health(app: FastAPI, store: Store) -> None:
    @app.api_route("/healthz", methods=["GET", "HEAD"], tags=["health"], response_model=Alive)
    async def healthz() -> Alive:
        """Whether the process answers."""
        return Alive()

    @app.api_route("/readyz", methods=["GET", "HEAD"], tags=["health"], response_model=Alive)
    def readyz() -> Alive:
        """Whether the database answers, so that documents can be made."""
        store.revision()
        return Alive()


def _facts(app: FastAPI, config: Config, store: Store) -> None:
    @app.get("/api/sources", tags=["facts"], response_model=list[SourceHealth])
    def sources() -> list[SourceHealth]:
        """How every source is doing; as ``aggregator status --json``."""
        return source_health(store)

    @app.get("/api/articles/{ulid}", tags=["facts"], response_model=ArticleAnswer, responses={404: {}, 308: {}})
    def article(ulid: Annotated[str, Path(pattern=_ULID, description="the last part of the article's id")]) -> Response:
        """One article with every copy and the reasons that joined or separated them."""
        found = store.article(ulid)
        if found is None:
            now = store.follow(ulid)
            if now == ulid:
                raise HTTPException(404, f"There is no article {ulid} here.")
            return RedirectResponse(f"{config.site.base_url}/api/articles/{now}", 308)
        return JSONResponse(article_answer(store, *found).model_dump(mode="json"))


def source_health(store: Store) -> list[SourceHealth]:
    """What `/api/sources` and `status --json` say, source by source."""
    return [_health_of(row) for row in store.sources_rows() if row.kind != "entries"]


def _health_of(row: SourceStatus) -> SourceHealth:
    state = row.state
    polled = row.enabled and row.removed_at is None
    return SourceHealth(
        key=row.key,
        owner=row.owner,
        id=row.id,
        kind=row.kind,
        title=row.title,
        url=row.home_page_url,
        feed_url=row.feed_url,
        state=state.state,
        enabled=row.enabled,
        removed=row.removed_at is not None,
        error=state.error,
        failures=state.failures,
        gap=state.gap,
        last_poll_at=state.last_poll_at,
        last_success_at=state.last_success_at,
        last_change_at=state.last_change_at,
        next_poll_at=state.next_poll_at if polled else None,
        entries=row.copies,
        articles=row.articles,
    )


class _Open:
    """Lets pages of every origin read every answer, errors too (contract section 3), and answers their preflights."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            allowed = {"Access-Control-Allow-Methods": "GET, HEAD, OPTIONS", "Access-Control-Allow-Headers": "*"}
            answer = Response(status_code=204, headers={**allowed, "Access-Control-Max-Age": "86400"})
            await answer(scope, receive, self._opened(send))
            return
        await self._app(scope, receive, self._opened(send))

    @staticmethod
    def _opened(send: Send) -> Send:
        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message["headers"]}
                message = {**message, "headers": [*message["headers"], *(one for one in OPEN if one[0] not in said)]}
            await send(message)

        return opened
