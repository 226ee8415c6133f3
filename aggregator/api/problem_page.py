"""Says what went wrong to people: where a client would rather read HTML, a page stands in place of problem details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from aggregator.api.conditional import prefers_html
from aggregator.api.problems import MEDIA_TYPE
from aggregator.model import Config
from aggregator.publish.publisher import Publisher
from aggregator.render.jinja import environment
from aggregator.render.style import style
from aggregator.text.html import xml_safe

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SENSIBLE = 512  # bytes of an Accept header: what it says is remembered
_TEMPLATES = environment("aggregator.api")
_STYLE = style("problem.css", templates=_TEMPLATES)

POLICY = (
    f"default-src 'none'; style-src {_STYLE.source}; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
"""Content-Security-Policy of the page: its own style sheet, its icon, nothing else."""

_HEADINGS = {
    400: "That cannot be asked",
    404: "Nothing here",
    405: "Not in this way",
    410: "Taken back",
    414: "Too long an address",
    503: "Back in a minute",
}


class ProblemPages:
    """ASGI application around another one, whose problems are pages to who prefers these."""

    def __init__(self, publisher: Publisher, app: ASGIApp) -> None:
        self._publisher = publisher
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and write its problem anew; ASGI 3."""
        if scope["type"] != "http" or not _by_a_person(scope):
            await self._app(scope, receive, send)
            return
        begun: Message | None = None

        async def written(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and _is_problem(message):
                begun = message  # its length is known when there is a page
            elif begun is not None and message["type"] == "http.response.body":
                body = self._page(scope, message["body"])
                await send({**begun, "headers": _headers(begun, len(body))})
                await send({**message, "body": body if message["body"] and scope["method"] != "HEAD" else b""})
                begun = None
            else:
                await send(message)

        await self._app(scope, receive, written)

    def _page(self, scope: Scope, problem: bytes) -> bytes:
        said = orjson.loads(problem) if problem else {}
        return page(said, scope["raw_path"].decode("latin-1"), bool(scope["query_string"]), self._publisher.config)


def page(problem: dict[str, Any], path: str, queried: bool, config: Config) -> bytes:
    """The complete HTML document, UTF-8, for problem details of an answer at ``path``. Pure."""
    detail = str(problem.get("detail", "")).strip()
    first, *_ = path.lstrip("/").split("/")
    html = _TEMPLATES.get_template("problem.html").render(
        style=_STYLE,
        site=config.site,
        status=problem.get("status", ""),
        heading=_HEADINGS.get(problem.get("status", 0), "Something broke here"),
        detail=detail[:1].upper() + detail[1:] + ("" if detail.endswith((".", "?", "!")) or not detail else "."),
        bare=f"./{path.rpartition('/')[2]}" if queried and problem.get("status") in (400, 414) else None,
        owner=next((one for one in config.owners if quote(one.id, safe="") == first), None),
        quote=quote,
        about_articles=path.startswith("/api/articles"),
    )
    return xml_safe(html).encode()


def _by_a_person(scope: Scope) -> bool:
    said = [value for name, value in scope["headers"] if name == b"accept"]
    return any(b"html" in value for value in said) and prefers_html(b", ".join(said)[:_SENSIBLE].decode("latin-1"))


def _is_problem(answer: Message) -> bool:
    said = (value for name, value in answer["headers"] if name.lower() == b"content-type")
    return any(value.startswith(MEDIA_TYPE.encode()) for value in said)


def _headers(begun: Message, length: int) -> list[tuple[bytes, bytes]]:
    kept = [one for one in begun["headers"] if one[0].lower() not in (b"content-type", b"content-length")]
    return [
        *kept,
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(length).encode()),
        (b"content-security-policy", POLICY.encode()),
    ]
