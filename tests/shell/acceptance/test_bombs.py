"""A dozen of the documents and answers of `make torture ARGS=bombs`, and that each of all of them can be made."""

from __future__ import annotations

import pytest

from tests.torture.bombs import attacked, lateness
from tests.torture.harmful import charges

DOZEN = (
    "nested elements",
    "nested div",
    "long entity, often",
    "200,000 namespaces",
    "comments that open",
    "title of tags",
    "author with dots",
    "2,000 items of one title and text",
    "pictures inside the text",
    "page of comments",
    "deflate, 200 MB",
    "a header without an end",
    "a chunk size without an end",
)


async def test_a_dozen_at_once_cost_the_service_little() -> None:
    cost = await attacked(DOZEN, idle_s=0.5, limit_s=60)
    assert (cost.polled, cost.refused, cost.faults) == (len(DOZEN), 0, ())
    assert 0 < cost.readers_mb <= 256
    assert cost.most_grown_mb < 300
    assert cost.answers > 0


def test_there_are_many_and_each_is_what_a_server_may_send() -> None:
    known = charges()
    assert len(known) > 150
    for name, charge in known.items():
        bodies = [make().body for make in charge.pages.values()]
        assert max(map(len, bodies)) <= 10 * 1024**2, f"{name} would not be read at all"


def test_lateness_is_counted_from_when_a_poll_was_due() -> None:
    def poll(source: str, at: int, due: int) -> dict[str, str]:
        moment = "2026-11-30T09:00:{:02}+00:00"
        return {"source": source, "timestamp": moment.format(at), "next_poll_at": moment.format(due)}

    polls = [poll("asha/g0", 1, 11), poll("bad1/b1", 2, 12), poll("asha/g0", 14, 24), poll("asha/g1", 15, 25)]
    assert lateness(polls, since=1) == [pytest.approx(3.0)]
