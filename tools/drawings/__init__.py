"""Draw the wiring of `docs/` as SVG, from the parameters' defaults."""
