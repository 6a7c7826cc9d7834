"""What the auction's rule and a home's forecasts are worth, in plain Python."""
