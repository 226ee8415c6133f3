"""Merges what one person publishes in many places into one feed."""
