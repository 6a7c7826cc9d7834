"""What a community's month costs."""
