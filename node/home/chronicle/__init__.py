"""What of a home's life becomes its history: intervals, trades, and changes of state."""
