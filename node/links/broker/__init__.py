"""The conversations with the broker: a home's, the utility's, and a command's."""
