"""What the chain says of a month: every settlement of the auction, every payment of the sale."""
