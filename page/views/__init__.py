"""What each page shows: made of what the programs say, and of nothing else."""
