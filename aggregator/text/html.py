"""The door to everything about HTML and plain text; each function lives where its reason is."""

from __future__ import annotations

from aggregator.text.characters import xml_safe
from aggregator.text.excerpt import excerpt
from aggregator.text.images import lead_image
from aggregator.text.inert import inert
from aggregator.text.plain import plain, text_of
from aggregator.text.sanitize import safe_url, sanitize

__all__ = ["excerpt", "inert", "lead_image", "plain", "safe_url", "sanitize", "text_of", "xml_safe"]
