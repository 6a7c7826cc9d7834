"""Tell a person who does not look: by a web hook, or by a plain text to an ntfy server."""
