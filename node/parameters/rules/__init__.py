"""What the keys of each section owe each other and the rest of the file."""
