"""Have Prometheus' own tool read what the page tells for it."""

import subprocess
from pathlib import Path

PROMTOOL = Path(__file__).parents[2] / ".run/prometheus/usr/bin/promtool"


def complaints(text: str) -> str:
    """Give what it finds wrong with the form and the names; nothing where all is right."""
    done = subprocess.run(
        [PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert (done.returncode == 0) == (said == ""), said
    return said
