"""Documents the documents: they are served in front of the router, so that OpenAPI has to be told of them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse

from aggregator.api.reference import reference
from aggregator.publish.request import LIMIT, LIMIT_MAX
from aggregator.render import formats

_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "tag": ("Articles with any of these tags (repeated or comma-separated).", {"type": "string"}),
    "tag_all": ("Articles with all of these tags.", {"type": "string"}),
    "exclude_tag": ("Articles with none of these tags.", {"type": "string"}),
    "source": ("Articles with a copy on any of these sources, by id.", {"type": "string"}),
    "exclude_source": ("Articles without a copy on these sources.", {"type": "string"}),
    "author": ("Articles by any of these authors.", {"type": "string"}),
    "category": ("Articles of any of these categories of the config.", {"type": "string"}),
    "track": ("Articles of these reading lists of the config.", {"type": "string"}),
    "kind": ("article (default), story, publication, talk, award, project, or all.", {"type": "string"}),
    "section": ("Articles of these sections of the config.", {"type": "string"}),
    "year": ("Articles of these years.", {"type": "string", "pattern": "^[0-9]{4}$"}),
    "lang": ("Articles in these languages.", {"type": "string"}),
    "featured": ("Only what the config features.", {"type": "boolean"}),
    "exclude_featured": ("Without what the config features.", {"type": "boolean"}),
    "q": ("Articles with all of these words.", {"type": "string"}),
    "since": ("Published at or after this moment.", {"type": "string", "format": "date-time"}),
    "updated_since": ("Changed at or after this moment.", {"type": "string", "format": "date-time"}),
    "sort": ("Order, newest first.", {"type": "string", "enum": ["published", "updated", "announced"]}),
    "limit": (
        "How many articles.",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT},
    ),
    "cursor": ("The following page, as the document's `next` gave it.", {"type": "string"}),
    "content": (
        "How much of each article.",
        {"type": "string", "enum": ["full", "summary", "title"], "default": "full"},
    ),
}


class Described(FastAPI):
    """An application whose ``/openapi.json`` tells of the documents in front of it, too."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI description, made once."""
        if self.openapi_schema is None:
            schema = get_openapi(title=self.title, version=self.version, summary=self.summary, routes=self.routes)
            schema["paths"] |= _documents()
            self.openapi_schema = schema
        return self.openapi_schema


def show(app: Described) -> None:
    """Let ``/docs`` show it all, without any script."""

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        """The API, to read."""
        return HTMLResponse(*reference(app.openapi()))


def _documents() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for scope in ("", "/{owner}"):
        for form in formats().values():
            paths[f"{scope}/{form.document}"] = {"get": _operation(scope, form.document, form.title, form.media_type)}
    return paths


def _operation(scope: str, document: str, title: str, media_type: str) -> dict[str, Any]:
    whose = "one owner" if scope else "all owners"
    owner = {"name": "owner", "in": "path", "required": True, "schema": {"type": "string"}}
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "query", "required": False, "description": words, "schema": schema}
        for name, (words, schema) in _PARAMETERS.items()
    ]
    problem = {"content": {"application/problem+json": {"schema": {"type": "object"}}}}
    return {
        "tags": ["documents"],
        "summary": f"{title} of {whose}",
        "operationId": f"{document.replace('.', '_') or 'page'}{'_of_owner' if scope else ''}",
        "parameters": ([owner] if scope else []) + parameters,
        "responses": {
            "200": {"description": title, "content": {media_type.partition(";")[0]: {}}},
            "304": {"description": "The client holds it."},
            "400": {"description": "Unknown parameter or value.", **problem},
            "404": {"description": "No such owner.", **problem},
        },
    }
