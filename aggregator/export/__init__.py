"""Writes everything that is published as files, for hosts that serve nothing else."""
