"""Three hours of a village on each kind of chain: homes buy, every book closes, nobody is dark.

`PEERWATT_SOAK` plays each at sixty times the calendar's speed; else one, drawn by a seed, at the
full speed.
"""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from village.chain_programs import ANVIL
from village.chains import CHAINS, USUAL

IS_SOAK = "PEERWATT_SOAK" in os.environ
SEED = 20_261_201
OTHERS = [name for name, kind in CHAINS.items() if kind is not USUAL]
OF_ANVIL = [name for name in OTHERS if CHAINS[name].program is ANVIL]
"""What needs nothing beyond what every test has."""
PLAYED = OTHERS if IS_SOAK else random.Random(SEED).sample(OF_ANVIL, 1)
SPEED = "60" if IS_SOAK else "720"


@pytest.mark.parametrize("name", PLAYED)
def test_three_hours_on_a_chain_of_this_kind_close_every_book(tmp_path: Path, name: str) -> None:
    result = tmp_path / "result.json"
    done = subprocess.run(
        [
            sys.executable, "-m", "village", "--plain", "--no-page",
            "--chain", name, "--hours", "3",
            "--speed", SPEED, "--directory", str(tmp_path / "street"), "--json", str(result),
        ],
        capture_output=True, text=True, timeout=1700, check=False,
    )  # fmt: skip
    printed = done.stdout + done.stderr

    assert done.returncode == 0, printed[-6000:]
    told = json.loads(result.read_text())
    assert told["energy_closes"] and told["money_closes"]
    assert told["dark_s"] == 0
    assert "bought in one transaction" in printed, printed[-6000:]
