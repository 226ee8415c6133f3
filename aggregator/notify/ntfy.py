"""Tells of incidents on ntfy, which brings them to a phone (https://docs.ntfy.sh/publish/#publish-as-json)."""

from __future__ import annotations

from urllib.parse import urlsplit

import orjson

from aggregator.model import Sending
from aggregator.notify import words
from aggregator.notify.parcel import Came, Parcel, judged

_PRIORITY = {"source.failing": 4}  # 3 is usual
_TAGS = {
    "source.failing": "warning",
    "source.silent": "zzz",
    "source.recovered": "white_check_mark",
    "source.moved": "truck",
    "source.gap": "grey_question",
}


async def deliver(parcel: Parcel) -> Came:
    """One message to the topic. As JSON to the server itself: headers could not carry every letter."""
    event, alert = parcel.delivery.event, parcel.receiver.alert
    if alert is None:
        raise TypeError(f"{parcel.receiver.name} is no alert")
    parts = urlsplit(alert.url)
    before, _, topic = parts.path.rstrip("/").rpartition("/")
    said = {
        "topic": topic,
        "title": words.subject(event),
        "message": words.text(event),
        "priority": _PRIORITY.get(event.type, 3),
        "tags": [_TAGS[event.type]] if event.type in _TAGS else [],
    }
    headers = {"Content-Type": "application/json"}
    if alert.secret:
        headers["Authorization"] = f"Bearer {alert.secret}"
    return judged(await parcel.send(Sending(f"{parts.scheme}://{parts.netloc}{before}/", orjson.dumps(said), headers)))
