"""The relay's rules: its board, who may close what and for how long, and what never is."""
