"""What a running node takes: time, memory, writings; around it a real street."""
