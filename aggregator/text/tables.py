"""Lets a long list of names stand in the code as words, not as a column of quotes."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The white-space separated words of `text`."""
    return frozenset(text.split())
