"""Cadence: when a source is asked again, and what its answers make of its health."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import cadence
from aggregator.cadence import DAY_S, HOUR_S, NEVER, WEEK_S
from aggregator.model import (
    Failed,
    Fetched,
    FetchPolicy,
    Freshness,
    Gone,
    NotModified,
    Outcome,
    ParsedFeed,
    PollState,
    Source,
    Throttled,
    Validators,
)

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)  # a Wednesday
MIDDLE = 0.5  # the jitter that changes nothing above the floor
SOURCE = Source(key="asha/blog", owner="asha", id="blog", kind="feed", feed_url="https://asha.example/feed.xml")
POLICY = FetchPolicy()
NEW = PollState(source_key="asha/blog", next_poll_at=NOW)
FEED = ParsedFeed(format="rss20", url="https://asha.example/feed.xml")
UNSAID = Freshness()
NONE = Validators()
TAGGED = Validators(etag='W/"a"', last_modified="Tue, 03 Mar 2026 08:00:00 GMT")


def fetched(
    freshness: Freshness = UNSAID, validators: Validators = TAGGED, permanent_url: str | None = None
) -> Fetched:
    return Fetched(
        url="https://asha.example/feed.xml",
        status=200,
        body=b"<rss/>",
        content_type="application/rss+xml",
        validators=validators,
        freshness=freshness,
        permanent_url=permanent_url,
    )


def unmodified(validators: Validators = NONE, permanent_url: str | None = None) -> NotModified:
    return NotModified(validators=validators, freshness=UNSAID, permanent_url=permanent_url)


def step(
    outcome: Outcome,
    state: PollState = NEW,
    *,
    feed: ParsedFeed | None = None,
    policy: FetchPolicy = POLICY,
    source: Source = SOURCE,
    posted: Sequence[datetime] = (),
    now: datetime = NOW,
    jitter: float = MIDDLE,
    body_hash: str | None = None,
) -> PollState:
    return cadence.after(state, outcome, feed, policy, source, posted, now, jitter, body_hash)


def waited(state: PollState, now: datetime = NOW) -> float:
    return (state.next_poll_at - now).total_seconds()


def every(days: float, count: int = 60) -> list[datetime]:
    """`count` posts, evenly spaced, the last one half a gap ago."""
    return [NOW - timedelta(days=days * (i + 0.5)) for i in range(count)]


# ── how often ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("gap_days", "hours"), [(7, 2.16), (30, 4.47)], ids=["once a week: 2.2 h", "once a month: 4.5 h"]
)
def test_the_interval_grows_with_the_square_root_of_the_gap(gap_days: float, hours: float) -> None:
    # sources.md 4.4 names these two figures; the windows of 3 and 15 days see a steady source as a little busier or
    # calmer than it is, so a tenth is left to them.
    assert cadence.interval(every(gap_days), NOW) == pytest.approx(hours * HOUR_S, rel=0.1)


def test_a_silent_source_is_asked_daily_and_not_much_more() -> None:
    assert 22 * HOUR_S < cadence.interval([], NOW) < 24 * HOUR_S
    assert cadence.interval([NOW - timedelta(days=3000)], NOW) == pytest.approx(cadence.interval([], NOW), rel=1e-6)


def test_a_post_of_today_makes_it_sooner_and_one_of_tomorrow_does_not() -> None:
    calm = cadence.interval(every(30), NOW)
    assert cadence.interval([*every(30), NOW], NOW) < calm
    assert cadence.interval([*every(30), NOW + timedelta(days=1)], NOW) == calm


def test_only_the_last_sixty_posts_count_in_any_order() -> None:
    posts = every(1, 61)
    assert cadence.rate(posts, NOW) == cadence.rate(posts[:60], NOW) == cadence.rate(posts[59::-1], NOW)


def test_a_busy_source_is_still_asked_no_more_than_the_policy_allows() -> None:
    busy = [NOW - timedelta(minutes=i) for i in range(60)]
    assert cadence.interval(busy, NOW) < HOUR_S
    assert waited(step(fetched(), posted=busy, jitter=0.0)) == HOUR_S
    assert waited(step(fetched(), posted=busy, jitter=0.0, policy=FetchPolicy(min_interval_s=7200))) == 7200


def test_jitter_spreads_by_a_tenth_both_ways_and_only_up_from_the_floor() -> None:
    usual = cadence.interval(every(30), NOW)
    assert waited(step(fetched(), posted=every(30), jitter=0.0)) == pytest.approx(0.9 * usual, abs=1)
    assert waited(step(fetched(), posted=every(30), jitter=0.999999)) == pytest.approx(1.1 * usual, abs=1)
    hourly = replace(SOURCE, interval_s=HOUR_S)
    assert waited(step(fetched(), source=hourly, jitter=0.0)) == HOUR_S
    assert waited(step(fetched(), source=hourly, jitter=0.75)) == 1.075 * HOUR_S


@pytest.mark.parametrize(
    ("own", "expected"),
    [(3 * HOUR_S, 3 * HOUR_S), (WEEK_S, WEEK_S), (60, HOUR_S)],
    ids=["instead of the rate", "even beyond a day", "but not below fetch.min_interval"],
)
def test_the_owners_interval(own: int, expected: int) -> None:
    source = replace(SOURCE, interval_s=own)
    assert waited(step(fetched(), source=source, posted=every(7), jitter=0.0)) == expected


def test_no_setting_makes_a_loop_of_it() -> None:
    state = step(fetched(), source=replace(SOURCE, interval_s=0), policy=FetchPolicy(min_interval_s=0), jitter=0.0)
    assert waited(state) == 1


@pytest.mark.parametrize(("kind", "least"), [("feed", 60), ("dev", 600), ("youtube", 900)])
def test_no_platform_is_asked_more_often_than_it_has_something_new_to_say(kind: str, least: int) -> None:
    source = replace(SOURCE, kind=kind, interval_s=1)
    assert waited(step(fetched(), source=source, policy=FetchPolicy(min_interval_s=60), jitter=0.0)) == least


# ── lanes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

MEDIUM = replace(SOURCE, kind="medium", feed_url="https://medium.com/feed/@asha")


def test_a_whole_host_is_left_alone_for_as_long_as_it_asks() -> None:
    for status in (429, 503):
        assert step(Throttled(status, 7200, "wait")).lane_free_at == NOW + timedelta(hours=2)
    assert step(Throttled(429, 30 * DAY_S, "wait")).lane_free_at == NOW + timedelta(days=7)
    assert step(Throttled(429, None, "wait")).lane_free_at is None
    own = FetchPolicy(host_interval_s=0)
    assert step(Throttled(429, 7200, "wait"), policy=own).lane_free_at is None


def test_medium_and_its_domains_rest_between_two_requests() -> None:
    custom = replace(MEDIUM, feed_url="https://stories.asha.example/feed")
    assert {step(fetched(), source=source).lane_free_at for source in (MEDIUM, custom)} == {NOW + timedelta(seconds=30)}
    assert step(fetched()).lane_free_at is None


# ── what the server and the feed ask for ────────────────────────────────────────────────────────────────────────────

HOURLY = replace(SOURCE, interval_s=HOUR_S)


@pytest.mark.parametrize(
    ("freshness", "expected"),
    [
        (Freshness(max_age_s=4 * HOUR_S), 4 * HOUR_S),
        (Freshness(expires_in_s=3 * HOUR_S), 3 * HOUR_S),
        (Freshness(max_age_s=2 * HOUR_S, expires_in_s=9 * HOUR_S), 2 * HOUR_S),
        (Freshness(max_age_s=0, expires_in_s=9 * HOUR_S), HOUR_S),
        (Freshness(max_age_s=365 * DAY_S), DAY_S),
        (Freshness(expires_in_s=-DAY_S), HOUR_S),
    ],
    ids=["max-age", "Expires", "max-age before Expires", "max-age=0", "a year is a day", "expired already"],
)
def test_fresh_documents_are_not_asked_for(freshness: Freshness, expected: int) -> None:
    assert waited(step(fetched(freshness), source=HOURLY, jitter=0.0)) == expected
    unchanged = NotModified(validators=Validators(), freshness=freshness)
    assert waited(step(unchanged, source=HOURLY, jitter=0.0)) == expected


@pytest.mark.parametrize(("ttl_s", "expected"), [(7200, 7200), (WEEK_S, 6 * HOUR_S), (60, HOUR_S), (None, HOUR_S)])
def test_ttl_is_a_lower_bound_and_outlives_a_304(ttl_s: int | None, expected: int) -> None:
    first = step(fetched(), feed=replace(FEED, ttl_s=ttl_s), source=HOURLY, jitter=0.0)
    assert waited(first) == expected
    later = first.next_poll_at
    assert waited(step(unmodified(), first, source=HOURLY, jitter=0.0, now=later), later) == expected


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("retry_after_s", "expected"),
    [(5 * DAY_S, 5 * DAY_S), (365 * DAY_S, WEEK_S), (10, 2 * HOUR_S), (None, 2 * HOUR_S)],
    ids=["five days", "at most a week", "never sooner than twice the interval", "none"],
)
def test_throttled_waits(status: int, retry_after_s: int | None, expected: int) -> None:
    state = step(Throttled(status, retry_after_s, "The server asks for patience."), source=HOURLY)
    assert waited(state) == expected
    assert (state.state, state.error, state.failures) == ("blocked", "The server asks for patience.", 1)


def test_throttled_again_doubles_again_up_to_a_day() -> None:
    state, waits = NEW, []
    for _ in range(7):
        state = step(Throttled(429, None, "slow down"), state, source=HOURLY)
        waits.append(waited(state) / HOUR_S)
    assert waits == [2, 4, 8, 16, 24, 24, 24]


def test_a_403_counts_as_blocked() -> None:
    state = step(Failed("Refused", "asha.example answered 403.", status=403), source=HOURLY)
    assert (state.state, state.error_code, waited(state)) == ("blocked", "Refused", 2 * HOUR_S)


def test_retry_after_of_a_failure_counts_too() -> None:
    assert waited(step(Failed("Refused", "500", status=500, retry_after_s=2 * DAY_S))) == 2 * DAY_S


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (replace(FEED, skip_hours=frozenset({11})), datetime(2026, 3, 4, 12, 0, tzinfo=UTC)),
        (replace(FEED, skip_hours=frozenset(range(8, 24))), datetime(2026, 3, 5, 0, 0, tzinfo=UTC)),
        (replace(FEED, skip_days=frozenset({2})), datetime(2026, 3, 5, 0, 0, tzinfo=UTC)),
        (replace(FEED, skip_days=frozenset({2, 3}), skip_hours=frozenset({0})), datetime(2026, 3, 6, 1, tzinfo=UTC)),
        (replace(FEED, skip_days=frozenset(range(7)) - {1}), datetime(2026, 3, 10, 0, 0, tzinfo=UTC)),
        (
            replace(FEED, skip_days=frozenset(range(7)) - {2}, skip_hours=frozenset(range(24)) - {10}),
            datetime(2026, 3, 11, 10, 0, tzinfo=UTC),
        ),
        (replace(FEED, skip_hours=frozenset({10, 12})), datetime(2026, 3, 4, 11, 30, tzinfo=UTC)),
        (replace(FEED, skip_hours=frozenset(range(24))), datetime(2026, 3, 4, 11, 30, tzinfo=UTC)),
        (replace(FEED, skip_days=frozenset(range(7))), datetime(2026, 3, 4, 11, 30, tzinfo=UTC)),
    ],
    ids=[
        "hour",
        "the rest of the day",
        "day",
        "days, then an hour",
        "six days",
        "one hour a week",
        "others",
        "every hour",
        "every day",
    ],
)
def test_skipped_hours_and_days(feed: ParsedFeed, expected: datetime) -> None:
    first = step(fetched(), feed=feed, source=HOURLY, jitter=0.0)
    assert first.next_poll_at == expected
    # A 304 does not repeat what the document said: it still holds.
    again = step(unmodified(), first, source=HOURLY, jitter=0.0, now=NOW)
    assert again.next_poll_at == expected


def test_not_everybody_comes_on_the_stroke_of_the_hour() -> None:
    state = step(fetched(), feed=replace(FEED, skip_hours=frozenset({11})), source=HOURLY, jitter=0.5)
    assert state.next_poll_at == datetime(2026, 3, 4, 12, 5, tzinfo=UTC)


# ── failures ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_failures_back_off_from_a_quarter_of_an_hour_to_a_day() -> None:
    state, waits = NEW, []
    for _ in range(9):
        state = step(Failed("Unreachable", "no answer"), state, policy=FetchPolicy(min_interval_s=60))
        waits.append(waited(state) / 60)
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]
    assert (state.state, state.failures, state.error, state.error_code) == ("failing", 9, "no answer", "Unreachable")


def test_a_failing_source_is_not_asked_more_often_than_a_healthy_one() -> None:
    assert waited(step(Failed("TooSlow", "slow"), jitter=0.0)) == HOUR_S


def test_a_success_clears_what_went_wrong() -> None:
    failing = step(Failed("TooSlow", "slow"), step(Gone(410, "gone")))
    for outcome in (fetched(), unmodified()):
        state = step(outcome, failing)
        assert (state.state, state.failures, state.error, state.error_code) == ("ok", 0, None, None)
        assert (state.gone_since, state.gone_count, state.last_success_at) == (None, 0, NOW)


def test_a_failure_keeps_everything_that_the_next_good_poll_needs() -> None:
    good = step(fetched(), body_hash="b1")
    for outcome in (Failed("NotAFeed", "HTML"), Throttled(429, None, "wait"), Gone(404, "missing")):
        bad = step(outcome, good, now=good.next_poll_at)
        assert bad.validators == TAGGED
        assert (bad.body_hash, bad.last_success_at, bad.unconditional_at) == ("b1", NOW, NOW)
        assert bad.last_poll_at == good.next_poll_at


def run_of(status: int, hours: Sequence[float]) -> list[str]:
    state = step(fetched())
    states: list[str] = []
    for hour in hours:
        state = step(Gone(status, "nothing there"), state, now=NOW + timedelta(hours=hour))
        states.append(state.state)
    return states


@pytest.mark.parametrize(
    ("status", "hours", "expected"),
    [
        (410, [1, 2, 48], ["failing"] * 3),
        (410, [1, 25, 49], ["failing", "failing", "gone"]),
        (410, [1, 49], ["failing", "failing"]),
        (404, [1, 25, 49, 160], ["failing"] * 4),
        (404, [1, 25, 168, 169], ["failing", "failing", "failing", "gone"]),
    ],
    ids=["410, not yet 48 h", "410, three in 48 h", "410, only twice", "404, not yet a week", "404, a week"],
)
def test_gone_is_believed_late(status: int, hours: list[float], expected: list[str]) -> None:
    assert run_of(status, hours) == expected


def test_other_failures_do_not_count_towards_gone() -> None:
    state = NEW
    for day in range(10):
        state = step(Failed("Unreachable", "no answer"), state, now=NOW + timedelta(days=day))
    for status in (404, 410, 410):
        state = step(Gone(status, "nothing there"), state, now=NOW + timedelta(days=10))
    assert (state.state, state.failures, state.gone_count) == ("failing", 13, 2)


def test_an_answer_of_another_kind_ends_the_run() -> None:
    state = NEW
    for hour, outcome in ((0, Gone(410, "gone")), (24, Failed("TooSlow", "slow")), (48, Gone(410, "gone"))):
        state = step(outcome, state, now=NOW + timedelta(hours=hour))
    assert (state.gone_since, state.gone_count) == (NOW + timedelta(hours=48), 1)


def test_what_is_gone_is_not_asked_any_more_and_can_come_back() -> None:
    state = NEW
    for day in (0, 1, 2):
        state = step(Gone(410, "gone"), state, now=NOW + timedelta(days=day))
    assert (state.state, state.next_poll_at) == ("gone", NEVER)
    assert state.error is not None
    assert "like this for 2 days" in state.error
    month = NOW + timedelta(days=30)  # its owner asks, by force
    assert step(Gone(410, "gone"), state, now=month).next_poll_at == NEVER
    back = step(fetched(), state, now=month)
    assert back.state == "ok"
    assert waited(back, month) < DAY_S


# ── validators ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_full_answer_replaces_both_validators() -> None:
    state = step(fetched(), replace(NEW, validators=Validators('"old"', "Mon, 02 Mar 2026 08:00:00 GMT")))
    assert state.validators == TAGGED
    state = step(fetched(validators=Validators(last_modified="yesterday, roughly")), state)
    assert state.validators == Validators(etag=None, last_modified="yesterday, roughly")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (Validators(), TAGGED),
        (Validators(etag='"b"'), Validators('"b"', TAGGED.last_modified)),
        (Validators(last_modified="now"), Validators(TAGGED.etag, "now")),
    ],
)
def test_a_304_replaces_what_it_carries(sent: Validators, expected: Validators) -> None:
    assert step(unmodified(sent), step(fetched())).validators == expected


def test_a_cut_off_document_saves_neither_validators_nor_hash_nor_wishes() -> None:
    good = step(fetched(), feed=FEED, body_hash="b1")
    cut = replace(FEED, complete=False, ttl_s=9999, skip_days=frozenset({0}))
    state = step(fetched(validators=Validators('"cut"')), good, feed=cut, body_hash="b2")
    assert (state.validators, state.body_hash, state.last_change_at) == (TAGGED, "b1", NOW)
    assert (state.ttl_s, state.skip_days) == (None, frozenset())
    assert (state.state, state.error_code, state.failures) == ("failing", "Malformed", 1)
    assert state.error is not None
    assert "cut off" in state.error


def test_the_hash_tells_a_change() -> None:
    first = step(fetched(), body_hash="b1")
    assert (first.body_hash, first.last_change_at) == ("b1", NOW)
    later = NOW + timedelta(days=1)
    same = step(fetched(), first, body_hash="b1", now=later)
    assert (same.body_hash, same.last_change_at, same.unconditional_at) == ("b1", NOW, later)
    unread = step(fetched(), first, now=later)
    assert (unread.body_hash, unread.last_change_at) == ("b1", NOW)
    assert step(fetched(), first, body_hash="b2", now=later).last_change_at == later


WEEKLY = [NOW - timedelta(days=7 * week + 1) for week in range(10)]


BY_TAG, BY_DATE = replace(TAGGED, last_modified=None), replace(TAGGED, etag=None)


def asked_again(state: PollState, days: Sequence[float], posted: Sequence[datetime]) -> list[Validators]:
    """What it is sent on each of those days, when it answers 304 to whatever it can."""
    sent = []
    for day in days:
        at = NOW + timedelta(days=day)
        sent.append(cadence.conditional(state, at))
        outcome = fetched(validators=state.validators) if sent[-1] == NONE else unmodified()
        state = step(outcome, state, now=at, posted=posted, body_hash="b1" if sent[-1] == NONE else None)
    return sent


def test_a_silence_is_believed_for_three_times_the_longest_pause_and_a_week_at_least() -> None:
    """Then either validator is sent alone by turns, and after a year neither: an honest server sends one full body."""
    assert cadence.conditional(NEW, NOW) == NONE
    first = step(fetched(), posted=WEEKLY, body_hash="b1")
    doubted = [BY_TAG, BY_DATE, BY_TAG, BY_TAG, NONE, TAGGED]
    assert asked_again(first, [20, 20.9, 22, 23, 24, 364, 365, 366], WEEKLY) == [TAGGED, TAGGED, *doubted]
    assert asked_again(step(fetched(), posted=every(0.5), body_hash="b1"), [6.9, 8], every(0.5)) == [TAGGED, BY_TAG]
    undated = step(fetched(), body_hash="b1")
    assert asked_again(undated, [359, 361, 366, 1400, 1500], ()) == [TAGGED, BY_DATE, NONE, TAGGED, NONE]


@pytest.mark.parametrize("kept", [BY_TAG, BY_DATE], ids=["an ETag only", "a date only"])
def test_one_validator_cannot_be_held_against_the_other(kept: Validators) -> None:
    first = step(fetched(validators=kept), posted=WEEKLY, body_hash="b1")
    assert asked_again(first, [20, 100, 364, 365.1], WEEKLY) == [kept, kept, kept, NONE]


def test_one_validator_that_brings_what_the_other_hid_gives_it_away() -> None:
    first = step(fetched(), posted=WEEKLY, body_hash="b1")
    at = NOW + timedelta(days=22)
    said = step(unmodified(), first, posted=WEEKLY, now=at - timedelta(days=1))
    assert cadence.conditional(said, at) == BY_TAG
    found = step(fetched(), said, posted=[*WEEKLY, NOW + timedelta(days=5)], body_hash="b2", now=at)
    assert found.lying
    now = replace(TAGGED, last_modified=format_datetime(at, usegmt=True))
    young = step(fetched(validators=now), said, posted=[*WEEKLY, at - timedelta(hours=3)], body_hash="b2", now=at)
    assert (young.lying, young.proven) == (False, False)  # it has told by that one; of both nothing is known yet


def test_who_has_told_news_once_is_believed() -> None:
    first = step(fetched(), posted=WEEKLY, body_hash="b1")
    news = fetched(validators=replace(TAGGED, last_modified="Wed, 04 Mar 2026 10:30:00 GMT"))
    later = step(news, first, posted=[*WEEKLY, NOW], body_hash="b2", now=NOW + timedelta(days=1))
    assert later.proven
    assert asked_again(later, [30, 90, 400], WEEKLY) == [news.validators] * 3


def test_who_said_nothing_is_new_when_there_was_is_found_out() -> None:
    """304 for ever (FreshRSS #1020, #5149): its ETag alone is tried from now on, and everything once a week."""
    first = step(fetched(), posted=WEEKLY, body_hash="b1")
    said = step(unmodified(), first, posted=WEEKLY, now=NOW + timedelta(days=20))
    at = NOW + timedelta(days=366)
    assert cadence.conditional(said, at) == NONE
    news = [*WEEKLY, NOW + timedelta(days=5)]
    found = step(fetched(), said, posted=news, body_hash="b2", now=at)
    assert found.lying
    assert cadence.conditional(found, at) == BY_TAG
    assert asked_again(found, [372, 373.1, 379, 380.2], news) == [BY_TAG, NONE, BY_TAG, NONE]
    assert cadence.conditional(replace(found, validators=BY_DATE), at) == BY_DATE


def test_news_of_the_last_hours_are_no_lie() -> None:
    first = step(fetched(), posted=WEEKLY, body_hash="b1")
    at = NOW + timedelta(days=366)
    said = step(unmodified(), first, posted=WEEKLY, now=at - timedelta(hours=4))
    full = fetched(validators=replace(TAGGED, last_modified=format_datetime(at, usegmt=True)))
    assert not step(full, said, posted=[*WEEKLY, at - timedelta(hours=5)], body_hash="b2", now=at).lying


@pytest.mark.parametrize(
    ("sent", "lying"),
    [("Tue, 05 Mar 2041 08:00:00 GMT", True), ("Wed, 04 Mar 2026 10:30:05 GMT", False), ("soon", False), (None, False)],
)
def test_a_document_of_the_future_is_not_believed(sent: str | None, lying: bool) -> None:
    assert step(fetched(validators=Validators(last_modified=sent)), body_hash="b1").lying is lying


def test_a_document_older_than_what_stands_in_it_is_not_believed() -> None:
    """A Last-Modified that stands still (Nix and container builds say 1970 or 1980 for every file)."""
    frozen = replace(TAGGED, last_modified="Thu, 01 Jan 1970 00:00:01 GMT")
    assert step(fetched(validators=frozen), posted=WEEKLY, body_hash="b1").lying
    assert not step(fetched(validators=frozen), posted=[NOW + timedelta(days=9)], body_hash="b1").lying
    assert not step(fetched(), posted=[*WEEKLY, NOW - timedelta(hours=6)], body_hash="b1").lying  # hours: zones, haste


def test_a_304_that_speaks_of_a_later_document_is_asked_for_it() -> None:
    first = step(fetched(), posted=WEEKLY, body_hash="b1")
    at = NOW + timedelta(days=3)
    assert not step(unmodified(TAGGED), first, posted=WEEKLY, now=at).lying
    assert not step(unmodified(replace(TAGGED, last_modified="soon")), first, posted=WEEKLY, now=at).lying
    later = replace(TAGGED, last_modified="Thu, 05 Mar 2026 08:00:00 GMT")
    betrayed = step(unmodified(later), first, posted=WEEKLY, now=at)
    assert (betrayed.lying, betrayed.validators) == (True, TAGGED)
    assert cadence.conditional(betrayed, at) == NONE
    full = step(fetched(validators=later), betrayed, posted=WEEKLY, body_hash="b2", now=at + timedelta(hours=5))
    assert cadence.conditional(full, at + timedelta(days=6)) == replace(later, last_modified=None)


# ── moves ───────────────────────────────────────────────────────────────────────────────────────────────────────────

THERE = "https://new.asha.example/feed.xml"


def test_a_permanent_move_is_adopted_after_three_sightings() -> None:
    state, seen = NEW, []
    for outcome in (fetched(permanent_url=THERE), unmodified(permanent_url=THERE), fetched(permanent_url=THERE)):
        state = step(outcome, state)
        seen.append((state.moved_url, state.moved_count, state.feed_url))
    assert seen == [(THERE, 1, None), (THERE, 2, None), (None, 0, THERE)]


@pytest.mark.parametrize("between", [fetched(), fetched(permanent_url="https://else.example/")])
def test_a_move_must_be_the_same_three_times_in_a_row(between: Outcome) -> None:
    state = NEW
    for outcome in (fetched(permanent_url=THERE), fetched(permanent_url=THERE), between, fetched(permanent_url=THERE)):
        state = step(outcome, state)
    assert (state.feed_url, state.moved_url, state.moved_count) == (None, THERE, 1)


def test_a_failure_between_two_sightings_says_nothing_about_the_move() -> None:
    state = step(Failed("TooSlow", "slow"), step(fetched(permanent_url=THERE)))
    assert (state.moved_url, state.moved_count) == (THERE, 1)


def test_an_adopted_address_that_vanishes_gives_way_to_the_owners() -> None:
    state = step(Gone(404, "nothing there"), replace(step(fetched()), feed_url=THERE))
    assert (state.feed_url, state.validators) == (None, Validators())
    assert step(Failed("TooSlow", "slow"), replace(NEW, feed_url=THERE)).feed_url == THERE


# ── laws ────────────────────────────────────────────────────────────────────────────────────────────────────────────

moments = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants naive bounds
seconds = st.none() | st.integers(-DAY_S, 400 * DAY_S)
texts = st.none() | st.text(max_size=8)
validators = st.builds(Validators, texts, texts)
freshnesses = st.builds(Freshness, seconds, seconds)
fetches = st.builds(
    fetched,
    freshness=freshnesses,
    validators=validators,
    permanent_url=st.sampled_from([None, THERE, "https://x.example/"]),
)
throttles = st.builds(Throttled, st.sampled_from([429, 503]), seconds, st.text(max_size=8))
failures = st.builds(
    Failed,
    st.sampled_from(["Unreachable", "NotAFeed", "Refused"]),
    st.text(max_size=8),
    st.sampled_from([None, 200, 403, 500]),
    seconds,
)
outcomes = (
    fetches
    | st.builds(NotModified, validators, freshnesses)
    | st.builds(Gone, st.sampled_from([404, 410]), st.text(max_size=8))
    | throttles
    | failures
)
feeds = st.none() | st.builds(
    ParsedFeed,
    format=st.just("rss20"),
    url=st.just("https://asha.example/feed.xml"),
    ttl_s=seconds,
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
    complete=st.booleans(),
)
policies = st.builds(FetchPolicy, min_interval_s=st.integers(0, 2 * DAY_S))
sources = st.builds(replace, st.just(SOURCE), interval_s=st.none() | st.integers(1, 2 * WEEK_S))
histories = st.lists(moments, max_size=70)
jitters = st.floats(0, 1, exclude_max=True)


@st.composite
def states(draw: st.DrawFn) -> PollState:
    """A state that some history of outcomes leads to."""
    state, at = NEW, NOW - timedelta(days=60)
    for outcome, gap_s in draw(st.lists(st.tuples(outcomes, st.integers(1, 20 * DAY_S)), max_size=6)):
        at += timedelta(seconds=gap_s)
        state = step(outcome, state, feed=draw(feeds), now=at, jitter=draw(jitters))
    return state


@given(states(), outcomes, feeds, policies, sources, histories, jitters)
def test_never_before_the_floor_and_always_ahead(
    state: PollState,
    outcome: Outcome,
    feed: ParsedFeed | None,
    policy: FetchPolicy,
    source: Source,
    posted: list[datetime],
    jitter: float,
) -> None:
    result = step(outcome, state, feed=feed, policy=policy, source=source, posted=posted, jitter=jitter)
    assert result.next_poll_at > NOW
    assert waited(result) >= max(policy.min_interval_s, source.interval_s or 0)
    assert result == step(outcome, state, feed=feed, policy=policy, source=source, posted=posted, jitter=jitter)
    assert (result.state == "ok") == (result.error is None) == (result.failures == 0)


@given(states(), throttles | failures, policies, histories, jitters)
def test_never_before_retry_after(
    state: PollState, outcome: Throttled | Failed, policy: FetchPolicy, posted: list[datetime], jitter: float
) -> None:
    result = step(outcome, state, policy=policy, posted=posted, jitter=jitter)
    assert waited(result) >= min(outcome.retry_after_s or 0, WEEK_S)


@given(states(), outcomes, feeds, histories, jitters)
def test_a_source_is_never_forgotten(
    state: PollState, outcome: Outcome, feed: ParsedFeed | None, posted: list[datetime], jitter: float
) -> None:
    # The longest of all waits is a week (Retry-After); a feed's skipped days may add one more.
    after = step(outcome, state, feed=feed, posted=posted, jitter=jitter)
    assert after.state == "gone" or waited(after) <= 2 * 1.1 * WEEK_S


@given(st.sampled_from([Failed("TooSlow", "slow"), Throttled(429, None, "wait"), Gone(404, "no")]), policies, jitters)
def test_back_off_never_shrinks(outcome: Outcome, policy: FetchPolicy, jitter: float) -> None:
    state, before = NEW, 0.0
    for _ in range(40):
        state = step(outcome, state, policy=policy, jitter=jitter)
        assert waited(state) >= before
        before = waited(state)


@given(histories, moments)
def test_one_more_post_never_makes_it_later(posted: list[datetime], extra: datetime) -> None:
    # Sums of sixty floats in another order may differ in the last place.
    assert cadence.interval([*posted, extra], NOW) <= cadence.interval(posted, NOW) * (1 + 1e-9)
    assert cadence.interval(posted, NOW) == cadence.interval(posted[::-1], NOW)


@given(states(), moments)
def test_only_validators_that_were_received_are_sent(state: PollState, now: datetime) -> None:
    held = state.validators
    assert cadence.conditional(state, now) in (Validators(), held, replace(held, last_modified=None))
