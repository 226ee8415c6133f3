"""Answers everything below ``/status``, in front of the rest: closed to other origins, kept by nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from aggregator.api.audience import Audience
from aggregator.api.problems import no_database, not_allowed
from aggregator.api.status.actions import Actions, Desk
from aggregator.api.status.door import Door, Pass, Visitor
from aggregator.api.status.facts import Facts, gather
from aggregator.api.status.page import HEADERS, page, way_in
from aggregator.errors import ConfigError, StoreError
from aggregator.publish.publisher import Publisher
from aggregator.store import Store

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

log = structlog.get_logger(__name__)

AT = "/status"
MOST_BYTES = 16 * 1024  # of a form
SHORT = 16  # characters of a token that could be guessed
FRESH_S = 1.0  # how old a page may be, however many look at it
LIVE_S, STEP_S = 3.0, 0.1  # how long a button waits until the edited config is live, and how often it looks


class StatusSite:
    """ASGI application around another one."""

    def __init__(
        self,
        rest: ASGIApp,
        desk: Desk,
        store: Store,
        publisher: Publisher,
        clock: Callable[[], datetime],
        audience: Audience | None = None,
    ) -> None:
        self._rest = rest
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._audience = audience
        self._door = Door(desk.token, publisher.config.site.base_url)
        self._actions = Actions(desk, store, publisher, clock)
        self._seen: dict[str | None, tuple[float, Facts]] = {}
        self._looking = asyncio.Lock()
        if desk.token and len(desk.token) < SHORT:
            log.warning(f"AGGREGATOR_ADMIN_TOKEN is short: use {SHORT} characters or more that nobody can guess")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is below ``/status``, hand on everything else; ASGI 3."""
        path = scope["path"] if scope["type"] == "http" else ""
        if path != AT and not path.startswith(f"{AT}/"):
            await self._rest(scope, receive, send)
            return
        try:
            response = await self._answer(Request(scope, receive), path.removeprefix(AT))
        except StoreError as error:
            log.error("status.unavailable", error=str(error))
            response = no_database()
        if scope["method"] == "HEAD":
            response.body = b""
        await response(scope, receive, send)

    async def _answer(self, request: Request, button: str) -> Response:
        sender = visitor(request)
        who = self._door.enter(sender, self._clock())
        known = button[1:] in self._actions.known or button in ("/login", "/logout")
        if request.method == "POST" and known:
            return await self._pressed(request, button[1:], sender, who)
        if request.method not in ("GET", "HEAD"):
            return not_allowed(request.method, "POST" if known else "GET, HEAD")
        if button:
            return _back()
        if not who.see:
            return _html(way_in(self._publisher.config, root="."), 401, **{"www-authenticate": "Bearer"})
        done = request.query_params.get("done", ""), request.query_params.get("source", "")
        return await self._page(request.query_params.get("owner"), who, ".", done=done)

    # ── the page ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _page(
        self,
        owner: str | None,
        who: Pass,
        root: str,
        status: int = 200,
        done: tuple[str, str] | None = None,
        problems: Sequence[str] = (),
    ) -> Response:
        config = self._publisher.config
        whose = owner if owner in {one.id for one in config.owners} else None
        facts = await self._facts(whose)
        word = self._door.word(who) if who.act else None
        body = await run_in_threadpool(
            page, facts, config, root=root, word=word, guarded=self._door.guarded, done=done, problems=problems
        )
        return _html(body, status)

    async def _facts(self, owner: str | None) -> Facts:
        async with self._looking:  # whoever waits finds what the one before has gathered
            at, facts = self._seen.get(owner, (0.0, None))
            if facts is None or monotonic() - at > FRESH_S:
                began = monotonic()
                if self._audience is not None and (writing := self._audience.drain()) is not None:
                    await asyncio.wrap_future(writing)
                facts = await run_in_threadpool(self._gather, owner)
                self._seen = {**{who: one for who, one in self._seen.items() if began - one[0] <= FRESH_S}}
                self._seen[owner] = began, facts
            return facts

    def _gather(self, owner: str | None) -> Facts:
        return gather(self._store, self._publisher.config, self._publisher.hidden(), owner, self._clock())

    # ── buttons ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _pressed(self, request: Request, button: str, sender: Visitor, who: Pass) -> Response:
        form = await _form(request)
        if form is None:
            return _html(b"That is no form of this page.", 400)
        if button == "login":
            return self._login(form.get("token", ""), sender)
        if not self._door.pressed(sender, who, form.get("word", "")):
            return await self._refused(who)
        if button == "logout":
            return _back(**{"set-cookie": self._door.set_cookie("", sender)})
        before = self._publisher.config
        try:
            edited = await run_in_threadpool(self._actions.known[button], form)
        except ConfigError as error:
            return await self._page(form.get("owner"), who, "..", 409, problems=error.problems)
        finally:
            self._seen = {}
        log.info(f"somebody pressed `{button}` on the status page", **{"source": key} if (key := _key(form)) else {})
        if edited:
            await self._live(before)
        source = _key(form)
        said = {"owner": form.get("owner", ""), "done": button, "source": source}
        place = f"#source-{source}" if source and button != "poll" else ""
        return _back(f"?{urlencode({name: value for name, value in said.items() if value})}{place}")

    def _login(self, given: str, sender: Visitor) -> Response:
        now, config = self._clock(), self._publisher.config
        if not self._door.guarded:
            return _back()
        if wait_s := self._door.wait_s(sender, now):
            return _html(way_in(config, root="..", wait_s=wait_s), 429, **{"retry-after": str(wait_s)})
        session = self._door.session(given, sender, now) if self._door.from_here(sender) else None
        if session is None:
            log.warning("somebody gave a wrong token on the status page")
            return _html(way_in(config, root="..", wrong=True), 403)
        return _back(**{"set-cookie": self._door.set_cookie(session, sender)})

    async def _refused(self, who: Pass) -> Response:
        if not who.see:
            return _html(way_in(self._publisher.config, root=".."), 401, **{"www-authenticate": "Bearer"})
        said = "That button was not pressed on this page as it is now. Press it again here."
        if not who.act:
            said = "Nothing can be done from here without a token: set AGGREGATOR_ADMIN_TOKEN and start again."
        return await self._page(None, who, "..", 403, problems=(said,))

    async def _live(self, before: object) -> None:
        """Wait a little until this process goes by the edited config, so that the next look shows what was done."""
        for _ in range(round(LIVE_S / STEP_S)):
            if self._publisher.config is not before:
                return
            await asyncio.sleep(STEP_S)


def _key(form: Mapping[str, str]) -> str:
    return form.get("source", "")[:200]


def visitor(request: Request) -> Visitor:
    """Who sends a request."""
    return Visitor(request.client.host if request.client else "", dict(request.headers))


async def _form(request: Request) -> Mapping[str, str] | None:
    """The fields of a form; None: it is none, or too long."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return None
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        return None


def _html(body: bytes, status: int, **headers: str) -> Response:
    return Response(body, status, {**HEADERS, **headers})


def _back(query: str = "", **headers: str) -> Response:
    """To the page, from a form below it: relative, so that it holds behind every proxy."""
    return Response(b"", 303, {**HEADERS, "location": f"../status{query}", **headers})
