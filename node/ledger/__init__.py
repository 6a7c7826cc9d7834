"""The chain: keys, contracts, and the one thread that observes, signs, sends and waits."""
