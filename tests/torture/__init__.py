"""What strangers may send and do, in quantity: the short forms run with the tests, the long ones with ``make torture``."""
