"""What a home keeps over a power loss, and when that is written."""
