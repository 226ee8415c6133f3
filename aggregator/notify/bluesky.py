"""Announces an article on Bluesky, under a record key made of its id: a second post of it would be the same record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

import orjson

from aggregator.model import Account, ArticleState, Sending, Sent
from aggregator.notify import posts
from aggregator.notify.parcel import Came, Parcel

MOST = 300  # grapheme clusters (app.bsky.feed.post)
MOST_BYTES = 3000
_COLLECTION = "app.bsky.feed.post"
_SORTED = "234567abcdefghijklmnopqrstuvwxyz"  # base32 of TIDs (atproto.com/specs/tid)
_EPOCH_US = 1_672_531_200_000_000  # 2023-01-01; keys of posts look like moments, and none shall lie ahead
_SPAN_US = int(timedelta(days=1000) / timedelta(microseconds=1))


def record_key(ulid: str) -> str:
    """The key of the post about an article: a TID whose moment says nothing."""
    number = int.from_bytes(blake2b(ulid.encode(), digest_size=16).digest())
    value = (_EPOCH_US + number % _SPAN_US) << 10 | (number >> 64) & 1023
    return "".join(_SORTED[value >> shift & 31] for shift in range(60, -1, -5))


def record(account: Account, article: ArticleState, at: datetime) -> dict[str, Any]:
    """The post: text, facets of the link and of tags (counted in bytes), and a card of the page."""
    text = posts.written(account.template, article, MOST, _measure)
    url = article.url or ""
    facets: list[dict[str, Any]] = []
    if place := posts.link_at(text, url):
        facets.append(_facet(*place, {"$type": "app.bsky.richtext.facet#link", "uri": url}))
    for start, end, tag in posts.hashtags(text):
        if place is None or not place[0] <= start < place[1]:
            facets.append(_facet(start, end, {"$type": "app.bsky.richtext.facet#tag", "tag": tag}))
    made: dict[str, Any] = {"$type": _COLLECTION, "text": text, "createdAt": _moment(at)}
    if facets:
        made["facets"] = facets
    if article.language:
        made["langs"] = [article.language]
    if url:
        card = {"uri": url, "title": posts.cut(article.title, 300), "description": posts.cut(article.summary, 300)}
        made["embed"] = {"$type": "app.bsky.embed.external", "external": card}
    return made


async def deliver(parcel: Parcel) -> Came:
    """Sign in, and put the record where nothing stands yet: what stands there already was posted before."""
    account, article = parcel.receiver.account, parcel.article
    if account is None or article is None:
        return Came("skipped", "It was announced there before, or it is gone.")
    who = {"identifier": account.name, "password": account.secret}
    session = await parcel.send(_call(account, "com.atproto.server.createSession", who))
    said = _read(session)
    if session.status != 200 or not isinstance(said.get("accessJwt"), str):
        return Came("again", f"Signing in: {_failure(session)}", session.status, session.retry_after_s)
    post = {
        "repo": said.get("did", account.name),
        "collection": _COLLECTION,
        "rkey": record_key(article.ulid),
        "record": record(account, article, parcel.delivery.event.at),
        "swapRecord": None,  # only if there is none
    }
    sent = await parcel.send(_call(account, "com.atproto.repo.putRecord", post, said["accessJwt"]))
    if sent.status == 200:
        return Came("done", f"Posted: {_read(sent).get('uri', '')}", 200)
    if _read(sent).get("error") == "InvalidSwap":
        return Came("done", "It is there already.", sent.status)
    if sent.status == 400:
        return Came("dead", _failure(sent), 400)
    return Came("again", _failure(sent), sent.status, sent.retry_after_s)


def _measure(text: str) -> int:
    """Grapheme clusters, or bytes where these are what is too many."""
    return max(posts.length(text), -(-len(text.encode()) * MOST // MOST_BYTES))


def _facet(start: int, end: int, feature: Mapping[str, str]) -> dict[str, Any]:
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [feature]}


def _call(account: Account, method: str, said: Mapping[str, object], token: str = "") -> Sending:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    return Sending(f"{account.url}/xrpc/{method}", orjson.dumps(said), headers)


def _read(sent: Sent) -> dict[str, Any]:
    try:
        said = orjson.loads(sent.body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _failure(sent: Sent) -> str:
    said = _read(sent)
    words = ": ".join(str(said[name])[:200] for name in ("error", "message") if said.get(name))
    return f"{sent.message} {words}".strip()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
