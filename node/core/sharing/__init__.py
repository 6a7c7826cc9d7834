"""Sharing after the fact: what meters showed in an interval is given out by a key, at a price."""
