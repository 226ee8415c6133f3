"""Whoever builds from the output, and hubs: told when bytes changed, after some quiet, and not for nothing."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from aggregator.publish.publisher import Place
from tests.shell.acceptance.stage import BASE_URL
from tests.shell.notify.conftest import Opening
from tests.shell.notify.receiver import Receiver, Reply

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


async def test_a_build_is_set_off_after_some_quiet_and_never_for_nothing(opening: Opening, receiver: Receiver) -> None:
    async with opening(f"webhooks: [{{url: '{receiver.url()}', kind: deploy}}]\n") as stage:
        await stage.tell()
        await stage.poll("one")
        await stage.tell()
        assert receiver.got == [], "it has not been quiet for five minutes"
        await stage.tell(minutes=4)
        assert receiver.got == []
        await stage.tell(minutes=2)
        assert receiver.types() == ["export.changed"]
        await stage.tell(hours=3)
        assert len(receiver.got) == 1
        stage.rooms.store.touch(stage.clock.at)  # another revision, the same bytes
        await stage.tell()
        await stage.tell(minutes=20)
        assert len(receiver.got) == 1, "no byte changed"
        await stage.poll("one", "two")
        await stage.tell()
        await stage.tell(minutes=6)
        assert len(receiver.got) == 2


async def test_builds_lie_apart_and_are_not_put_off_for_ever(opening: Opening, receiver: Receiver) -> None:
    more = f"webhooks: [{{url: '{receiver.url()}', kind: deploy}}]\ndeploy: {{quiet: 5m, apart: 15m}}\n"
    async with opening(more) as stage:
        await stage.tell()
        stems: list[str] = []
        fired = []
        for number in range(12):  # somebody writes every four minutes
            stems.insert(0, f"post-{number}")
            stage.feed(*stems)
            async for _ in stage.rooms.claims.round(["asha/blog"], True):
                pass
            await stage.tell(minutes=4)
            fired.append(len(receiver.got))
        assert 2 <= fired[-1] <= 3, fired


async def test_a_build_hook_that_fails_is_tried_again_and_the_newest_counts(
    opening: Opening, receiver: Receiver
) -> None:
    url = receiver.url("/hook", Reply(500))
    async with opening(f"webhooks: [{{url: '{url}', kind: deploy}}]\ndeploy: {{quiet: 0s, apart: 0s}}\n") as stage:
        await stage.tell()
        for stems in (("one",), ("one", "two")):
            await stage.poll(*stems)
            await stage.tell()
            await stage.tell(seconds=1)
        assert sorted(stage.states()) == ["skipped", "waiting"]


async def test_github_starts_a_workflow(opening: Opening, receiver: Receiver) -> None:
    url = receiver.url("/repos/asha/site/dispatches", Reply(204))
    more = f"webhooks: [{{url: '{url}', kind: github, token: '${{TOKEN}}', event_type: articles}}]\n"
    async with opening(more + "deploy: {quiet: 0s, apart: 0s}\n", TOKEN="gh-t0ken") as stage:
        await stage.tell()
        await stage.poll("one")
        await stage.tell()
        await stage.tell(seconds=1)
        (one,) = receiver.at("/repos/asha/site/dispatches")
        assert one.headers["Authorization"] == "Bearer gh-t0ken"
        assert one.headers["Accept"] == "application/vnd.github+json"
        said = one.json()
        assert said["event_type"] == "articles"
        assert len(said["client_payload"]) <= 10
        assert "gh-t0ken" not in repr(stage.rooms.config)
        assert stage.states() == ["done"]


async def test_hubs_are_told_of_the_feeds_that_changed_and_of_no_others(opening: Opening, receiver: Receiver) -> None:
    hub = receiver.url("/hub", Reply(202))
    async with opening("") as stage:
        await stage.poll("zero")
        clock = stage.clock
    site = f"  hubs: ['{hub}']\n"
    async with opening("", clock, site=site) as stage:
        document = stage.rooms.publisher.document(Place((), "rss.xml"))
        assert f'<{hub}>; rel="hub"' in document.links
        assert hub.encode() in document.body
        await stage.tell()
        assert receiver.got == [], "nobody can have subscribed so far"
        await stage.poll("zero", "one")
        await stage.tell()
        await stage.tell(seconds=11)
        told = [parse_qs(one.body.decode()) for one in receiver.at("/hub")]
        assert all(one["hub.mode"] == ["publish"] for one in told)
        topics = {one["hub.url"][0].removeprefix(BASE_URL) for one in told}
        assert {"/rss.xml", "/atom.xml", "/feed.json", "/asha/rss.xml", "/asha/source/blog/atom.xml"} <= topics
        receiver.got.clear()
        stage.rooms.store.touch(stage.clock.at)
        await stage.tell()
        await stage.tell(hours=1)
        assert receiver.got == [], "another revision, the same bytes"
