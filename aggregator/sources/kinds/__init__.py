"""One file here is one kind of source: it exports ``KIND`` and is found by its presence."""
