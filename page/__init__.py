"""What people see: a web page of the homes, and of the utility, on this machine. It has no key."""
