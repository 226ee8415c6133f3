"""When to ask a source again, and what its last answer says about its health: one pure step from state to state.

The interval follows how often a source posts (the square-root rule keeps the mean delay lowest for a given number of
polls), is never shorter than the owner allows, and always gives way to what the server asks for. All of it is part of
the state, so that a restart neither polls early nor forgets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from heapq import nlargest
from itertools import pairwise

from aggregator import incidents, sources
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
    SourceState,
    Throttled,
    Validators,
)

HOUR_S = 3600
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S

RETRY_AFTER_CAP_S = WEEK_S  # Medium's front has asked for five days
FRESHNESS_CAP_S = DAY_S  # static hosts send a year for everything
TTL_CAP_S = 6 * HOUR_S
FIRST_RETRY_S = 15 * 60
FASTEST_S = 15 * 60  # nobody posts so often that the rule would ask for less
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # when somebody says so, and not before

COST = 10.0  # c of the rule: 2.2 h at one post a week, 4.5 h at one a month
SCALES = ((15, 0.85), (90, 0.15))  # half-life in days, weight: fitted to the posting days of 787 sources
PRIOR = 0.08 / (60 * DAY_S)  # posts per second of a source that has never posted: it is asked about every 22 h
KNOWN_POSTS = 60
_DECAYS = tuple((math.log(2) / (half_life * DAY_S), weight) for half_life, weight in SCALES)  # per second

GONE_ANSWERS = 3  # 410 is believed after so many answers ...
GONE_AFTER = timedelta(hours=48)  # ... over so long
MISSING_AFTER = timedelta(days=7)  # 404 is more often a mistake than a farewell

MOVED_SIGHTINGS = 3
VERIFY_AFTER = timedelta(days=7)  # a 304 is not doubted earlier
YEAR = timedelta(days=365)  # a full answer so old is asked for anew, where nobody knows that a 304 can be believed
SILENCE = 3  # times the longest pause known: after so long a silence a 304 is doubted
UNKNOWN = timedelta(days=120)  # the longest pause of a source that dates nothing
LATE = timedelta(days=1)  # by which an entry may come into its feed later than its date says

ASK = (
    "It has been like this for {days} days, so it is not asked any more; its articles stay. If it moved, write its new "
    "address into the config. `aggregator poll --force` asks it once more."
)
CUT_OFF = (
    "The document is cut off or broken: what could be read was taken, nothing known was overwritten. "
    "If it stays like this, check the feed with a validator."
)


def conditional(state: PollState, now: datetime) -> Validators:
    """Return the validators to send with the next request, byte for byte as they were received.

    Some servers answer 304 for ever (traps section 3: a front that looks at one of the two headers only, a
    Last-Modified that stands still). One that never showed that it can tell news, and is silent for longer than its
    source ever was, is sent its two validators by turns, a day each: who tells the truth answers 304 to both, at no
    cost, and who lies about one is found out by the other. None are sent to it a year after its last full answer, and
    once a week where a lie is proved. That one is not sent its Last-Modified where it gives an ETag: it is the one
    that lies, and RFC 9110 section 13.1.3 has it ignored beside the other anyway.
    """
    kept = state.validators
    doubted = state.verify_at is not None and now >= state.verify_at
    if doubted and (state.lying or now - (state.unconditional_at or now) >= YEAR):
        return Validators()
    if kept.etag is None or kept.last_modified is None or not (doubted or state.lying):
        return kept
    return replace(kept, last_modified=None) if state.lying or now.toordinal() % 2 else replace(kept, etag=None)


def after(
    state: PollState,
    outcome: Outcome,
    feed: ParsedFeed | None,
    policy: FetchPolicy,
    source: Source,
    posted: Sequence[datetime],
    now: datetime,
    jitter: float,
    body_hash: str | None = None,
    pushed: bool = False,
) -> PollState:
    """Return what is remembered of `source` after `outcome`.

    `feed` is the document where one was read; without one (304, an unchanged body that was not parsed) what the last
    one asked for still holds. `posted` are the known dates of the source's entries in any order, `jitter` is in
    [0, 1). `body_hash` belongs to a Fetched body that was read; a hash that differs from the last one marks a change.

    A body that is no feed comes in as ``Failed(code="NotAFeed", ...)``: then, and when `feed` is not complete, neither
    validators nor hash are taken over, or the next 304 would make the damage permanent. The owner's ``interval``
    stands in place of the rate rule, and so does a day where a hub tells of news (``pushed``); ``fetch.min_interval``,
    what the kind of source needs, and the wishes of the server and the feed stand above both.
    """
    before = state
    if feed is not None and feed.complete:
        state = replace(state, ttl_s=feed.ttl_s, skip_hours=feed.skip_hours, skip_days=feed.skip_days)
    elif isinstance(outcome, Fetched) and feed is not None:
        outcome = Failed("Malformed", CUT_OFF, outcome.status)
    kind = sources.kinds().get(source.kind)
    floor = float(max(policy.min_interval_s, source.interval_s or 0, kind.min_interval_s if kind else 0, 1))
    usual = floor if source.interval_s is not None else max(floor, DAY_S if pushed else interval(posted, now))
    match outcome:
        case Fetched() | NotModified():
            state = _moved(_succeeded(state, outcome, now, body_hash), outcome.permanent_url)
            over = now if incidents.broken(before) else before.recovered_at
            state = replace(state, silent_since=incidents.silence(before, posted, now), recovered_at=over)
            fetched = isinstance(outcome, Fetched)
            state = _judged(before, state, posted, now) if fetched else _betrayed(before, state, now)
            wait = max(_spread(usual, floor, jitter), _fresh(outcome.freshness), _capped(state.ttl_s, TTL_CAP_S))
        case Gone():
            state = _missing(state, outcome, now)
            wait = _spread(_backoff(FIRST_RETRY_S, state.failures), floor, jitter)
        case Throttled() | Failed(status=403) | Failed(code="Walled"):
            code = outcome.code if isinstance(outcome, Failed) else "Refused"
            state = _failed(state, "blocked", code, outcome.message)
            wait = _spread(_backoff(2 * usual, state.failures), floor, jitter)
        case Failed():
            state = _failed(state, "failing", outcome.code, outcome.message)
            wait = _spread(_backoff(FIRST_RETRY_S, state.failures), floor, jitter)
    if isinstance(outcome, Throttled | Failed):
        wait = max(wait, _capped(outcome.retry_after_s, RETRY_AFTER_CAP_S))
    due = now + timedelta(seconds=math.ceil(wait))
    return replace(
        state,
        last_poll_at=now,
        next_poll_at=NEVER if state.state == "gone" else _allowed(due, state.skip_hours, state.skip_days, jitter),
        lane_free_at=_lane_free_at(outcome, state, policy, source, now),
    )


def wished(outcome: Outcome) -> bool:
    """Whether the server asked to be left alone for a while: that is not to be forgotten in a crash either."""
    if isinstance(outcome, Fetched | NotModified):
        return _fresh(outcome.freshness) > 0
    return isinstance(outcome, Throttled) or (isinstance(outcome, Failed) and bool(outcome.retry_after_s))


def rate(posted: Sequence[datetime], now: datetime) -> float:
    """Return the posts per second to expect of a source, from the dates of what it posted.

    Two exponential windows see the mood of these weeks and the habit of the year alike. Dates ahead of `now` say
    nothing about the past and are left out.
    """
    ages = [(now - at).total_seconds() for at in _latest(posted, now)]
    return (
        math.fsum(weight * decay * math.fsum([math.exp(-decay * age) for age in ages]) for decay, weight in _DECAYS)
        + PRIOR
    )


def _latest(posted: Sequence[datetime], now: datetime) -> list[datetime]:
    past = [at for at in posted if at <= now]
    return past if len(past) <= KNOWN_POSTS else nlargest(KNOWN_POSTS, past)


def interval(posted: Sequence[datetime], now: datetime) -> float:
    """Return the seconds between two polls that the posting rate calls for: c / sqrt(rate), never quite a day."""
    return max(COST / math.sqrt(rate(posted, now)), FASTEST_S)


def expected(posted: Sequence[datetime], since: datetime, now: datetime) -> float:
    """Return the posts to expect between `since` and `now` of a source that went on as it did until `since`."""
    before = nlargest(KNOWN_POSTS, (at for at in posted if at <= since))
    per_s = rate(before, since)
    if len(before) == KNOWN_POSTS and before[-1] < since:
        # The rate sees no more posts than these, and takes who writes so many in a few days for quieter.
        per_s = max(per_s, KNOWN_POSTS / (since - before[-1]).total_seconds())
    return per_s * max((now - since).total_seconds(), 0.0)


# ── health ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _succeeded(state: PollState, outcome: Fetched | NotModified, now: datetime, body_hash: str | None) -> PollState:
    full = isinstance(outcome, Fetched)
    kept, sent = state.validators, outcome.validators
    if not full:  # RFC 9111 section 4.3.4: a 304 replaces the fields it carries and leaves the others.
        sent = Validators(sent.etag or kept.etag, sent.last_modified or kept.last_modified, sent.url or kept.url)
    state = replace(
        state,
        state="ok",
        failures=0,
        error=None,
        error_code=None,
        gone_since=None,
        gone_count=0,
        last_success_at=now,
        # Of a body both are replaced as a pair: one kept from an older body would be sent back for months.
        validators=sent,
        unconditional_at=now if full else state.unconditional_at,
    )
    if not full or body_hash is None or body_hash == state.body_hash:
        return state
    return replace(state, body_hash=body_hash, last_change_at=now)


def _judged(before: PollState, state: PollState, posted: Sequence[datetime], now: datetime) -> PollState:
    """Weigh what a full body says of the 304s before it, and set when to doubt the next ones."""
    news = before.body_hash is not None and state.body_hash != before.body_hash
    lying, proven, told = before.lying, before.proven, state.validators.last_modified
    if before.validators != Validators() and conditional(before, now) == before.validators:
        proven |= news
    elif news and before.validators != Validators() and before.unconditional_at and before.last_poll_at:
        # It was asked since, and said that there was nothing.
        lying |= any(before.unconditional_at < at < before.last_poll_at - LATE for at in posted)
    changed_at = _moment(told)
    if changed_at is not None:
        # RFC 9110 section 8.8.2.1: it is no later than now; and no earlier than what the body itself tells.
        lying |= changed_at > now + LATE or any(changed_at + LATE < at <= now for at in posted)
    verify_at: datetime | None = None
    if lying:
        verify_at = now + VERIFY_AFTER
    elif not proven:
        verify_at = now + max(VERIFY_AFTER, SILENCE * _longest_pause(posted, state.last_change_at or now, now))
    return replace(state, lying=lying, proven=proven, verify_at=verify_at)


def _betrayed(before: PollState, state: PollState, now: datetime) -> PollState:
    """Take a 304 whose own Last-Modified is later than the one we hold as what it is: there is something newer."""
    kept, told = before.validators.last_modified, state.validators.last_modified
    if kept == told:
        return state
    held, changed_at = _moment(kept), _moment(told)
    if held is None or changed_at is None or changed_at <= held:
        return state
    # What it holds back is asked for in full the next time, and what it was sent for stays what we have.
    return replace(state, lying=True, verify_at=now, validators=before.validators)


def _moment(http_date: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(http_date or "")
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _longest_pause(posted: Sequence[datetime], changed_at: datetime, now: datetime) -> timedelta:
    """The longest time that passed between two posts, or since the last one."""
    if not posted:
        return max(UNKNOWN, now - changed_at)
    moments = [*sorted(_latest(posted, now)), now]
    return max([now - changed_at, *(later - earlier for earlier, later in pairwise(moments))])


def _failed(state: PollState, health: SourceState, code: str, message: str) -> PollState:
    return replace(
        state,
        state=health,
        failures=state.failures + 1,
        error=message,
        error_code=code,
        gone_since=None,
        gone_count=0,
    )


def _missing(state: PollState, outcome: Gone, now: datetime) -> PollState:
    since = state.gone_since or now
    count = state.gone_count + (outcome.status == 410)
    age = now - since
    gone = age >= MISSING_AFTER or (count >= GONE_ANSWERS and age >= GONE_AFTER)
    message = f"{outcome.message} {ASK.format(days=age.days)}" if gone else outcome.message
    state = replace(
        _failed(state, "gone" if gone else "failing", "Refused", message), gone_since=since, gone_count=count
    )
    if state.feed_url is not None:
        # The address we moved to has nothing: the owner's own is asked again, without the other's validators.
        state = replace(state, feed_url=None, validators=Validators(), rule=None)
    return state


def _moved(state: PollState, permanent_url: str | None) -> PollState:
    """Adopt the target of a permanent redirect that has been the same often enough in a row, as has the feed there."""
    if permanent_url is None or state.gap:
        return replace(state, moved_url=None, moved_count=0) if state.moved_url is not None else state
    count = state.moved_count + 1 if permanent_url == state.moved_url else 1
    if count < MOVED_SIGHTINGS:
        return replace(state, moved_url=permanent_url, moved_count=count)
    return replace(state, feed_url=permanent_url, moved_url=None, moved_count=0)


# ── waiting, in seconds ─────────────────────────────────────────────────────────────────────────────────────────────


def _spread(wait: float, floor: float, jitter: float) -> float:
    """Move a wait by up to a tenth so that sources drift apart; those on the floor can only drift upwards."""
    return max(wait * (0.9 + 0.2 * jitter), floor * (1 + 0.1 * jitter))


def _backoff(first: float, failures: int) -> float:
    doublings = min(failures - 1, 16)  # far beyond a day, far below the largest float
    return min(first * 2.0**doublings, float(DAY_S))


def _lane_free_at(
    outcome: Outcome, state: PollState, policy: FetchPolicy, source: Source, now: datetime
) -> datetime | None:
    """Until when everybody on the same host is to be left alone: what it asked for, or what its platform needs.

    Not where nothing is kept apart at all: that is said of hosts of one's own, where one address that is busy says
    nothing about the next.
    """
    if policy.host_interval_s <= 0:
        return None
    lane = sources.lane(state.feed_url or source.feed_url, source.kind if source.kind in sources.kinds() else "feed")
    asked = outcome.retry_after_s if isinstance(outcome, Throttled) else None
    rest = max(sources.spacing_s(lane), _capped(asked, RETRY_AFTER_CAP_S))
    return now + timedelta(seconds=rest) if rest else None


def _fresh(freshness: Freshness) -> float:
    # RFC 9111 section 5.3: max-age stands above Expires.
    lifetime = freshness.expires_in_s if freshness.max_age_s is None else freshness.max_age_s
    return _capped(lifetime, FRESHNESS_CAP_S)


def _capped(wish: int | None, cap: int) -> float:
    return float(min(max(wish or 0, 0), cap))


def _allowed(due: datetime, skip_hours: frozenset[int], skip_days: frozenset[int], jitter: float) -> datetime:
    """Return `due`, or a moment in the first hour after it that the feed does not ask to be spared in.

    A feed that allows no moment of a whole week means something else than it says: it is asked at `due`.
    """
    start = due.replace(minute=0, second=0, microsecond=0)
    for hours in range(WEEK_S // HOUR_S + 1):
        at = start + timedelta(hours=hours)
        if at.hour not in skip_hours and at.weekday() not in skip_days:
            # Not on the stroke of the hour, when everybody else comes.
            return due if hours == 0 else at + timedelta(seconds=int(600 * jitter))
    return due
