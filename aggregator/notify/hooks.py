"""Webhooks by the Standard Webhooks rules, hooks that build a site, GitHub's repository_dispatch, and hubs."""

from __future__ import annotations

from datetime import UTC
from urllib.parse import urlencode

import orjson

from aggregator.model import Event, Sending, Webhook
from aggregator.notify.parcel import Came, Parcel, judged
from aggregator.notify.signing import signature

JSON = "application/json"
_GITHUB = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


def payload(event: Event) -> bytes:
    """The body: the same bytes at every attempt."""
    at = event.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps({"type": event.type, "timestamp": at, "data": event.data})


async def standard(parcel: Parcel) -> Came:
    """A signed event. Its id is the same at every attempt, so that a receiver can tell what it has already."""
    event, hook = parcel.delivery.event, _hook(parcel)
    timestamp = int(parcel.now.timestamp())
    headers = {"Content-Type": JSON, "webhook-id": event.id, "webhook-timestamp": str(timestamp)}
    body = payload(event)
    if hook.secrets:
        headers["webhook-signature"] = signature(hook.secrets, event.id, timestamp, body)
    return judged(await parcel.send(Sending(hook.url, body, headers)))


async def github(parcel: Parcel) -> Came:
    """``repository_dispatch``: starts the workflows of a repository that wait for this type of event."""
    event, hook = parcel.delivery.event, _hook(parcel)
    told = {"id": event.id, "type": event.type, "digest": event.data.get("digest")}
    body = orjson.dumps({"event_type": hook.event_type, "client_payload": told})
    headers = {**_GITHUB, "Content-Type": JSON, "Authorization": f"Bearer {hook.secrets[0]}"}
    return judged(await parcel.send(Sending(hook.url, body, headers)))


async def hub(parcel: Parcel) -> Came:
    """Tells a hub that a feed has changed; it fetches the feed by itself (WebSub section 7)."""
    topic = str(parcel.delivery.event.data["url"])
    # the specification leaves open what the address is called; hubs want the one or the other
    body = urlencode([("hub.mode", "publish"), ("hub.url", topic), ("hub.topic", topic)]).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return judged(await parcel.send(Sending(parcel.receiver.url, body, headers)))


def _hook(parcel: Parcel) -> Webhook:
    if parcel.receiver.webhook is None:
        raise TypeError(f"{parcel.receiver.name} is no webhook")
    return parcel.receiver.webhook
