"""Answers HTTP: documents, facts, health."""
