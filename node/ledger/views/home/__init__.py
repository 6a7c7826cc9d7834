"""What a home sees of the chain."""
