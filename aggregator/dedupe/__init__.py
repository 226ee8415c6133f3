"""Finds the copies of one work, and keeps what subscribers know of it: pure functions over copies."""
