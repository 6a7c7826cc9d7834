"""The I2C bus that the chips share: its one thread, and what comes over it."""
