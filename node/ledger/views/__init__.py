"""What is read of the chain, all of it at one block."""
