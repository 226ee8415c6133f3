"""What is remembered: sources and their polls, copies, articles; no SQL is written outside."""

from aggregator.store.leases import Crowd
from aggregator.store.near import NearMiss
from aggregator.store.planning import Planning
from aggregator.store.store import Store

__all__ = ["Crowd", "NearMiss", "Planning", "Store"]
