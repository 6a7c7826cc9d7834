"""What a person does with an account: make it, show it, back it up, restore it, empty it."""
