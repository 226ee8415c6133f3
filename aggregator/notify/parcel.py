"""What a receiver's file is given to deliver, and what it says became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from aggregator.model import ArticleState, Delivery, Sending, Sent
from aggregator.notify.receivers import Receiver

Send = Callable[[Sending], Awaitable[Sent]]
GONE = 410


@dataclass(frozen=True, slots=True)
class Parcel:
    """One attempt of one delivery."""

    delivery: Delivery
    receiver: Receiver
    now: datetime
    send: Send = field(repr=False)
    article: ArticleState | None = None  # as it is now; for those who announce it


@dataclass(frozen=True, slots=True)
class Came:
    """What came of an attempt."""

    state: Literal["done", "again", "dead", "skipped", "gone"]  # "gone": nothing is ever to be sent there again
    message: str
    status: int | None = None
    retry_after_s: int | None = None
    doubtful: bool = False  # nobody knows whether it arrived


Deliver = Callable[[Parcel], Awaitable[Came]]


def judged(sent: Sent) -> Came:
    """What an answer to a webhook means: 2xx is done, 410 ends it all, everything else is tried again."""
    if sent.status is not None and 200 <= sent.status < 300:
        return Came("done", sent.message, sent.status)
    if sent.status == GONE:
        return Came("gone", "It answered 410 Gone: it wants nothing any more.", GONE)
    return Came("again", sent.message, sent.status, sent.retry_after_s, sent.arrived)
