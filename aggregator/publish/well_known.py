"""What stands at the addresses that readers and crawlers try without being told."""

from __future__ import annotations

FEEDS = {"/.well-known/feeds": "/feeds.opml"}
"""Addresses at which documents stand once more. No redirect: Miniflux does not follow one there (outputs.md H7)."""

# What is written for people says noindex by itself, which a crawler has to read first; feeds may be read by everyone.
ROBOTS = """\
User-agent: *
Disallow: /api/
Disallow: /compat/
Disallow: /status
Disallow: /websub/
"""
ROBOTS_CACHE = "public, max-age=86400"
