"""WebSub: a hub is asked, verifies and delivers; that is a hint, and a hub that misbehaves changes nothing."""

from __future__ import annotations

import asyncio
import hmac
import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web as http

from aggregator.api.websub import MOST_BYTES, signed
from aggregator.config import load
from aggregator.model import ParsedFeed, PollState, Subscription
from aggregator.poll.websub import callback, offered
from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.stage import BASE_URL, FETCH, Living, configured, living

KEY = "asha/blog"
SLOW = FETCH + "  min_interval: 15m\n"


@dataclass(slots=True)
class Hub:
    """A hub that writes down what it is asked, and does what it is told to."""

    url: str = ""
    status: int = 202
    asked: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: http.Request) -> http.Response:
        """Take a form."""
        self.asked.append({name: str(value) for name, value in (await request.post()).items()})
        return http.Response(status=self.status, text="no" if self.status >= 400 else "")


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    hub = Hub()
    app = http.Application()
    app.router.add_post("/hub", hub.answer)
    runner = http.AppRunner(app)
    await runner.setup()
    site = http.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hub"
    yield hub
    await runner.cleanup()


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        yield web


@dataclass(frozen=True, slots=True)
class Stage:
    """The house, a feed that names a hub, and the hub."""

    web: Web
    hub: Hub
    home: Living

    def feed(self, *stems: str, hub: str | None = None) -> None:
        """What stands in the feed."""
        links = f'<atom:link rel="self" href="{self.web.url("/feed.xml")}"/>'
        links += f'<atom:link rel="hub" href="{hub or self.hub.url}"/>' if hub != "" else ""
        lately = datetime.now(UTC) - timedelta(days=1)  # who posts is asked more often than once a day
        items = [Item(f"On {stem}", f"https://asha.example/{stem}", prose(stem), published=lately) for stem in stems]
        self.web.page("/feed.xml", rss("Asha", "https://asha.example/", items, head=links))

    async def poll(self) -> None:
        """Poll the feed now."""
        await self.home.poll(KEY)
        await asyncio.sleep(0.4)

    async def work(self) -> None:
        """Ask the hubs that are due."""
        await asyncio.gather(*await self.home.rooms.hubs.begin())

    @property
    def known(self) -> Subscription:
        """The subscription as it is kept."""
        found = self.home.rooms.store.hubs.of(KEY)
        assert found is not None
        return found

    @property
    def state(self) -> PollState:
        """What is remembered of the source."""
        return self.home.rooms.store.states([KEY])[KEY]

    def path(self) -> str:
        """Our callback, as the hub was told."""
        return self.hub.asked[-1]["hub.callback"].removeprefix(BASE_URL)

    async def verify(self, mode: str = "subscribe", **changed: str) -> tuple[int, bytes]:
        """What a hub asks after it was asked."""
        said = {"mode": mode, "topic": self.web.url("/feed.xml"), "challenge": "ch-4711", "lease_seconds": "864000"}
        query = {f"hub.{name}": value for name, value in (said | changed).items() if value}
        async with self.home.service.session.get(self.home.service.url + self.path(), params=query) as answer:
            return answer.status, await answer.read()

    async def deliver(self, body: bytes = b"<rss/>", signature: str | None = None) -> int:
        """A push; signed as it should be unless told otherwise."""
        right = "sha256=" + hmac.new(self.hub.asked[0]["hub.secret"].encode(), body, "sha256").hexdigest()
        headers: Mapping[str, str] = {"X-Hub-Signature": right if signature is None else signature}
        url = self.home.service.url + self.path()
        async with self.home.service.session.post(url, data=io.BytesIO(body), headers=headers) as answer:
            return answer.status

    async def health(self) -> tuple[str | None, str | None]:
        """What `status` says of the subscription."""
        (one,) = (await self.home.service.get("/api/sources")).json()
        return one["push"], one["push_error"]


@pytest.fixture
async def stage(web: Web, hub: Hub, database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    owners = f"  - id: asha\n    name: Asha Rao\n    sources:\n      - {{feed: '{web.url('/feed.xml')}', id: blog}}\n"
    async with living(configured(tmp_path, database_url, owners, SLOW)) as home:
        stage = Stage(web, hub, home)
        stage.feed("one")
        await stage.poll()
        yield stage


async def test_a_hub_is_asked_verifies_and_delivers_and_the_source_is_polled_once_a_day(stage: Stage) -> None:
    await stage.work()
    (form,) = stage.hub.asked
    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == stage.web.url("/feed.xml")
    assert form["hub.callback"] == f"{BASE_URL}/websub/{stage.known.token}"
    assert len(form["hub.secret"]) == 64
    assert await stage.verify() == (200, b"ch-4711")
    assert stage.known.state == "verified"
    assert stage.known.lease_until is not None
    assert timedelta(days=7.9) < stage.known.due_at - datetime.now(UTC) < timedelta(days=8.1)  # 0.8 of the lease
    await stage.poll()
    assert stage.state.next_poll_at - datetime.now(UTC) < timedelta(hours=19), "verified, but nothing delivered so far"

    last = stage.state.last_poll_at
    assert last is not None
    assert await stage.deliver() == 202
    hurried = stage.state.next_poll_at
    assert last + timedelta(minutes=15) <= hurried <= datetime.now(UTC) + timedelta(minutes=15, seconds=1)
    for _ in range(5):  # again and again, replayed by whoever has seen one
        assert await stage.deliver() == 202
    assert stage.state.next_poll_at == hurried, "never more often than the owner allows"
    asked = len(stage.web.asked("/feed.xml"))
    await stage.poll()
    assert len(stage.web.asked("/feed.xml")) == asked + 1
    assert timedelta(hours=21) < stage.state.next_poll_at - datetime.now(UTC) < timedelta(hours=27)
    assert await stage.health() == ("verified", None)

    stage.feed("two", "one")  # news without a word of the hub
    await stage.poll()
    assert stage.known.pushed_at is None
    await stage.poll()
    assert stage.state.next_poll_at - datetime.now(UTC) < timedelta(hours=19)


async def test_what_nobody_asked_for_is_not_verified(stage: Stage) -> None:
    await stage.work()
    assert (await stage.verify(topic="https://else.example/feed"))[0] == 404
    assert (await stage.verify(challenge=""))[0] == 404
    assert (await stage.verify("unsubscribe"))[0] == 404
    assert (await stage.verify("publish"))[0] == 404
    assert stage.known.state == "wanted"
    assert (await stage.home.service.get("/websub/nobody?hub.mode=subscribe&hub.challenge=x")).status == 404
    async with stage.home.service.session.post(f"{stage.home.service.url}/websub/nobody", data=b"x") as answer:
        assert answer.status == 404
    assert await stage.deliver() == 410, "nothing is delivered before it is verified"


@pytest.mark.parametrize(
    "signature", ["", "sha256=00", "md5=d41d8cd98f00b204e9800998ecf8427e", "sha256", "sha256=é", "none=", "sha1="]
)
async def test_a_push_without_the_right_signature_is_ignored(stage: Stage, signature: str) -> None:
    await stage.work()
    await stage.verify()
    before = stage.state.next_poll_at
    assert await stage.deliver(signature=signature.encode("utf-8").decode("latin-1")) == 202
    assert (stage.known.pushed_at, stage.state.next_poll_at) == (None, before)


async def test_a_huge_push_is_refused(stage: Stage) -> None:
    await stage.work()
    await stage.verify()
    assert await stage.deliver(b"x" * (MOST_BYTES + 1)) == 413
    assert stage.known.pushed_at is None


async def test_a_hub_that_denies_is_told_in_status_and_asked_again_in_a_week(stage: Stage) -> None:
    await stage.work()
    assert (await stage.verify("denied", reason="no such topic\x07"))[0] == 200
    state, error = await stage.health()
    assert state == "denied"
    assert "no such topic. It is asked again in a week." in (error or "")
    assert timedelta(days=6.9) < stage.known.due_at - datetime.now(UTC) < timedelta(days=7.1)


async def test_a_hub_that_fails_is_asked_later_and_later(stage: Stage) -> None:
    stage.hub.status = 500
    await stage.work()
    assert (await stage.health())[1] is not None
    assert stage.known.failures == 1
    assert timedelta(minutes=59) < stage.known.due_at - datetime.now(UTC) < timedelta(minutes=61)
    await stage.work()
    assert len(stage.hub.asked) == 1


async def test_a_source_that_goes_is_unsubscribed(stage: Stage) -> None:
    await stage.work()
    await stage.verify()
    stage.feed("one", "two", hub="")
    await stage.poll()
    assert stage.known.state == "leaving"
    assert await stage.deliver() == 410
    await stage.work()
    assert stage.hub.asked[-1]["hub.mode"] == "unsubscribe"
    assert (await stage.verify())[0] == 404
    assert await stage.verify("unsubscribe") == (200, b"ch-4711")
    assert stage.home.rooms.store.hubs.known() == {}


async def test_a_subscription_that_never_was_is_forgotten_at_once(stage: Stage) -> None:
    await stage.work()
    stage.feed("one", "two", hub="")
    await stage.poll()
    await stage.work()
    assert [form["hub.mode"] for form in stage.hub.asked] == ["subscribe", "unsubscribe"]
    assert stage.home.rooms.store.hubs.known() == {}
    assert (await stage.verify("unsubscribe"))[0] == 404


async def test_another_hub_gets_another_callback(stage: Stage) -> None:
    await stage.work()
    await stage.verify()
    first = stage.known
    stage.feed("one", "two", hub=stage.hub.url + "?shard=2")
    await stage.poll()
    assert stage.known.state == "wanted"
    assert stage.known.token != first.token
    assert stage.known.secret != first.secret


async def test_a_hub_on_a_private_address_is_not_asked(stage: Stage) -> None:
    stage.feed("one", "two", hub="http://169.254.169.254/latest/hub")
    await stage.poll()
    await stage.work()
    assert "not an address of the public internet" in (stage.known.error or "")


async def test_two_processes_ask_a_hub_once(stage: Stage) -> None:
    store, now = stage.home.rooms.store, datetime.now(UTC)
    assert len(store.hubs.claim(now, now + timedelta(hours=1), 9)) == 1
    await stage.work()
    assert stage.hub.asked == []


async def test_whoever_wakes_up_late_says_nothing_of_a_hub_that_verified_meanwhile(stage: Stage) -> None:
    hubs, now = stage.home.rooms.store.hubs, datetime.now(UTC)
    (late,) = hubs.claim(now, now + timedelta(minutes=5), 9)
    hubs.keep(replace(late, state="verified", due_at=now + timedelta(days=8), lease_until=now + timedelta(days=10)))
    known = stage.known
    hubs.failed(replace(late, failures=1, error="too late"), late.due_at)
    assert stage.known == known
    (again,) = hubs.claim(known.due_at, known.due_at + timedelta(minutes=5), 9)
    hubs.failed(replace(again, failures=1, error="in time"), again.due_at)
    assert stage.known.error == "in time"


def test_a_service_that_nobody_can_reach_asks_no_hub(tmp_path: Path) -> None:
    config = configured(tmp_path, "sqlite:///x.db", "  - {id: asha, name: Asha}\n", "")
    assert callback(config) == f"{BASE_URL}/websub/"
    for base in ("http://127.0.0.1:8000", "http://localhost:8000", "http://192.168.1.4"):
        text = (tmp_path / "aggregator.yaml").read_text().replace(BASE_URL, base)
        (tmp_path / "aggregator.yaml").write_text(text)
        assert callback(load(tmp_path / "aggregator.yaml", {})) is None
        (tmp_path / "aggregator.yaml").write_text(text.replace(base, BASE_URL))


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_signatures(method: str) -> None:
    right = f"{method}={hmac.new(b's', b'body', method).hexdigest()}"
    assert signed(right, "s", b"body")
    assert not signed(right, "s", b"another")
    assert not signed(right, "t", b"body")
    empty = hmac.new(b"", b"body", method).hexdigest()
    assert not signed(f"{method}={empty}", "", b"body"), "an empty secret is nobody's"


def test_the_link_header_stands_above_the_document() -> None:
    feed = ParsedFeed(
        "rss20", "https://a.example/feed", feed_url="https://a.example/self", hubs=("https://h.example/",)
    )
    assert offered(feed, ()) == ("https://h.example/", "https://a.example/self")
    links = (("hub", "https://k.example/"), ("self", "https://a.example/link"))
    assert offered(feed, links) == ("https://k.example/", "https://a.example/link")
    assert offered(ParsedFeed("rss20", "https://a.example/feed"), ()) == (None, "https://a.example/feed")
