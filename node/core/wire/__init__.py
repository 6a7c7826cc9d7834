"""What programs write to each other, as bytes: lines, announcements, typed data, JSON."""
