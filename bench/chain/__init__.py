"""What the contracts cost: gas, by receipts on a real chain."""
