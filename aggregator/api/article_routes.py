"""Answers for one article's id: as JSON, or for whoever would rather read HTML as a page, an id that retired too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, Path, Request
from starlette.responses import Response

from aggregator.api.article_page import POLICY, page
from aggregator.api.articles import ArticleAnswer, article_answer
from aggregator.api.conditional import prefers_html
from aggregator.api.openapi import PROBLEM
from aggregator.api.problems import problem
from aggregator.api.sending import Ready
from aggregator.model import Config
from aggregator.publish.document import ready
from aggregator.publish.publisher import Publisher
from aggregator.publish.steered import Steered
from aggregator.store import Store

JSON, HTML = "application/json", "text/html; charset=utf-8"

_VARY = "Accept, Accept-Encoding"
_SENSIBLE = 512  # characters of an Accept header: what it says is remembered
_HTML: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}


def _also_html(description: str) -> dict[str, Any]:
    return {"description": description, "content": {**PROBLEM["content"], **_HTML}}


def add_articles(app: FastAPI, store: Store, publisher: Publisher) -> None:
    """Add the address of an article's reasons."""

    @app.get(
        "/api/articles/{id:path}",
        tags=["facts"],
        response_model=ArticleAnswer,
        responses={
            200: {"description": "The article; a page to read for who prefers HTML.", "content": _HTML},
            304: {"description": "The client holds it."},
            308: {"description": "It is part of an older article now, at this location."},
            404: _also_html("There is no such article."),
            410: _also_html("Its owner took it back."),
            503: {"description": "The database cannot be read right now.", **PROBLEM},
        },
    )
    def article(
        request: Request, id: Annotated[str, Path(description="the article's id, or the last part of it")]
    ) -> Response:
        """One article with every copy and the reasons that joined or separated them.

        JSON, unless the Accept header prefers text/html: then the same as a page to read.
        """
        html = prefers_html(", ".join(request.headers.getlist("accept"))[:_SENSIBLE])
        ulid = id.rpartition("/")[2].upper()
        known = ulid.isascii() and ulid.isalnum()
        hidden = publisher.hidden() if known else frozenset()
        found = store.article(ulid) if known and ulid not in hidden else None
        if found is not None:
            return _there(article_answer(store, publisher.config, found, hidden), publisher, html)
        if known and ulid not in hidden:
            now = store.follow(ulid)
            if now != ulid:
                return Response(b"", 308, {"location": f"./{now}", "vary": _VARY})
            if store.taken_back(ulid):
                return _missing(410, f"The article {ulid} was taken back by its owner.")
        return _missing(404, f"There is no article {id[:60]} here.")


def written(answer: ArticleAnswer, config: Config, html: bool) -> bytes:
    """The answer as a page to read, or as JSON."""
    return page(answer, config) if html else orjson.dumps(answer.model_dump(mode="json"))


def article_files(config: Config, store: Store, steer: Steered, ulid: str) -> Iterator[tuple[str, str, bytes]]:
    """The same answers as files (name, type, bytes), for hosts that serve nothing else; none for what is not shown.

    The page stands where links lead to. No host of files looks at an Accept header: the JSON has a name of its own.
    """
    found = store.article(ulid) if ulid not in steer.hidden else None
    if found is not None:
        answer = article_answer(store, config, found, steer.hidden)
        yield f"api/articles/{ulid}/index.html", HTML, written(answer, config, True)
        yield f"api/articles/{ulid}/index.json", JSON, written(answer, config, False)


def _there(answer: ArticleAnswer, publisher: Publisher, html: bool) -> Response:
    body = written(answer, publisher.config, html)
    headers = (("cache-control", "no-cache"), ("vary", _VARY))
    return Ready(ready(body, HTML if html else JSON, None, (), 0, POLICY if html else "", headers))


def _missing(status: int, said: str) -> Response:
    return problem(status, said, "article" if status == 410 else "", {"vary": _VARY})
