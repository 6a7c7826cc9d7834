"""All that lies in the state directory: promises and counts, and the flight records."""
