"""What pages of others load to show articles: the web component, and the page that shows what it can do."""

from __future__ import annotations

from aggregator.embed.files import documents

__all__ = ["documents"]
