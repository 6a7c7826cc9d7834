"""The market's day and its scenes: who trades, what is watched, and what each home is billed."""
