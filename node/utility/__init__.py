"""The utility's program: what it is built of, its loop, and what its person may ask of it."""
