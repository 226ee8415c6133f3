"""Polls one source from its state to its rows: the thin shell around the pure pipeline of ``ingest``."""
