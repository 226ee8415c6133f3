"""Announcing on networks: each article once for ever, whatever happens in between, and none of the archive."""

from __future__ import annotations

import orjson
import pytest

from aggregator.notify.courier import LEASE
from tests.shell.notify.conftest import Opening, Stage
from tests.shell.notify.receiver import Receiver, Reply

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])

STATUSES = "/api/v1/statuses"
SESSION = "/xrpc/com.atproto.server.createSession"
PUT = "/xrpc/com.atproto.repo.putRecord"
SIGNED_IN = Reply(200, orjson.dumps({"accessJwt": "jwt", "did": "did:plc:asha"}))


def mastodon(receiver: Receiver, *replies: Reply) -> str:
    receiver.url(STATUSES, *(replies or (Reply(200, b'{"url": "https://m.example/@asha/1"}'),)))
    return f"announce: {{on: [{{mastodon: '{receiver.url('')}', token: '${{TOKEN}}', after: 1m}}]}}\n"


def bluesky(receiver: Receiver, *replies: Reply) -> str:
    receiver.url(SESSION, SIGNED_IN)
    receiver.url(PUT, *replies)
    server = receiver.url("")
    return f"announce: {{on: [{{bluesky: asha.example, server: '{server}', password: '${{TOKEN}}', after: 0s}}]}}\n"


async def told(stage: Stage, **later: float) -> list[str]:
    """The titles that were announced so far, after so much time."""
    await stage.tell(**later)
    return [one.json()["status"].partition("\n")[0] for one in stage.receiver.at(STATUSES)]


async def test_a_new_article_is_announced_once_and_the_archive_is_not(opening: Opening, receiver: Receiver) -> None:
    async with opening("") as stage:
        await stage.poll("archive")
        clock = stage.clock
    clock.forward(hours=1)
    async with opening(mastodon(receiver), clock, TOKEN="t0ken") as stage:
        assert await told(stage, hours=1) == [], "the archive is no news"
        await stage.poll("archive", "one")
        assert await told(stage) == [], "copies are waited for"
        assert await told(stage, minutes=2) == ["On one"]
        (post,) = receiver.at(STATUSES)
        assert post.headers["Authorization"] == "Bearer t0ken"
        assert post.headers["Idempotency-Key"].startswith("msg_")
        assert post.json() == {
            "status": "On one\n\nhttps://asha.example/one",
            "visibility": "public",
        } | ({"language": "en"} if "language" in post.json() else {})
        await stage.poll("archive", "one", one="On one, revised")
        assert stage.rooms.store.outbox.redeliver(stage.clock.at) == 0
        assert await told(stage, hours=1) == ["On one"]
    async with opening(mastodon(receiver), clock, TOKEN="another") as stage:  # a restart, a new token
        await stage.poll("archive", "one", "two")
        assert await told(stage, hours=1) == ["On one", "On two"]


async def test_what_was_hidden_or_joined_meanwhile_is_not_announced(opening: Opening, receiver: Receiver) -> None:
    async with opening(mastodon(receiver), TOKEN="t0ken") as stage:
        await stage.poll("one", "two")
        clock = stage.clock
    hide = "    hide: [https://asha.example/one]\n    same: [[https://asha.example/two, https://asha.example/three]]\n"
    async with opening(hide + mastodon(receiver), clock, TOKEN="t0ken") as stage:
        assert await told(stage, hours=1) == ["On two"]
        await stage.poll("one", "two", "three")
        assert await told(stage, hours=1) == ["On two"], "it is part of what was announced"


async def test_an_article_that_comes_apart_is_not_announced_again(opening: Opening, receiver: Receiver) -> None:
    same = "    same: [[https://asha.example/one, https://asha.example/two]]\n"
    async with opening(same + mastodon(receiver), TOKEN="t0ken") as stage:
        await stage.poll("one", "two")
        assert len(await told(stage, hours=1)) == 1
        clock = stage.clock
    async with opening(mastodon(receiver), clock, TOKEN="t0ken") as stage:
        await stage.poll("one", "two")
        assert len(await told(stage, hours=1)) == 1


@pytest.mark.parametrize("status", [401, 429])
async def test_what_surely_was_not_posted_is_tried_again(opening: Opening, receiver: Receiver, status: int) -> None:
    more = mastodon(receiver, Reply(status, b'{"error": "no"}'), Reply(200))
    async with opening(more, TOKEN="t0ken") as stage:
        await stage.poll("one")
        await stage.tell(minutes=2)
        (one,) = stage.deliveries()
        assert (one.state, one.doubtful_since) == ("waiting", None)
        await stage.tell(hours=2)
        assert stage.states() == ["done"]


async def test_rather_none_than_two(opening: Opening, receiver: Receiver) -> None:
    """The instance answers 502: perhaps it posted. Within its memory of keys it is asked again, then never."""
    async with opening(mastodon(receiver, Reply(502)), TOKEN="t0ken") as stage:
        await stage.poll("one")
        for _ in range(12):
            await stage.tell(minutes=15)
        (one,) = stage.deliveries()
        assert one.state == "dead"
        assert "Nobody knows" in (one.message or "")
        posts = receiver.at(STATUSES)
        assert 2 <= len(posts) <= 4
        assert len({post.headers["Idempotency-Key"] for post in posts}) == 1


async def test_killed_while_it_was_posted(opening: Opening, receiver: Receiver) -> None:
    more = mastodon(receiver)
    async with opening(more, TOKEN="t0ken") as stage:
        await stage.poll("one")
        await stage.tell(seconds=1)
        now, store = stage.clock.at, stage.rooms.store
        stage.clock.forward(minutes=2)
        (name,) = store.outbox.receivers()
        (begun,) = store.outbox.claim([name], stage.clock.at, stage.clock.at + LEASE, 1)
        assert store.outbox.tell(name, begun.event.subject, begun.event.id, now) is not None
        clock = stage.clock
    clock.forward(hours=2)
    async with opening(more, clock, TOKEN="t0ken") as stage:
        assert await told(stage) == []
        assert stage.states() == ["dead"], "it may have been posted two hours ago"


async def test_bluesky_gets_a_record_under_a_key_of_its_own(opening: Opening, receiver: Receiver) -> None:
    more = bluesky(receiver, Reply(500), Reply(200, b'{"uri": "at://did:plc:asha/app.bsky.feed.post/x"}'))
    async with opening(more, TOKEN="app-pass") as stage:
        await stage.poll("one", one="Ümläute 👩‍💻")
        await stage.tell()
        await stage.tell(seconds=30)
        assert stage.states() == ["done"]
        assert receiver.at(SESSION)[0].json() == {"identifier": "asha.example", "password": "app-pass"}
        first, second = receiver.at(PUT)
        assert first.body == second.body, "under the same key, with the same moment: it is one post"
        said = second.json()
        assert (said["repo"], said["collection"]) == ("did:plc:asha", "app.bsky.feed.post")
        assert said["swapRecord"] is None
        assert len(said["rkey"]) == 13
        record = said["record"]
        (facet,) = record["facets"]
        place = facet["index"]
        text = record["text"].encode()
        assert text[place["byteStart"] : place["byteEnd"]] == b"https://asha.example/one"
        assert facet["features"] == [{"$type": "app.bsky.richtext.facet#link", "uri": "https://asha.example/one"}]


async def test_bluesky_knows_what_was_posted_before_a_backup_was_restored(opening: Opening, receiver: Receiver) -> None:
    swapped = Reply(400, b'{"error": "InvalidSwap", "message": "Record was at bafy"}')
    async with opening(bluesky(receiver, swapped), TOKEN="app-pass") as stage:
        await stage.poll("one")
        await stage.tell()
        (one,) = stage.deliveries()
        assert (one.state, one.message) == ("done", "It is there already.")
