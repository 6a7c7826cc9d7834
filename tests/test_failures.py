"""docs/failures.md says what the tests assert."""

import subprocess
import sys

from tests.failures import PAGE, PARTS, ROOT, Row, page


def test_the_page_is_what_the_tests_say():
    """In a process of its own: a session of pytest within another would share its plugins."""
    checked = subprocess.run(
        [sys.executable, "-m", "tests.failures", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_row_says_only_what_its_test_asserts():
    row = Row(part="relay", failure="a|b", contacts="rest", test="tests/test_x.py::test_y")

    assert row.line() == "| a\\|b | rest | - | - | - | `tests/test_x.py::test_y` |"
    assert row.line() in page([row]).split("## The relay and the way to it")[1]


def test_every_part_has_a_row():
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]

    assert len(parts) == len(PARTS)
    assert all("::test_" in part for part in parts)
