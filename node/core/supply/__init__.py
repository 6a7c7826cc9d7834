"""Where a home's energy comes from: the states, what each does, and what it pays."""
