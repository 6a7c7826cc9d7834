"""Change the contracts' sources one small piece at a time, and see which change no test notices."""
