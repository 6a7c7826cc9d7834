"""What may stand in each section of the parameters."""
