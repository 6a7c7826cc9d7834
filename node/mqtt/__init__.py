"""A client of the broker for every program: no packet ends it, and it says what is wrong."""
