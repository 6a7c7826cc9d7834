"""A wallet's folder is taken over as it is: each account's file is found, whatever it is called."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from node.account.roles import role_files
from node.checks.account import open_account as checked
from node.keys.account import KeyRefused, open_account
from node.keys.folder import keystore_in
from node.parameters import parse
from tests.factories.other_wallets import EthAccount

GETHS = bytes(range(1, 33))
PARITYS = bytes(range(2, 34))
LIGHT_N, LIGHT_P = 4_096, 6
"""What geth asks for with --lightkdf."""
OPENING = """
import re, sys, time
from pathlib import Path
from node.keys.account import open_account
try:
    open_account(Path(sys.argv[1]), "another")
finally:
    status = Path("/proc/self/status").read_text()
    print(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1], time.process_time())
"""
"""The peak of a process begins anew with its program, unlike what is counted for its parent."""
MOST_S = 3.0
MOST_BYTES = 60_000_000


def written(folder: Path, file: str, key: bytes, /, **parts: object) -> str:
    """Write a keystore as a wallet does, and give its address."""
    folder.mkdir(exist_ok=True)
    sealed = EthAccount.encrypt(key, "password", kdf="pbkdf2", iterations=2**12) | parts
    (folder / file).write_text(json.dumps(sealed))
    return str(EthAccount.from_key(key).address)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """geth's name and Parity's, and what lies beside keystores in such a folder."""
    folder = tmp_path / "keystore"
    geths = written(folder, "x", GETHS)
    name = f"UTC--2026-11-30T18-03-11.812345678Z--{geths[2:].lower()}"
    (folder / "x").rename(folder / name)
    paritys = "UTC--2016-12-20T09-15-00Z--5a3a8c1e-7d0c-7e3a-0c62-4a1f8b3f7b52"
    own = {"meta": "{}", "name": "home", "address": EthAccount.from_key(PARITYS).address}
    written(folder, paritys, PARITYS, **own)
    (folder / "address_book.json").write_text("{}")
    (folder / ".half-written").write_text("{")
    (folder / "notes.txt").write_bytes(b"\xff\xfe\xff")
    (folder / "old").mkdir()
    return folder


@pytest.mark.parametrize("key", [GETHS, PARITYS])
def test_the_keystore_of_the_named_account_is_found_and_opens(folder: Path, key: bytes) -> None:
    address = str(EthAccount.from_key(key).address)
    told = parse(
        f"node: {{address: '{address}', keystore: '{folder}', accountpswd: password}}\n", "x.yml"
    )

    files = role_files(told, "node")

    assert files.keystore.parent == folder
    assert files.open().account == address


def test_the_only_one_needs_no_name(tmp_path: Path) -> None:
    address = written(tmp_path / "keystore", "UTC--one", GETHS)

    assert open_account(keystore_in(tmp_path / "keystore", None), "password").account == address


@pytest.mark.failure(
    part="file",
    failure="`node.keystore` is a wallet's folder with several accounts, or with none that fits",
    person="`check`: `a folder with the keystores of 0x..., 0x...: name one as address`",
    lasts="until `node.address` names one",
)
def test_a_folder_in_which_none_can_be_chosen_is_told_with_what_it_holds(folder: Path) -> None:
    told = parse(f"node: {{keystore: '{folder}', accountpswd: password}}\n", "x.yml")

    account, finding = checked(told, "node", Path("x.yml"))

    assert account is None
    assert finding.fails
    for key in (GETHS, PARITYS):
        assert str(EthAccount.from_key(key).address).lower() in finding.sentence
    assert "set node.address" in finding.remedy


def test_a_folder_without_a_keystore_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match="a folder without a keystore that names its account"):
        open_account(tmp_path, "password")


def test_wrong_password_of_a_light_keystore_is_told_soon_and_in_little_memory(
    tmp_path: Path,
) -> None:
    """In a process of its own, whose time and peak are what the operating system counted."""
    sealed = EthAccount.encrypt(GETHS, "password", kdf="scrypt", iterations=LIGHT_N)
    sealed["crypto"]["kdfparams"]["p"] = LIGHT_P
    file = tmp_path / "light.json"
    file.write_text(json.dumps(sealed))
    done = subprocess.run(
        [sys.executable, "-c", OPENING, str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    peak_kb, used_s = done.stdout.split()

    assert "the password does not open this keystore" in done.stderr
    assert float(used_s) < MOST_S
    assert int(peak_kb) * 1024 < MOST_BYTES
