"""A street on one machine: everything is real but the physics."""
