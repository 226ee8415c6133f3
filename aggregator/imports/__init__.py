"""Takes in what somebody exported elsewhere."""
