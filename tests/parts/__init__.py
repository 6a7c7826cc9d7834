"""Real processes for tests - chain, broker, relay, homes - and what stands between two of them."""
