"""Holds any document that goes out against every row of outputs.md, section 1: what validators and readers demand."""

from tests.rules.atom import atom_breaches
from tests.rules.json_feed import json_breaches
from tests.rules.opml import opml_breaches
from tests.rules.rss import rss_breaches

__all__ = ["atom_breaches", "json_breaches", "opml_breaches", "rss_breaches"]
