"""What a home learns: from its meters, the chain, the broker and the relay."""
