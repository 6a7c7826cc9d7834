"""Keys: made light, opened with care, never shown."""

import codecs
import json
import logging
import re
from pathlib import Path

import pytest

from node.keys.account import (
    CREDENTIAL,
    KeyRefused,
    account_of_key,
    create_account,
    new_account,
    new_password,
    open_account,
    read_password,
)
from node.keys.signatures import signer_of
from node.mqtt.login import broker_login
from tests.factories.other_wallets import EthAccount

SECRET = bytes(range(1, 33))


def sealed(directory: Path, kdf: str, **changes: int) -> Path:
    """Write the keystore of another wallet, with some work factors changed after the sealing."""
    content = EthAccount.encrypt(SECRET, "password", kdf=kdf, iterations=2**12)
    content["crypto"]["kdfparams"].update(changes)
    path = directory / "keystore.json"
    path.write_text(json.dumps(content))
    return path


def test_new_keystore_is_private_light_and_opens(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keystore.json"
    made = create_account(path, "password")

    assert path.stat().st_mode & 0o777 == 0o600
    assert open_account(path, "password").account == made.account
    assert json.loads(path.read_text())["crypto"]["kdfparams"]["n"] <= 2**14
    assert list(path.parent.iterdir()) == [path]


def test_new_keystore_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "keystore.json"
    create_account(path, "password")
    before = path.read_bytes()

    with pytest.raises(KeyRefused, match="exists already"):
        create_account(path, "password")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_keystore_is_understood_by_other_wallets(tmp_path: Path) -> None:
    path = tmp_path / "keystore.json"
    made = create_account(path, "password")

    key = EthAccount.decrypt(path.read_text(), "password")
    assert EthAccount.from_key(key).address == made.account


@pytest.mark.parametrize("kdf", ["scrypt", "pbkdf2"])
def test_other_wallets_keystore_opens(tmp_path: Path, kdf: str) -> None:
    path = sealed(tmp_path, kdf)

    assert open_account(path, "password").account == EthAccount.from_key(SECRET).address


def respelled(content: object) -> object:
    """Write the same keystore as other wallets spell it."""
    if isinstance(content, dict):
        return {name.upper(): respelled(value) for name, value in content.items()}
    if isinstance(content, int):
        return str(content)
    if isinstance(content, str) and re.fullmatch("[0-9a-f]{24,}", content):
        return f"0x{content.upper()}"
    return content.upper() if isinstance(content, str) else content


@pytest.mark.parametrize("kdf", ["scrypt", "pbkdf2"])
@pytest.mark.parametrize(
    "lead", [b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE], ids=["plain", "utf-8", "utf-16"]
)
def test_keystore_of_another_spelling_opens(tmp_path: Path, kdf: str, lead: bytes) -> None:
    path = sealed(tmp_path, kdf)
    text = json.dumps(respelled(json.loads(path.read_text())), indent=1) + "\r\n\r\n"
    path.write_bytes(lead + text.encode("utf-16-le" if lead == codecs.BOM_UTF16_LE else "utf-8"))
    assert '"VERSION": "3"' in text

    assert open_account(path, "password").account == EthAccount.from_key(SECRET).address
    with pytest.raises(KeyRefused, match="does not open"):
        open_account(path, "passwort")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 4}, "version 4, not 3"),
        ({"version": True}, "its version is not a whole number"),
        ({"version": 3.5}, "its version is not a whole number"),
        ({"Crypto": {"cipher": "aes-256-ctr"}}, "has crypto twice"),
        ({"crypto": None}, "its crypto is not an object"),
        ({"crypto": []}, "its crypto is not an object"),
        ({"crypto": {"cipher": "aes-128-ctr"}}, "it has no ciphertext"),
        (
            {"crypto": {"cipher": "aes-128-ctr", "ciphertext": "0g"}},
            "ciphertext is not hexadecimal",
        ),
        ({"version": None}, "its version is not a whole number"),
    ],
)
def test_what_only_looks_like_a_keystore_is_refused(
    tmp_path: Path, change: dict[str, object], why: str
) -> None:
    path = sealed(tmp_path, "pbkdf2")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))

    with pytest.raises(KeyRefused, match=why):
        open_account(path, "password")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"prf": "hmac-sha512"}, "its prf is hmac-sha512, not hmac-sha256"),
        ({"c": 0}, "must be greater than 0"),
        ({"salt": 7.5}, "its salt is not hexadecimal digits"),
        ({"dklen": "many"}, "its dklen is not a whole number"),
    ],
)
def test_a_part_that_is_wrong_is_named(tmp_path: Path, change: dict[str, object], why: str) -> None:
    path = sealed(tmp_path, "pbkdf2")
    content = json.loads(path.read_text())
    content["crypto"]["kdfparams"].update(change)
    path.write_text(json.dumps(content))

    with pytest.raises(KeyRefused, match=why):
        open_account(path, "password")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON, line 1"),
        ("{\n'version': 3}", "no JSON, line 2"),
        (f'"0x{SECRET.hex()}"', "no JSON object"),
        ('{"encseed": "00", "ethaddr": "00"}', "it has no version"),
        ("[" * 100_000, "beyond every bound"),
        (f'{{"version": {"3" * 5000}}}', "beyond every bound"),
    ],
    ids=["empty", "other quotes", "a bare key", "a presale wallet", "deep", "a long number"],
)
def test_another_file_is_no_keystore_and_what_it_lacks_is_said(
    tmp_path: Path, text: str, why: str
) -> None:
    path = tmp_path / "keystore.json"
    path.write_text(text)

    with pytest.raises(KeyRefused, match="this is no keystore.*" + why) as refused:
        open_account(path, "password")
    assert "Error" not in str(refused.value)
    assert SECRET.hex() not in str(refused.value)


@pytest.mark.parametrize(
    "written",
    [
        b"s3cret", b"s3cret\n", b"s3cret\r\n", b"s3cret\r", b"s3cret\n\n\n",
        b"s3cret\n# the home's\n", b"\xef\xbb\xbfs3cret\r\n", "s3cret\r\n".encode("utf-16"),
    ],
)  # fmt: skip
def test_a_password_file_is_read_as_editors_write_it(tmp_path: Path, written: bytes) -> None:
    path = tmp_path / "password"
    path.write_bytes(written)
    path.chmod(0o600)

    assert read_password(path, {}) == "s3cret"
    assert broker_login("node", "street", path).password == "s3cret"


def test_a_mark_inside_a_password_is_its_own(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(" a\x85b\u2028c\x0c \n".encode())
    path.chmod(0o600)

    assert read_password(path, {}) == " a\x85b\u2028c\x0c "


@pytest.mark.parametrize(
    ("written", "why"),
    [(b"", "empty"), (b"\n", "empty"), (b"\xef\xbb\xbf\r\n", "empty"), (b"caf\xe9\n", "UTF-8")],
)
def test_a_password_file_without_one_is_refused(tmp_path: Path, written: bytes, why: str) -> None:
    path = tmp_path / "password"
    path.write_bytes(written)
    path.chmod(0o600)

    with pytest.raises(KeyRefused, match=why):
        read_password(path, {})


def test_heavy_keystore_opens_with_a_warning_about_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "keystore.json"
    path.write_text(json.dumps(EthAccount.encrypt(SECRET, "password", kdf="scrypt")))
    with caplog.at_level(logging.WARNING):
        open_account(path, "password")

    assert "256 MiB of memory" in caplog.text
    assert "password" not in caplog.text.replace("password_file", "")


def test_keystore_that_wants_gigabytes_is_refused(tmp_path: Path) -> None:
    path = sealed(tmp_path, "scrypt", n=2**24)

    with pytest.raises(KeyRefused, match="16384 MiB"):
        open_account(path, "password")


@pytest.mark.failure(
    part="file",
    failure="the keystore's work factors are damaged: impossible, or hours of work",
    person="refused",
)
@pytest.mark.parametrize(
    ("kdf", "changes"),
    [
        ("pbkdf2", {"c": 10**9}),
        ("pbkdf2", {"c": 10**30}),
        ("pbkdf2", {"c": 0}),
        ("pbkdf2", {"dklen": 2**40}),
        ("scrypt", {"p": 10**6}),
        ("scrypt", {"p": -1}),
        ("scrypt", {"n": 2**12 + 1}),
        ("scrypt", {"r": 10**40}),
        ("scrypt", {"dklen": 31}),
    ],
)
def test_keystore_whose_damage_would_cost_hours_or_the_process_is_refused(
    tmp_path: Path, kdf: str, changes: dict[str, int]
) -> None:
    path = sealed(tmp_path, kdf, **changes)

    with pytest.raises(KeyRefused, match="keystore"):
        open_account(path, "password")


@pytest.mark.failure(
    part="file",
    failure="the keystore's initial vector is damaged: it would give another key",
    person="refused: `damaged`, or its wrong length",
)
@pytest.mark.parametrize(
    ("iv", "why"), [("00" * 16, "damaged"), ("00" * 15, "15 bytes"), ("", "0 bytes")]
)
def test_keystore_that_would_give_another_key_is_refused(tmp_path: Path, iv: str, why: str) -> None:
    """The check that the password opens it does not cover the initial vector."""
    path = tmp_path / "keystore.json"
    create_account(path, "password")
    content = json.loads(path.read_text())
    content["crypto"]["cipherparams"]["iv"] = iv
    path.write_text(json.dumps(content))

    with pytest.raises(KeyRefused, match=why):
        open_account(path, "password")


@pytest.mark.failure(
    part="file",
    failure="the keystore is empty, cut short or no keystore",
    person="refused",
)
@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"version": 1}',
        '{"version": 3}',
        '{"version":3,"crypto":1}',
        "[" * 5_000,
    ],
)
def test_damaged_keystore_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keystore.json"
    path.write_text(content)
    with pytest.raises(KeyRefused, match="keystore"):
        open_account(path, "password")


@pytest.mark.failure(
    part="file",
    failure="a wrong password, or no keystore",
    person="refused, each in its words",
)
def test_wrong_password_and_absent_file_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "keystore.json"
    create_account(path, "password")

    with pytest.raises(KeyRefused, match="does not open"):
        open_account(path, "Password")
    with pytest.raises(KeyRefused, match="No such file"):
        open_account(tmp_path / "absent.json", "password")


def test_no_error_shows_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "keystore.json"
    create_account(path, "a-password-to-find")
    with pytest.raises(KeyRefused) as caught:
        open_account(path, "another-password-to-find")

    assert "to-find" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_account_shows_no_key() -> None:
    account = account_of_key(SECRET)

    assert SECRET.hex() not in repr(account)
    assert "PrivateKey" not in repr(account)
    assert account.account in repr(account)


def test_signature_is_low_and_recovers_to_the_account() -> None:
    account = account_of_key(SECRET)
    for number in range(20):
        digest = number.to_bytes(32, "big")
        signature = account.sign(digest)

        assert len(signature) == 65
        assert signature[64] in (27, 28)
        assert signer_of(digest, signature) == account.account


def test_digest_of_another_length_is_not_signed() -> None:
    with pytest.raises(ValueError, match="32"):
        account_of_key(SECRET).sign(b"short")


def test_transaction_recovers_to_the_account() -> None:
    account = new_account()
    signed = account.sign_transaction(
        {"chainId": 5, "nonce": 0, "to": "0x" + "11" * 20, "value": 0, "gas": 21_000, "gasPrice": 1}
    )

    assert EthAccount.recover_transaction(signed.raw) == account.account


def test_invalid_private_key_is_refused() -> None:
    with pytest.raises(KeyRefused, match="no valid private key"):
        account_of_key(bytes(32))


def test_password_comes_from_the_credential_first(tmp_path: Path) -> None:
    (tmp_path / CREDENTIAL).write_text("from the credential\n")
    file = tmp_path / "file"
    file.write_text("from the file\n")
    file.chmod(0o600)

    directory = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert read_password(file, directory) == "from the credential"
    assert read_password(file, {}) == "from the file"
    assert read_password(file, {"CREDENTIALS_DIRECTORY": "/nowhere"}) == "from the file"


@pytest.mark.failure(
    part="file",
    failure="a password file that others may read",
    person="refused",
)
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_password_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "password"
    file.write_text("a-password-to-find")
    file.chmod(mode)
    with pytest.raises(KeyRefused, match="chmod 600") as caught:
        read_password(file, {})

    assert "to-find" not in str(caught.value)


def test_missing_and_empty_passwords_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.touch(mode=0o600)
    with pytest.raises(KeyRefused, match="empty"):
        read_password(file, {})
    with pytest.raises(KeyRefused, match="No such file"):
        read_password(tmp_path / "absent", {})
    with pytest.raises(KeyRefused, match=CREDENTIAL):
        read_password(None, {})


def test_new_passwords_differ_and_are_long() -> None:
    passwords = {new_password() for _ in range(100)}

    assert len(passwords) == 100
    assert min(len(password) for password in passwords) >= 32


def test_a_folder_in_the_place_of_a_password_is_told_as_that(tmp_path: Path) -> None:
    """`chmod 600` of the folder was told as the remedy."""
    tmp_path.chmod(0o755)

    with pytest.raises(KeyRefused, match="Is a directory") as refused:
        read_password(tmp_path, {})
    assert "chmod" not in str(refused.value)
