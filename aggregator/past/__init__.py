"""What somebody published before anybody asked: pages of a source's history, and files that platforms export."""
