"""Energy that homes commit beforehand to a common pool, and what becomes of it. Pure."""
