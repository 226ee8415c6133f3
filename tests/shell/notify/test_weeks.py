"""A digest in the running house: a week is in it when it is over, and the same then for ever."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from aggregator.publish.publisher import Place
from tests.shell.acceptance.stage import Clock
from tests.shell.notify.conftest import Opening, Stage

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


def digest(stage: Stage) -> bytes:
    return stage.rooms.publisher.document(Place(("asha",), "digest.xml")).body


def titles(body: bytes) -> list[str | None]:
    return [item.findtext("title") for item in etree.fromstring(body)[0].iter("item")]


async def test_a_week_is_told_when_it_is_over(opening: Opening) -> None:
    clock = Clock(datetime(2026, 11, 18, 9, tzinfo=UTC))
    async with opening("", clock) as stage:
        await stage.tell()
        await stage.poll("one")
        await stage.poll("one", "two")
        await stage.tell()
        assert titles(digest(stage)) == []
        plain = stage.rooms.publisher.document(Place(("asha",), "rss.xml"))
        await stage.tell(days=6)
        body = digest(stage)
        assert titles(body) == ["Asha Rao: 2 articles, 16 to 22 Nov 2026"]
        assert stage.rooms.publisher.document(Place(("asha",), "rss.xml")).etag == plain.etag
        await stage.poll("one", "two", "three")
        await stage.tell(days=2)
        assert digest(stage) == body, "of the week that is open nothing is said"
        modified = stage.rooms.publisher.document(Place(("asha",), "digest.xml")).last_modified
        assert modified is not None
        assert modified >= datetime(2026, 11, 23, tzinfo=UTC)
    async with opening("", clock) as stage:
        assert digest(stage) == body, "after a restart, too"
