"""A few of the subscribers of `make torture ARGS=subscribers`."""

from __future__ import annotations

from tests.torture.subscribers import visited


async def test_each_gets_what_all_get_and_each_change_is_made_once() -> None:
    found = await visited(120, queries=40, changes=1)
    assert set(found.seen.statuses) == {200, 304}
    assert (found.seen.wrong, found.seen.lost) == (0, 0)
    assert found.renders == [1, 1, 1, 1]
    assert set(found.queries) == {200}
    assert 8 < found.cut_after_s < 15
