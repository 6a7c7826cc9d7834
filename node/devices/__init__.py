"""The sensors, one file per chip, and the one bus they share."""
