"""Every test that docs/security.md names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w./]+)::(\w+)`", PAGE)))
THREATS = re.findall(r"^### (.*)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_named_test_exists(path, name):
    text = (ROOT / path).read_text(encoding="utf-8")

    assert re.search(rf"(def|function) {name}\(", text)


def test_every_threat_names_a_test():
    parts = PAGE.split("## Packages")[0].split("\n### ")[1:]

    assert len(THREATS) == len(parts) == 11
    assert all("::" in part for part in parts)


def test_every_locked_package_is_a_pin_with_hashes():
    """A package without a hash would be refused on the Pi, and a pin of another version unseen."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z])", lock)[1:]
    locked = {entry.split(" ")[0].replace("_", "-").replace(".", "-") for entry in entries}
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower().split()

    assert all("--hash=sha256:" in entry for entry in entries)
    assert {pin.replace("_", "-").replace(".", "-") for pin in pins} == {
        pin for pin in locked if not pin.startswith("setuptools==")
    }
    assert "://" not in lock
