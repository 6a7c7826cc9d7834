"""Meters of the house and other people's programs: each kind's file, and what they share."""
