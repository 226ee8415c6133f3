"""Lets a failed history say what it found: the asserts of the machine are told like those of a test."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.core.dedupe.histories", "tests.shell.histories.machine")
