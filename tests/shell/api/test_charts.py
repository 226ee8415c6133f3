"""The picture of a source's year: bars for posts, a mark for every time in which polls failed, and words for both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.api.status.charts import HEIGHT, LINE, NARROW, TALL, TICK, WIDTH, YEAR, Bar, chart
from aggregator.model import Polled

NOW = datetime(2026, 11, 20, 10, 7, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=900)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def polled(days: float, outcome: str, new: int = 0) -> Polled:
    return Polled("asha/blog", ago(days), outcome, new=new)


def test_a_source_without_anything() -> None:
    found = chart((), (), NOW, False, NOW)
    assert (found.posts, found.failed, found.news) == ((), (), ())
    assert found.words == "0 posts in the last year."
    assert found.watched_from == WIDTH


def test_posts_of_one_week_are_one_bar_and_the_most_fills_the_height() -> None:
    found = chart((ago(200), ago(3), ago(2), ago(1)), (), LONG_AGO, False, NOW)
    assert len(found.posts) == 2
    assert found.posts[1].height == TALL
    assert found.posts[0].height == TALL / 3
    assert found.words == "4 posts in the last year, the last on 19 Nov 2026."
    assert found.watched_from == 0


def test_a_failure_lasts_until_something_works() -> None:
    polls = (polled(100, "TooSlow"), polled(98, "Refused"), polled(91, "recovered"), polled(40, "changed", new=2))
    found = chart((), polls, LONG_AGO, False, NOW)
    (bar,) = found.failed
    assert (bar.x, bar.width) == (round((264 / 364) * WIDTH, 1), round(9 / 364 * WIDTH, 1))
    assert found.words == "0 posts in the last year; polls failed 1 time, last until 21 Aug 2026."
    assert found.news == (round((324 / 364) * WIDTH, 1),)


def test_a_poll_of_a_moment_ago_stands_inside_the_picture() -> None:
    found = chart((), (polled(364, "changed", new=1), polled(0, "changed", new=1)), LONG_AGO, False, NOW)
    assert found.news == (TICK, WIDTH - TICK)


def test_one_that_fails_now() -> None:
    found = chart((), (polled(10, "TooSlow"),), LONG_AGO, True, NOW)
    (bar,) = found.failed
    assert bar.x + bar.width >= WIDTH - 0.1
    assert found.words.endswith("failing since 10 Nov 2026.")


def test_one_that_has_failed_for_longer_than_the_picture_reaches() -> None:
    assert chart((), (), LONG_AGO, True, NOW).failed == (Bar(0.0, LINE - 2, WIDTH, 4),)
    (bar,) = chart((), (polled(364 / 2, "recovered"),), LONG_AGO, False, NOW).failed
    assert (bar.x, bar.width) == (0.0, WIDTH / 2)


MOMENTS = st.floats(0, 500).map(ago)
POLLS = st.lists(st.tuples(MOMENTS, st.sampled_from(["changed", "recovered", "TooSlow", "gone"])), max_size=12)


@settings(max_examples=60)
@given(posts=st.lists(MOMENTS, max_size=30), polls=POLLS, since=MOMENTS, bad=st.booleans())
def test_nothing_is_drawn_outside_and_everything_can_be_seen(
    posts: list[datetime], polls: list[tuple[datetime, str]], since: datetime, bad: bool
) -> None:
    logged = [Polled("asha/blog", at, outcome) for at, outcome in sorted(polls) if at >= NOW - YEAR]
    found = chart(sorted(at for at in posts if at >= NOW - YEAR), logged, since, bad, NOW)
    for bar in (*found.posts, *found.failed):
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH + 0.2
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
        assert min(bar.width, bar.height) >= NARROW
    assert bool(found.failed) >= bad
