"""Documents the documents: they are served in front of the router, so that OpenAPI has to be told of them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse

from aggregator.api.reference import reference
from aggregator.publish.request import NARROWINGS
from aggregator.publish.values import CONTENTS, KINDS, LIMIT, LIMIT_MAX, ONCE, SORTS
from aggregator.render import Format, formats

Node = dict[str, Any]

PROBLEM: Node = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}

_ANY = " Repeated or comma-separated values mean any of them."
_LISTED = " They are repeated or comma-separated."
_PARAMETERS: dict[str, tuple[str, Node]] = {
    "tag": ("Articles with any of these tags.", {"type": "string"}),
    "tag_all": ("Articles with all of these tags.", {"type": "string"}),
    "exclude_tag": ("Articles with none of these tags.", {"type": "string"}),
    "source": ("Articles with a copy on any of these sources, by id.", {"type": "string"}),
    "exclude_source": ("Articles without a copy on these sources.", {"type": "string"}),
    "author": ("Articles by any of these authors.", {"type": "string"}),
    "category": ("Articles of any of these categories of the config.", {"type": "string"}),
    "track": ("Articles of any of these reading lists of the config.", {"type": "string"}),
    "kind": (f"Articles of any of these kinds: {', '.join(KINDS)}, or all.", {"type": "string", "default": "article"}),
    "section": ("Articles of any of these sections of the config.", {"type": "string"}),
    "year": ("Articles of any of these years (UTC).", {"type": "string"}),
    "lang": ("Articles in any of these languages.", {"type": "string"}),
    "featured": ("Only what the config features.", {"type": "boolean", "default": False}),
    "exclude_featured": ("Without what the config features.", {"type": "boolean", "default": False}),
    "q": ("Articles with all of these words, in title, summary, tags or authors.", {"type": "string"}),
    "since": ("Published at or after this moment: 2026-05-19 or 2026-05-19T09:34:58Z.", {"type": "string"}),
    "updated_since": ("Changed at or after this moment.", {"type": "string"}),
    "sort": (
        "Order, newest first. Feeds are in the order of announcement, everything else in that of publication.",
        {"type": "string", "enum": list(SORTS)},
    ),
    "limit": ("How many articles.", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT}),
    "cursor": ("The following page, as the document's `next` gave it.", {"type": "string"}),
    "content": ("How much of each article.", {"type": "string", "enum": list(CONTENTS), "default": "full"}),
}

_PROBLEM_SCHEMA: Node = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "for people; names the nearest thing that there is"},
    },
}
_HEADERS: Node = {
    "ETag": {"description": "One for each content coding.", "schema": {"type": "string"}},
    "Last-Modified": {"schema": {"type": "string"}},
    "Link": {"description": "self, next, hub (RFC 8288).", "schema": {"type": "string"}},
}


class Described(FastAPI):
    """An application whose ``/openapi.json`` tells of the documents in front of it, too."""

    def openapi(self) -> Node:
        """The OpenAPI description, made once."""
        if self.openapi_schema is None:
            schema = get_openapi(title=self.title, version=self.version, summary=self.summary, routes=self.routes)
            schema["paths"] = _documents() | schema["paths"]
            components = schema.setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = _PROBLEM_SCHEMA
            components["parameters"] = {name: _parameter(name) for name in _PARAMETERS}
            self.openapi_schema = schema
        return self.openapi_schema


def show(app: Described) -> None:
    """Let ``/docs`` show it all, without any script."""

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        """The API, to read."""
        return HTMLResponse(*reference(app.openapi()))


def _parameter(name: str) -> Node:
    words, schema = _PARAMETERS[name]
    if name not in ONCE:
        words += _LISTED if name.startswith("exclude_") or name == "tag_all" else _ANY
    return {"name": name, "in": "query", "description": words, "schema": schema}


def _documents() -> Node:
    paths: Node = {}
    for scope, whose in (("", "all owners"), ("/{owner}", "one owner")):
        for form in formats().values():
            paths[f"{scope}/{form.document}"] = {"get": _whole(form, scope, whose)}
    for scope, whose in (("", "all owners"), ("/{owner}", "one owner")):
        for by in NARROWINGS:
            paths[f"{scope}/{by}/{{{by}}}/{{document}}"] = {"get": _narrowed(by, scope, whose)}
    return paths


def _whole(form: Format, scope: str, whose: str) -> Node:
    name = f"{form.document.replace('.', '_') or 'page'}{'_of_owner' if scope else ''}"
    return _operation(f"{form.title} of {whose}", name, ["owner"] if scope else [], [form])


def _narrowed(by: str, scope: str, whose: str) -> Node:
    name = f"of_{by}{'_of_owner' if scope else ''}"
    places = [*(["owner"] if scope else []), by, "document"]
    return _operation(f"Every document of one {by} of {whose}", name, places, list(formats().values()))


def _operation(summary: str, name: str, places: list[str], forms: list[Format]) -> Node:
    documents = [form.document for form in forms if form.document]
    types = sorted({form.media_type.partition(";")[0] for form in forms})
    in_path = [
        {
            "name": place,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "enum": documents} if place == "document" else {"type": "string"},
        }
        for place in places
    ]
    return {
        "tags": ["documents"],
        "summary": summary,
        "operationId": name,
        "parameters": [*in_path, *({"$ref": f"#/components/parameters/{one}"} for one in _PARAMETERS)],
        "responses": {
            "200": {
                "description": "The document.",
                "headers": _HEADERS,
                "content": {one: {"schema": {"type": "string"}} for one in types},
            },
            "304": {"description": "The client holds it.", "headers": _HEADERS},
            "400": {"description": "Unknown parameter or value.", **PROBLEM},
            "404": {"description": "No such owner or narrowing.", **PROBLEM},
            "503": {"description": "The database cannot be read, and no document is at hand.", **PROBLEM},
        },
    }
