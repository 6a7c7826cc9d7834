"""What the utility does on the chain: tariffs, clearing, settling, and gas for the homes."""
