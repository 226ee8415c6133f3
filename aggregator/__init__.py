"""Merges what one person publishes in many places into one feed."""

__version__ = "0.1.0"
