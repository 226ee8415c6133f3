"""Turns an address into a ready document: selection, view, bytes, kept until something in it changes."""
