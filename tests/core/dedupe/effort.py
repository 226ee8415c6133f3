"""How many examples the laws of matching are tried on: HYPOTHESIS_PROFILE=long tries a hundred times as many."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
LONG = 100 if IS_LONG else 1


def examples(count: int) -> settings:
    """That many examples in a normal run; a slow machine is no failure."""
    return settings(max_examples=count * LONG, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def histories(count: int, steps: int) -> settings:
    """That many histories of at most so many steps."""
    return settings(examples(count), stateful_step_count=steps)


def ten_thousand(count: int, steps: int) -> settings:
    """That many histories, always the same ones; in a long run ten thousand (or HISTORIES) that nobody tried before."""
    if not IS_LONG:
        return histories(count, steps)
    many = int(os.environ.get("HISTORIES") or 10_000)
    return settings(histories(count, steps), max_examples=many, derandomize=False, print_blob=True)
