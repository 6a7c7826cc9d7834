"""The conversation with the relay: what is signed and sent, and what the answers mean."""
