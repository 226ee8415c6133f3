"""Any history of feeds, on a store in memory."""

from __future__ import annotations

from tests.core.dedupe.effort import histories
from tests.core.dedupe.histories import Feeds

TestFeeds = Feeds.TestCase
TestFeeds.settings = histories(60, steps=25)
