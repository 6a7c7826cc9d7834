"""`peerwatt`: one word at the front door for every program of the house."""
