"""The operator's errands on the contracts: deploy, send, and find again what was sent."""
