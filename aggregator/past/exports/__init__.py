"""The formats of export files: one file, one format."""
