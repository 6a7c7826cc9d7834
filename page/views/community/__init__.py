"""What each page of the community shows: made of what the utility says, and of nothing else."""
