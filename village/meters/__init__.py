"""Meters and other people's programs, played by what they say: topics, lines, frames, registers."""
