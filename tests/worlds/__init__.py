"""Worlds that are played in the test's own process: a home, a board, a market."""
