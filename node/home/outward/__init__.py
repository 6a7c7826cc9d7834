"""What a home does: the commands' ladder, and what it tells."""
