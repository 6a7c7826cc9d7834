"""The contracts: their sources, what was built of them, and the operator's commands."""
