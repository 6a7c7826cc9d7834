"""The loops that turn facts into commands, and the one ladder that carries commands out."""
