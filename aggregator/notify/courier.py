"""Takes what waits in the outbox to its receivers, and writes down what came of it; any number of processes may.

An attempt is counted in the database before anything is sent, and judged after. Whoever is killed in between loses
nothing: when the lease is over somebody sends it again, under the same id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from aggregator import traces
from aggregator.errors import StoreError
from aggregator.model import ArticleState, Config, Delivery, DeliveryState
from aggregator.notify import bluesky, hooks, mail, mastodon, ntfy
from aggregator.notify.attempts import next_at
from aggregator.notify.parcel import Came, Deliver, Parcel, Send
from aggregator.notify.receivers import Receiver, receivers
from aggregator.store import Store
from aggregator.store.outbox import KEPT

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=3)  # of an attempt: two requests, and what other receivers on that host take
BURST = 50  # deliveries to one receiver before others of this process get a turn
ROUTED_AT_ONCE = 200
_TIDY = timedelta(hours=1)
_REST = timedelta(seconds=5)  # of a receiver that failed, doubled each time ...
_LONGEST_REST = timedelta(minutes=5)

CARRIERS: Mapping[str, Deliver] = {
    "standard": hooks.standard,
    "deploy": hooks.standard,
    "github": hooks.github,
    "hub": hooks.hub,
    "mastodon": mastodon.deliver,
    "bluesky": bluesky.deliver,
    "mail": mail.deliver,
    "ntfy": ntfy.deliver,
}


@dataclass(frozen=True, slots=True)
class _Rest:
    until: datetime
    failures: int  # in a row


class Courier:
    """One per process. To one receiver one thing is sent at a time."""

    def __init__(
        self,
        config: Config,
        store: Store,
        send: Send,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        hidden: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self._store = store
        self._send = send
        self._clock = clock
        self._chance = chance
        self._hidden = hidden
        self._running: dict[str, asyncio.Task[None]] = {}
        self._resting: dict[str, _Rest] = {}
        self._tidied_at: datetime | None = None
        self.take(config)

    def take(self, config: Config) -> None:
        """Go by another config from now on."""
        self._receivers = receivers(config)

    async def begin(self) -> list[asyncio.Task[None]]:
        """Decide who is told what happened, and begin to tell those to whom something is due.

        Raises:
            StoreError: the database refused.
        """
        now = self._clock()
        await asyncio.to_thread(self._route)
        await self._tidy(now)
        free = [name for name in self._receivers if name not in self._running and not self._rests(name, now)]
        due = await asyncio.to_thread(self._store.outbox.due, free, now) if free else ()
        started = [asyncio.create_task(self._tell(self._receivers[name]), name=f"tell {name}") for name in due]
        self._running.update(zip(due, started, strict=True))
        return started

    async def round(self) -> None:
        """Tell everything that is due now, each thing once; what fails is left for later.

        Raises:
            StoreError: the database refused.
        """
        while started := await self.begin():
            await asyncio.gather(*started)

    async def stop(self, patience_s: float) -> None:
        """Let attempts under way finish for ``patience_s`` seconds, then give up the rest; they are due again later."""
        running = list(self._running.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=patience_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    # ── who is told ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _route(self) -> None:
        outbox = self._store.outbox
        while happened := outbox.unrouted(ROUTED_AT_ONCE):
            states, hidden = outbox.receivers(), self._hidden()
            told = [one for one in happened if one.subject not in hidden or one.type == "article.removed"]
            routes: dict[str, dict[str, datetime]] = {one.id: {} for one in happened}
            for name, receiver in self._receivers.items():
                for one in told:
                    if (at := receiver.first_attempt(one, states.get(name))) is not None:
                        routes[one.id][name] = at
            outbox.route(routes, [name for name, one in self._receivers.items() if one.only_newest])
            if len(happened) < ROUTED_AT_ONCE:
                return

    async def _tidy(self, now: datetime) -> None:
        if self._tidied_at is None or now - self._tidied_at > _TIDY:
            self._tidied_at = now
            await asyncio.to_thread(self._store.outbox.forget, now - KEPT)

    # ── telling ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _rests(self, name: str, now: datetime) -> bool:
        rest = self._resting.get(name)
        return rest is not None and now < rest.until

    async def _tell(self, receiver: Receiver) -> None:
        outbox = self._store.outbox
        try:
            for _ in range(BURST):
                now = self._clock()
                claimed = await asyncio.to_thread(outbox.claim, [receiver.name], now, now + LEASE, 1)
                if not claimed or not await self._attempt(receiver, claimed[0]):
                    return
        except StoreError as error:
            log.error("the database refused; this receiver is told later", receiver=receiver.name, error=str(error))
        finally:
            self._running.pop(receiver.name, None)

    async def _attempt(self, receiver: Receiver, delivery: Delivery) -> bool:
        """Whether the receiver takes more."""
        with traces.step("deliver", {"aggregator.receiver": receiver.name}, "asks") as step:
            came, after = await self._tried(receiver, delivery)
            step.tell(_facts(receiver, after))
            if after.state != "done" and after.state != "skipped":
                step.fail(after.state)
        self._pause(receiver.name, came, self._clock())
        return came.state != "again" and came.state != "gone"

    async def _tried(self, receiver: Receiver, delivery: Delivery) -> tuple[Came, Delivery]:
        """What came of it, and the delivery as it is written down."""
        now = self._clock()
        article = await asyncio.to_thread(self._article, receiver, delivery, now) if receiver.account else None
        parcel = Parcel(delivery, receiver, now, self._send, article)
        try:
            came = await CARRIERS[receiver.kind](parcel)
        except Exception:
            log.exception("this could not be told; please report it", receiver=receiver.name, type=delivery.event.type)
            came = Came("dead", "This program broke over it; the log says where.", doubtful=True)
        now = self._clock()
        after = settled(delivery, came, now, self._chance())
        await asyncio.to_thread(self._store.outbox.settle, after)
        if came.state == "gone":
            await asyncio.to_thread(self._store.outbox.disable, receiver.name, now, came.message)
        self._said(after)
        return came, after

    def _article(self, receiver: Receiver, delivery: Delivery, now: datetime) -> ArticleState | None:
        article = self._store.outbox.tell(receiver.name, delivery.event.subject, delivery.event.id, now)
        return None if article is None or article.ulid in self._hidden() else article

    def _pause(self, name: str, came: Came, now: datetime) -> None:
        """What waits for a receiver that fails does not use up its attempts one after the other."""
        if came.state != "again":
            self._resting.pop(name, None)
            return
        failures = self._resting[name].failures + 1 if name in self._resting else 1
        rest = min(_REST * 2 ** min(failures - 1, 10), _LONGEST_REST)
        self._resting[name] = _Rest(now + max(rest, timedelta(seconds=came.retry_after_s or 0)), failures)

    def _said(self, after: Delivery) -> None:
        facts = {"receiver": after.receiver, "type": after.event.type, "id": after.event.id, "attempt": after.attempts}
        if after.state == "done":
            log.info("told", **facts)
        elif after.state == "dead":
            log.error("given up; `aggregator webhooks redeliver` sends it again", **facts, error=after.message)
        elif after.state == "waiting":
            log.warning("not told yet; tried again", **facts, error=after.message, at=str(after.due_at))


def _facts(receiver: Receiver, after: Delivery) -> traces.Facts:
    return {
        "aggregator.kind": receiver.kind,
        "aggregator.event": after.event.type,
        "aggregator.attempt": after.attempts,
        "aggregator.state": after.state,
        "http.response.status_code": after.status,
    }


def settled(delivery: Delivery, came: Came, now: datetime, chance: float) -> Delivery:
    """The delivery after an attempt.

    A doubt about an earlier attempt is not taken away by a later one that surely failed.
    """
    state: DeliveryState = came.state if came.state in ("done", "skipped") else "dead"
    again = next_at(delivery.attempts, came.retry_after_s, now, chance) if came.state == "again" else None
    doubted_before = delivery.doubtful_since is not None and delivery.doubtful_since != delivery.tried_at
    return replace(
        delivery,
        state="waiting" if again else state,
        due_at=again,
        doubtful_since=delivery.doubtful_since if came.doubtful or doubted_before else None,
        status=came.status,
        message=came.message,
    )
