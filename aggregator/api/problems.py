"""Says what went wrong in the one form that clients can read: problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from starlette.responses import Response

from aggregator.publish.document import OPEN
from aggregator.text.html import inert

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 60

_OPEN = {name.decode(): value.decode() for name, value in OPEN}


def problem(
    status: int,
    detail: str,
    name: str = "",
    headers: Mapping[str, str] | None = None,
    also: Mapping[str, str] | None = None,
) -> Response:
    """An error answer. ``name`` becomes the stable part of ``type``; pages of any origin may read it.

    ``also``: further members, or others in place of the usual, for clients that know only those.
    """
    body: dict[str, str | int] = {
        "type": f"tag:article-aggregator,2026:problem/{name}" if name else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": inert(detail),  # it quotes what was asked for
    }
    return Response(
        orjson.dumps(body | dict(also or {})),
        status,
        {**_OPEN, "cache-control": "no-store", "vary": "Accept", **(headers or {})},
        MEDIA_TYPE,
    )


def no_database() -> Response:
    """The answer where nothing can be said without the database."""
    detail = "The database cannot be read right now; try again in a minute."
    return problem(503, detail, "database", {"retry-after": str(RETRY_AFTER_S)})


def broken() -> Response:
    """The answer to whoever found a mistake of ours."""
    return problem(500, "Something went wrong here; the log has the details.", "internal")


def not_allowed(method: str, allow: str) -> Response:
    """The answer to a method that an address does not have (RFC 9110 section 15.5.6)."""
    return problem(405, f"{method[:20]} is not possible here, only {allow}.", headers={"allow": allow})
