"""What strangers may send and do, in quantity: in short with the tests, at length with ``make torture``."""
