"""What a node has promised to send, until it is in a block or refused for good."""
