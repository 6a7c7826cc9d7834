"""A home's program: what it is built of, its loop, and what a person may ask of it."""
