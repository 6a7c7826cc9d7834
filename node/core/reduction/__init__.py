"""A demand reduction's rules: what is accepted, what a home would have used, what it is paid."""
