"""What meters and batteries say, and the intervals in which it is counted."""
