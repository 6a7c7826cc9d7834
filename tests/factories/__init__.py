"""Values for tests: small makers, each with a plain default for all that a test does not name."""
