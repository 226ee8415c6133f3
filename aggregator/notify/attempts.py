"""When something that did not arrive is sent again, and when it is given up (Standard Webhooks, "Retry schedule")."""

from __future__ import annotations

from datetime import datetime, timedelta

SCHEDULE_S = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Before each attempt, counted from the one before it: about three days in all."""

JITTER = 0.1  # of the wait, added: receivers that were down together are not asked together


def next_at(attempts: int, retry_after_s: int | None, now: datetime, chance: float) -> datetime | None:
    """When to try again after so many attempts; None: never.

    A receiver that names a time gets at least that much. ``chance`` lies between 0 and 1.
    """
    if attempts >= len(SCHEDULE_S):
        return None
    wait_s = SCHEDULE_S[attempts] * (1 + JITTER * chance)
    return now + timedelta(seconds=max(wait_s, retry_after_s or 0))
