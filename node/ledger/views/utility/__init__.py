"""What the utility sees of the chain."""
