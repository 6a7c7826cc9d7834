"""One time for all of the village: handed out, waited for, and how fast it was."""
