"""What is measured, as programs that print tables."""
