"""The contracts, one file each: calls, results and refusals, as bytes and as words."""
