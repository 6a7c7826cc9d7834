"""The relay host's program: it obeys signed, leased commands, and rests by itself."""
