"""What a check touches for every program, one file each."""
