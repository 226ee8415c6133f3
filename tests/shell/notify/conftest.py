"""The house with one feed, a receiver, and a clock that is put forward."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from aggregator.bootstrap import House, house
from aggregator.config import load
from aggregator.model import Delivery, Event, EventType
from aggregator.poll.adopt import with_written
from aggregator.store.happened import event
from tests.loopback import Web
from tests.shell.acceptance.feeds import Item, prose, rss
from tests.shell.acceptance.stage import Clock, config_text
from tests.shell.notify.receiver import Receiver, receiving
from tests.shell.nursery import readers

KEY = "asha/blog"


@dataclass(frozen=True, slots=True)
class Stage:
    """The house, what it reads and whom it tells."""

    web: Web
    receiver: Receiver
    rooms: House
    clock: Clock

    def feed(self, *stems: str, **titles: str) -> None:
        """What stands in the feed; ``titles`` are other ones than usual, by stem."""
        items = [Item(titles.get(stem, f"On {stem}"), f"https://asha.example/{stem}", prose(stem)) for stem in stems]
        self.web.page("/feed.xml", rss("Asha", "https://asha.example/", items))

    async def poll(self, *stems: str, **titles: str) -> None:
        """Poll the feed with this in it, some hours later."""
        if stems:
            self.feed(*stems, **titles)
        self.clock.forward(hours=6)
        async for _ in self.rooms.claims.round([KEY], True):
            pass

    def happen(self, *types: EventType) -> list[Event]:
        """Let this have happened now, whatever it was."""
        found = [event(one, "x", self.clock.at, {"number": number}) for number, one in enumerate(types)]
        self.rooms.store.outbox.write(found)
        return found

    async def tell(self, **later: float) -> None:
        """Let so much time pass, then tell what is due."""
        self.clock.forward(**later)
        await self.rooms.tellings.round()

    def deliveries(self) -> list[Delivery]:
        """All of them, oldest event first."""
        return list(reversed(self.rooms.store.outbox.deliveries(1000)))

    def states(self) -> list[str]:
        """The states of all deliveries."""
        return [one.state for one in self.deliveries()]


Opening = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def opening(receiver: Receiver, database_url: str, tmp_path: Path) -> Opening:
    """Opens a house with these further lines at the end of its config, or (``site``) of its site."""

    @asynccontextmanager
    async def open_(more: str, clock: Clock | None = None, site: str = "", **environ: str) -> AsyncIterator[Stage]:
        async with Web() as web:
            owners = f"  - id: asha\n    name: Asha Rao\n    sources: [{{feed: '{web.url('/feed.xml')}', id: blog}}]\n"
            path = tmp_path / "aggregator.yaml"
            text = config_text(database_url, owners).replace("database_url:", f"{site}database_url:", 1)
            path.write_text(text + more, encoding="utf-8")
            clock = clock or Clock()
            async with house(with_written(load(path, environ)), clock, readers()) as rooms:
                yield Stage(web, receiver, rooms, clock)

    return open_
