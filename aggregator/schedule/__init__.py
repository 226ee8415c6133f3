"""Decides when polls happen; that they happen the same way whoever asks is the matter of ``poll``."""
