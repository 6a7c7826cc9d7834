"""What a home does in the auction: what to order, what it may cost, what it brought."""
