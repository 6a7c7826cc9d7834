"""What a home expects of its next intervals, from its own last weeks."""
