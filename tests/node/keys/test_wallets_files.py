"""Keystores that other wallets have written open as they are: `tests/vectors/keystores.json`."""

import json
from pathlib import Path
from typing import Any

import pytest

from node.keys.account import KeyRefused, open_account

VECTORS = Path(__file__).parents[2] / "vectors/keystores.json"
FILES: list[dict[str, Any]] = json.loads(VECTORS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("made", FILES, ids=[made["wallet"] for made in FILES])
def test_a_keystore_of_another_wallet_opens(tmp_path: Path, made: dict[str, Any]) -> None:
    file = tmp_path / "theirs.json"
    file.write_text(json.dumps(made["keystore"]))

    assert open_account(file, made["password"]).account == made["account"]
    with pytest.raises(KeyRefused, match="the password does not open this keystore"):
        open_account(file, "another")
