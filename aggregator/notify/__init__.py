"""Telling others what happened: webhooks, hubs, builds, and networks where new articles are announced."""
