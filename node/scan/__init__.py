"""Look for what a home could measure with, and change nothing of it."""
