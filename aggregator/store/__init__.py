"""What is remembered: sources and their polls, copies, articles; no SQL is written outside."""

from aggregator.store.store import Store

__all__ = ["Store"]
