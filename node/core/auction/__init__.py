"""The interval auction's rules: orders, clearing, tariffs, pairing, settlement."""
