"""Peerwatt's node: the program of each home and of the utility."""
