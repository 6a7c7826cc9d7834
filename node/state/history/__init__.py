"""What a program keeps of its past for people: a file of its own, and one thread that has it."""
