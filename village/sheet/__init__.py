"""The sheets at the end: what must add up, and whether the day was sound."""
