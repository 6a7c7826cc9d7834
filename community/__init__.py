"""The operator's month: meter data in, complete or not, shared, billed; a program without a key."""
