"""The rules. Nothing here touches a clock, a socket, a thread, a log or a file."""
