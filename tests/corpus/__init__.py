"""Documents beside what the code is expected to make of them; a bug report becomes one more file."""
