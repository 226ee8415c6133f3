"""Says what went wrong in the one form that clients can read: problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


def problem(status: int, detail: str, name: str = "") -> Response:
    """An error answer. ``name`` becomes the stable part of ``type``; pages of any origin may read it."""
    body = {
        "type": f"tag:article-aggregator,2026:problem/{name}" if name else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return Response(
        orjson.dumps(body),
        status,
        {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"},
        MEDIA_TYPE,
    )
