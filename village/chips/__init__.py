"""The chips of each home, register by register, on a bus that real processes speak over."""
