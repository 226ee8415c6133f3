"""The callback at which hubs verify what was asked of them, and tell that a source has news (WebSub 1.0)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from aggregator.api.problems import problem
from aggregator.model import Subscription
from aggregator.store import Store

log = structlog.get_logger(__name__)

MOST_BYTES = 2 * 1024 * 1024  # of a delivery; it is signed whole, and read by nobody
MOST_CHALLENGE = 1024
LEASE_S = (300, 30 * 24 * 3600)  # a hub's lease, whatever it says
USUAL_LEASE_S = 10 * 24 * 3600
RENEW = 0.8  # of a lease: asked for anew
DENIED = timedelta(days=7)
METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})  # section 7


def add_websub(app: FastAPI, store: Store, clock: Callable[[], datetime], min_interval_s: float) -> None:
    """Answer at ``/websub/{token}``."""

    @app.get("/websub/{token}", include_in_schema=False)
    def verify(token: str, request: Request) -> Response:
        """What a hub asks before it delivers (section 5.3)."""
        known = store.hubs.by_token(token)
        said = request.query_params
        mode, challenge = said.get("hub.mode"), said.get("hub.challenge", "")
        if known is None or said.get("hub.topic") != known.topic:
            return _nothing()
        if mode == "denied":
            reason = "".join(filter(str.isprintable, said.get("hub.reason", "")))[:200]
            error = f"Its hub denied the subscription{f': {reason}' if reason else ''}. It is asked again in a week."
            store.hubs.keep(replace(known, state="denied", error=error, due_at=clock() + DENIED))
            return Response(status_code=200)
        if mode == "unsubscribe" and known.state == "leaving" and 0 < len(challenge) <= MOST_CHALLENGE:
            store.hubs.forget(token)
            return PlainTextResponse(challenge)
        wanted = mode == "subscribe" and known.state != "leaving" and known.asked_at is not None
        if not wanted or not 0 < len(challenge) <= MOST_CHALLENGE:
            return _nothing()
        store.hubs.keep(_verified(known, said.get("hub.lease_seconds", ""), clock()))
        return PlainTextResponse(challenge)

    @app.post("/websub/{token}", include_in_schema=False)
    async def deliver(token: str, request: Request) -> Response:
        """That there is news. What it says is not read: the source is asked (section 7)."""
        known = await run_in_threadpool(lambda: store.hubs.by_token(token))
        if known is None:
            return _nothing()
        if known.state != "verified":
            return problem(410, "Nobody listens here any more.")
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                return problem(413, f"More than {MOST_BYTES} bytes.")
        if not signed(request.headers.get("x-hub-signature", ""), known.secret, bytes(body)):
            log.warning("a delivery without the right signature was ignored", source=known.source_key)
            return Response(status_code=202)  # section 8: nobody is told what was wrong with it
        news = replace(known, pushed_at=clock(), error=None)
        await run_in_threadpool(lambda: store.hubs.pushed(news, min_interval_s))
        return Response(status_code=202)


def signed(header: str, secret: str, body: bytes) -> bool:
    """Whether ``X-Hub-Signature`` is that of the one who knows the secret; an empty secret is nobody's."""
    method, _, digest = header.strip().partition("=")
    if not secret or method.lower() not in METHODS or not digest.isascii():
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, method.lower()).hexdigest(), digest.lower())


def _verified(known: Subscription, lease: str, now: datetime) -> Subscription:
    seconds = int(lease[:9]) if lease.isascii() and lease.isdigit() else USUAL_LEASE_S
    seconds = min(max(seconds, LEASE_S[0]), LEASE_S[1])
    until, due = now + timedelta(seconds=seconds), now + timedelta(seconds=RENEW * seconds)
    return replace(known, state="verified", lease_until=until, due_at=due, failures=0, error=None)


def _nothing() -> Response:
    return problem(404, "Nobody listens here.")
