"""The outbox: nothing is lost, whoever dies, and of several processes one sends a thing at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aggregator.model import Delivery, Event
from aggregator.notify.courier import LEASE, Courier
from aggregator.store import Store
from aggregator.store.happened import event
from tests.shell.acceptance.program import until
from tests.shell.notify.conftest import Opening
from tests.shell.notify.receiver import Receiver, Reply
from tests.shell.store.made import NOW, ago

NAMES = ("a", "b")


def happened(store: Store, count: int = 1) -> list[Event]:
    found = [event("test", f"s{number}", NOW, {}) for number in range(count)]
    store.outbox.meet(NAMES, ago(days=1))
    store.outbox.write(found)
    return found


def routed(store: Store, *events: Event, replacing: tuple[str, ...] = ()) -> None:
    store.outbox.route({one.id: dict.fromkeys(NAMES, NOW) for one in events}, replacing)


def claim(store: Store, limit: int = 10, later: float = 0) -> tuple[Delivery, ...]:
    now = NOW + timedelta(seconds=later)
    return store.outbox.claim(NAMES, now, now + timedelta(seconds=60), limit)


def test_what_happened_twice_is_one(store: Store) -> None:
    happened(store)
    (one,) = happened(store)
    assert [found.id for found in store.outbox.unrouted(10)] == [one.id]
    routed(store, one)
    assert store.outbox.unrouted(10) == ()
    routed(store, one)
    happened(store)
    assert len(store.outbox.deliveries(10)) == len(NAMES), "decided once"


def test_nothing_is_written_while_nobody_wants_to_know(store: Store) -> None:
    store.outbox.write([event("test", "s", NOW, {})])
    assert store.outbox.unrouted(10) == ()


def test_two_processes_share_what_is_due(store: Store) -> None:
    routed(store, *happened(store, 5))
    first = claim(store, 4)
    second = claim(store, 20)
    keys = [(one.event.id, one.receiver) for one in (*first, *second)]
    assert (len(first), len(second), len(set(keys))) == (4, 6, 10)
    assert claim(store) == ()
    assert all(one.attempts == 1 for one in first)


def test_who_dies_leaves_it_to_others_and_who_wakes_up_writes_nothing(store: Store) -> None:
    routed(store, *happened(store))
    (lost, _) = claim(store)
    assert claim(store, later=59) == ()
    (again, _) = claim(store, later=61)
    assert (again.event.id, again.receiver, again.attempts) == (lost.event.id, lost.receiver, 2)
    assert again.doubtful_since == NOW, "nobody knows what became of the first attempt"
    store.outbox.settle(replace(lost, state="dead", due_at=None))  # frozen until now
    assert [one.state for one in store.outbox.deliveries(10)] == ["waiting", "waiting"]
    store.outbox.settle(replace(again, state="done", due_at=None))
    assert sorted(one.state for one in store.outbox.deliveries(10)) == ["done", "waiting"]


def test_the_newest_takes_the_place_of_what_waits(store: Store) -> None:
    older = event("test", "output", NOW, {}, "1")
    newer = event("test", "output", NOW + timedelta(seconds=1), {}, "2")
    store.outbox.meet(NAMES, NOW)
    store.outbox.write([older, newer])
    routed(store, older, newer, replacing=("a",))
    found = {(one.receiver, one.event.id): one.state for one in store.outbox.deliveries(10)}
    assert found == {
        ("a", older.id): "skipped",
        ("a", newer.id): "waiting",
        ("b", older.id): "waiting",
        ("b", newer.id): "waiting",
    }


def test_what_is_over_is_forgotten_and_what_waits_is_not(store: Store) -> None:
    routed(store, *happened(store, 2))
    for one in claim(store, 2):
        store.outbox.settle(replace(one, state="done", due_at=None))
    assert store.outbox.forget(ago(days=1)) == 0
    assert store.outbox.forget(NOW + timedelta(days=31)) == 1
    assert [one.state for one in store.outbox.deliveries(10)] == ["waiting", "waiting"]


def test_again(store: Store) -> None:
    (one, two) = happened(store, 2)
    routed(store, one, two)
    for delivery in claim(store):
        store.outbox.settle(replace(delivery, state="dead" if delivery.receiver == "a" else "done", due_at=None))
    assert store.outbox.counts() == {"a": {"dead": 2}, "b": {"done": 2}}
    assert store.outbox.redeliver(NOW, one.id, ["b"]) == 1
    assert store.outbox.redeliver(NOW) == 2
    assert {(d.receiver, d.attempts) for d in claim(store)} == {("a", 1), ("b", 1)}


async def test_killed_between_the_write_and_the_sending(opening: Opening, receiver: Receiver) -> None:
    """The event is in the database with what it is about; the process ends before anybody is told, or in the middle."""
    more = f"webhooks: [{{url: '{receiver.url('/hook', Reply(delay_s=5), Reply())}', events: [article.created]}}]\n"
    async with opening(more) as stage:
        await stage.poll("one")
        assert receiver.got == []
        clock = stage.clock
    async with opening(more, clock) as stage:
        await stage.rooms.tellings.begin()
        await until(lambda: len(receiver.got) == 1)
        await stage.rooms.tellings.stop(0)  # the request is under way; nobody hears the answer
    async with opening(more, clock) as stage:
        await stage.tell(seconds=LEASE.total_seconds() + 1)
        assert stage.states() == ["done"]
        first, second = receiver.at()
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
        assert first.json()["data"]["article"]["title"] == "On one"


async def test_two_couriers_tell_each_thing_once(opening: Opening, receiver: Receiver) -> None:
    more = f"webhooks: [{{url: '{receiver.url()}', id: one}}, {{url: '{receiver.url('/two')}', id: two}}]\n"
    async with opening(more) as stage:
        stage.happen("article.created", "article.updated")
        for number in range(6):
            stage.clock.forward(seconds=number + 1)
            stage.happen("article.updated")
        rooms = stage.rooms
        other = Courier(rooms.config, rooms.store, rooms.send, stage.clock, lambda: 0.0)
        tasks = [*(await other.begin())]
        await stage.tell()
        for task in tasks:
            await task
        await stage.tell()
        for path in ("/hook", "/two"):
            ids = [one.headers["webhook-id"] for one in receiver.at(path)]
            assert (len(ids), len(set(ids))) == (8, 8)
