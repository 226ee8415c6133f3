"""The owner's page: how everything is, and the buttons that act on it."""
