"""Asks hubs to tell when a source has news (WebSub 1.0), renews what runs out, and leaves when a source goes.

What a hub delivers is believed to be a hint and no more: it leads to a poll of the source.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from aggregator.errors import StoreError
from aggregator.fetch import Fetcher
from aggregator.model import Config, Fetched, Gone, NotModified, ParsedFeed, PollState, Request, Subscription
from aggregator.poll.steering import steering
from aggregator.store import Store

log = structlog.get_logger(__name__)

LEASE_S = 10 * 24 * 3600  # what is asked for; the hub decides (section 5.1)
AGAIN = timedelta(hours=1)  # for a hub that did not answer, doubled each time ...
AT_MOST = timedelta(days=7)  # ... up to this; and for one that has denied
ANSWERED_BY = timedelta(hours=6)  # a hub verifies in its own time; one that never does is asked once more
MOST = 4  # hubs asked at once


def callback(config: Config) -> str | None:
    """The address before the token that hubs can reach us at; None: nobody out there could."""
    base = config.site.base_url
    return f"{base.rstrip('/')}/websub/" if steering(config).fit(base) else None


Offer = tuple[str | None, str]  # a hub, and the topic to ask it for


def offered(feed: ParsedFeed, links: tuple[tuple[str, str], ...]) -> Offer:
    """The hub and the topic that a document names (section 4): the Link header stands above the document."""
    hubs = [*(href for rel, href in links if rel == "hub"), *feed.hubs]
    topics = [*(href for rel, href in links if rel == "self"), *([feed.feed_url] if feed.feed_url else []), feed.url]
    return next(filter(_is_web, hubs), None), next(filter(_is_web, topics), feed.url)


def _is_web(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")


def tells(subscription: Subscription | None, now: datetime) -> bool:
    """Whether a hub is known to tell of news: it has verified, its lease runs, and it has delivered."""
    if subscription is None or subscription.state != "verified" or subscription.pushed_at is None:
        return False
    return subscription.lease_until is not None and now < subscription.lease_until


def missed(subscription: Subscription, before: PollState) -> bool:
    """Whether news that a poll brought came without a word of the hub: then it has to show anew that it tells."""
    pushed, polled = subscription.pushed_at, before.last_poll_at
    return pushed is not None and polled is not None and pushed < polled


class Hubs:
    """One per process; whoever claims a subscription asks for it."""

    def __init__(self, config: Config, store: Store, fetcher: Fetcher, clock: Callable[[], datetime]) -> None:
        self._callback = callback(config)
        self._store = store
        self._fetcher = fetcher
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()

    def take(self, config: Config) -> None:
        """Go by another config from now on."""
        self._callback = callback(config)

    async def begin(self) -> list[asyncio.Task[None]]:
        """Ask the hubs that are to be asked now.

        Raises:
            StoreError: the database refused.
        """
        room = MOST - len(self._running)
        if self._callback is None or room <= 0:
            return []
        now = self._clock()
        due = await asyncio.to_thread(self._store.hubs.claim, now, now + ANSWERED_BY, room)
        started = [asyncio.create_task(self._ask(one, self._callback), name=f"hub of {one.source_key}") for one in due]
        self._running.update(started)
        for task in started:
            task.add_done_callback(self._running.discard)
        return started

    async def stop(self) -> None:
        """Ask nobody any more; what is not answered is asked again later."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _ask(self, subscription: Subscription, callback_: str) -> None:
        leaving = subscription.state == "leaving"
        form = [
            ("hub.mode", "unsubscribe" if leaving else "subscribe"),
            ("hub.topic", subscription.topic),
            ("hub.callback", f"{callback_}{subscription.token}"),
        ]
        if not leaving:
            form += [("hub.lease_seconds", str(LEASE_S)), ("hub.secret", subscription.secret)]
        outcome = await self._fetcher.fetch(Request(subscription.hub, accept="*/*", form=tuple(form)))
        now = self._clock()
        over = subscription.lease_until is None or subscription.lease_until <= now
        try:
            if leaving and (over or isinstance(outcome, Gone)):  # nothing more will come, whatever the hub says
                await asyncio.to_thread(self._store.hubs.forget, subscription.token)
                return
            if isinstance(outcome, Fetched):  # section 5.3: 202, and the hub comes back to verify
                return
            message = "it said 304" if isinstance(outcome, NotModified) else outcome.message
            failed = _failed(subscription, f"Its hub could not be asked: {message}", now)
            await asyncio.to_thread(self._store.hubs.failed, failed, subscription.due_at)
        except StoreError as error:
            log.error("the database refused; this hub is asked again", source=subscription.source_key, error=str(error))


def _failed(subscription: Subscription, message: str, now: datetime) -> Subscription:
    wait = min(AGAIN * 2 ** min(subscription.failures, 10), AT_MOST)
    return replace(subscription, failures=subscription.failures + 1, error=message, due_at=now + wait)
