"""What the contracts cost: the gas that was used on a real chain."""
