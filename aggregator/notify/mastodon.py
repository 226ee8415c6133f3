"""Announces an article on Mastodon, and on whatever speaks its API."""

from __future__ import annotations

from datetime import timedelta

import orjson

from aggregator.model import Account, ArticleState, Sending
from aggregator.notify import posts
from aggregator.notify.parcel import Came, Parcel

MOST = 500
KEPT = timedelta(minutes=50)
"""An instance remembers an Idempotency-Key for an hour: so long the same status can be sent again and is one."""


def status(account: Account, article: ArticleState) -> str:
    """What is posted."""
    return posts.written(account.template, article, MOST, posts.mastodon_length)


async def deliver(parcel: Parcel) -> Came:
    """One status. Rather none than two: where nobody knows whether it was posted, and a repeat could post it again, it
    is given up.
    """
    account, article, delivery = parcel.receiver.account, parcel.article, parcel.delivery
    if account is None or article is None:
        return Came("skipped", "It was announced there before, or it is gone.")
    since = delivery.doubtful_since
    if since is not None and parcel.now - since > KEPT:
        return Came("dead", "Nobody knows whether it was posted, so it is not posted again: look there.", doubtful=True)
    said = {"status": status(account, article), "visibility": account.visibility, "language": _language(article)}
    body = orjson.dumps({name: value for name, value in said.items() if value})
    headers = {
        "Authorization": f"Bearer {account.secret}",
        "Content-Type": "application/json",
        "Idempotency-Key": delivery.event.id,
    }
    sent = await parcel.send(Sending(f"{account.url}/api/v1/statuses", body, headers))
    if sent.status is None:
        return Came("again", sent.message, None, sent.retry_after_s, sent.arrived)
    if 200 <= sent.status < 300:
        return Came("done", f"Posted: {_address(sent.body)}", sent.status)
    if sent.status == 422:
        return Came("dead", f"The instance refused it: {_error(sent.body)}", 422)
    message = f"{sent.message} {_error(sent.body)}".strip()
    return Came("again", message, sent.status, sent.retry_after_s, sent.status >= 500)


def _language(article: ArticleState) -> str | None:
    return article.language.partition("-")[0].lower() if article.language else None


def _address(body: bytes) -> str:
    return _member(body, "url") or "the instance did not say where"


def _error(body: bytes) -> str:
    return _member(body, "error")


def _member(body: bytes, name: str) -> str:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    return str(said.get(name) or "")[:300] if isinstance(said, dict) else ""
