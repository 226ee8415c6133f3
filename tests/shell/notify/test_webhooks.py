"""Webhooks as receivers see them: signed, tried again, given up, never twice under another id."""

from __future__ import annotations

import asyncio
import base64
import logging
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from aggregator.notify.attempts import SCHEDULE_S
from aggregator.poll.recorder import WAIT_S
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.stage import Clock
from tests.shell.notify.conftest import Opening
from tests.shell.notify.receiver import Receiver, Reply

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])  # who claims what is shown on both, in test_outbox

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OLD = "whsec_" + base64.b64encode(bytes(range(100, 132))).decode()


def ago(days: int) -> datetime:
    return Clock().at - timedelta(days=days)


def hook(url: str, more: str = "") -> str:
    return f"webhooks: [{{url: '{url}'{more}}}]\n"


async def test_what_a_receiver_is_told(opening: Opening, receiver: Receiver) -> None:
    url = receiver.url()
    async with opening(hook(url, f", secret: ['{SECRET}', '{OLD}']")) as stage:
        await stage.poll("one")
        await stage.tell()
        first = receiver.types()
        await stage.poll("one", "two")
        await stage.poll("one", "two", two="Two, put otherwise")
        await stage.tell()
        assert receiver.types()[len(first) :] == ["article.created", "article.updated"]
        created, updated = receiver.at()[len(first) :]
        for one in (created, updated):
            assert len(one.body) < 20_000
            for secret in (SECRET, OLD):
                said = {name.lower(): value for name, value in one.headers.items()}
                timestamp = int(said["webhook-timestamp"])
                assert timestamp == int(stage.clock.at.timestamp())
                sent = Webhook(secret)
                assert sent.sign(said["webhook-id"], stage.clock.at, one.body.decode()) in said["webhook-signature"]
        article = created.json()["data"]["article"]
        assert article["url"] == "https://asha.example/two"
        assert article["title"] == "On two"
        assert article["owners"] == ["asha"]
        assert updated.json()["data"]["article"]["id"] == article["id"]
        assert updated.json()["data"]["changed"] == ["title", "date_modified"]
        await stage.tell(hours=30)
        assert set(stage.states()) == {"done"}
        count = len(receiver.got)
        await stage.poll("one", "two", two="Two, put otherwise")
        await stage.tell()
        assert len(receiver.got) == count, "nothing new, nothing told"


async def test_a_signature_of_now_is_believed_by_the_published_library(opening: Opening, receiver: Receiver) -> None:
    url = receiver.url()
    async with opening(hook(url, f", secret: '{SECRET}'"), Clock(datetime.now(UTC))) as stage:
        stage.happen("article.created")
        await stage.tell()
        (one,) = receiver.at()
        headers = {name.lower(): value for name, value in one.headers.items()}
        assert Webhook(SECRET).verify(one.body, headers) == one.json()
        with pytest.raises(WebhookVerificationError):
            Webhook(OLD).verify(one.body, headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(one.body.replace(b"0", b"1"), headers)


async def test_a_receiver_that_fails_is_tried_again_under_the_same_id(opening: Opening, receiver: Receiver) -> None:
    url = receiver.url("/hook", Reply(500), Reply(200))
    async with opening(hook(url, f", secret: '{SECRET}'")) as stage:
        stage.happen("article.created")
        await stage.tell()
        assert stage.states() == ["waiting"]
        await stage.tell(seconds=2)
        assert len(receiver.got) == 1, "not before five seconds"
        await stage.tell(seconds=4)
        assert stage.states() == ["done"]
        first, second = receiver.at()
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
        assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


async def test_the_schedule_and_its_end(opening: Opening, receiver: Receiver) -> None:
    url = receiver.url("/hook", Reply(503))
    async with opening(hook(url)) as stage:
        stage.happen("article.created")
        for attempt, wait_s in enumerate(SCHEDULE_S, 1):
            await stage.tell(seconds=wait_s * 1.11 + 1)
            assert len(receiver.got) == attempt
        assert stage.states() == ["dead"]
        await stage.tell(days=2)
        assert len(receiver.got) == len(SCHEDULE_S)
        (dead,) = stage.deliveries()
        assert (dead.status, dead.message) == (503, "It answered 503 Service Unavailable.")
        receiver.url("/hook", Reply(204))
        assert stage.rooms.store.outbox.redeliver(stage.clock.at) == 1
        await stage.tell()
        assert stage.states() == ["done"]
        assert len({one.headers["webhook-id"] for one in receiver.at()}) == 1


async def test_retry_after_is_respected(opening: Opening, receiver: Receiver) -> None:
    url = receiver.url("/hook", Reply(429, headers={"Retry-After": "7200"}), Reply(200))
    async with opening(hook(url)) as stage:
        stage.happen("article.created")
        await stage.tell()
        (waiting,) = stage.deliveries()
        assert waiting.due_at is not None
        assert waiting.due_at >= stage.clock.at + timedelta(hours=2)
        await stage.tell(hours=1, minutes=59)
        assert len(receiver.got) == 1
        await stage.tell(minutes=2)
        assert stage.states() == ["done"]


async def test_gone_is_gone(opening: Opening, receiver: Receiver) -> None:
    url = receiver.url("/hook", Reply(410))
    async with opening(hook(url)) as stage:
        stage.happen("article.created")
        await stage.tell()
        assert stage.states() == ["dead"]
        stage.happen("article.created")
        await stage.tell(days=1)
        assert len(receiver.got) == 1
        (name,) = stage.rooms.store.outbox.receivers()
        assert stage.rooms.store.outbox.enable(name)
        receiver.url("/hook", Reply(200))
        (now,) = stage.happen("article.updated")
        await stage.tell()
        assert [one.headers["webhook-id"] for one in receiver.at()[1:]] == [now.id]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(302, headers={"Location": "/elsewhere"}),
        Reply(307, headers={"Location": "http://169.254.169.254/latest/meta-data"}),
        Reply(404),
        Reply(400, b"x" * 200_000),
    ],
    ids=["redirect", "redirect inside", "not found", "long answer"],
)
async def test_anything_but_success_is_a_failure(opening: Opening, receiver: Receiver, reply: Reply) -> None:
    url = receiver.url("/hook", reply)
    async with opening(hook(url)) as stage:
        stage.happen("article.created")
        await stage.tell()
        assert stage.states() == ["waiting"]
        assert [one.path for one in receiver.got] == ["/hook"], "no redirect is followed"


async def test_private_addresses_are_not_told(
    opening: Opening, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    async with opening(hook("http://169.254.169.254/t0ken")) as stage:
        stage.happen("article.created")
        await stage.tell()
        (one,) = stage.deliveries()
        assert one.state == "waiting"
        assert "not an address of the public internet" in (one.message or "")
        assert "t0ken" not in (one.message or "") + one.receiver + repr(stage.rooms.config)


async def test_no_secret_is_ever_said(
    opening: Opening, receiver: Receiver, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    url = receiver.url("/hook/t0ken", Reply(500))
    more = hook(url, f", secret: '{SECRET}'") + (
        f"announce: {{on: [{{mastodon: '{receiver.url('')}', token: t0ken, after: 0s}}]}}\n"
    )
    async with opening(more) as stage:
        await stage.poll("one")
        await stage.tell()
        said = repr(stage.rooms.config) + repr(stage.deliveries()) + caplog.text
        said += "".join(capsys.readouterr())
        assert len(receiver.got) == 2
        assert "t0ken" not in said
        assert SECRET not in said


async def test_only_what_was_asked_for(opening: Opening, receiver: Receiver) -> None:
    more = (
        "webhooks:\n"
        f"  - {{url: '{receiver.url('/sources')}', events: [source.failing, source.recovered]}}\n"
        f"  - {{url: '{receiver.url('/news')}', events: [article.created]}}\n"
    )
    async with opening(more) as stage:
        await stage.poll("one")
        stage.web.page("/feed.xml", "gone fishing", status=500)
        for _ in range(4):
            await stage.poll()
            await asyncio.sleep(2 * WAIT_S)  # polls that brought nothing are written together
        await stage.poll("one")
        await asyncio.sleep(2 * WAIT_S)
        await stage.tell()
        assert receiver.types("/sources") == ["source.failing", "source.recovered"]
        failing, recovered = receiver.at("/sources")
        assert failing.json()["data"]["source"] == "asha/blog"
        assert "500" in failing.json()["data"]["error"]
        assert recovered.json()["data"]["error"] is None
        assert receiver.types("/news") == ["article.created"]


async def test_the_archive_and_what_is_held_back_are_not_told(opening: Opening, receiver: Receiver) -> None:
    async with opening(hook(receiver.url(), ", events: [article.created]")) as stage:
        archive = [Item(f"Old {at}", f"https://asha.example/{at}", prose(str(at)), published=ago(at)) for at in (9, 99)]
        stage.web.page("/feed.xml", rss("Asha", "https://asha.example/", archive))
        await stage.poll()
        await stage.tell()
        assert receiver.got == [], "what a new owner brings from the past is no news"
        stage.clock.forward(days=30)
        await stage.poll(*(f"flood-{number}" for number in range(30)))
        await stage.tell()
        assert receiver.got == [], "a flood waits for its owner"


async def test_a_receiver_is_not_told_what_was_before_it(opening: Opening, receiver: Receiver) -> None:
    async with opening("") as stage:
        await stage.poll("one")
        clock = stage.clock
    clock.forward(minutes=1)
    async with opening(hook(receiver.url()), clock) as stage:
        await stage.tell()
        await stage.poll("one", "two")
        await stage.tell()
        titles = [one.json()["data"]["article"]["title"] for one in receiver.at() if "article" in one.json()["data"]]
        assert "On one" not in titles
        assert "On two" in titles
