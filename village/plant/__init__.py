"""The only thing that is played: the physics of homes, batteries and wires, from real data."""
