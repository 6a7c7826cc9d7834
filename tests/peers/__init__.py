"""Other people's programs, of pinned versions in roots of their own, speak with ours."""
