"""This process and its machine: clocks, locks, users, systemd, and what a person reads of it."""
