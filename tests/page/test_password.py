"""The password's file: its hash alone, for its own user alone."""

import hashlib

import pytest

from node.core.errors import Refused
from page import password
from page.password import FILE_NAME, PasswordFile


def test_the_password_fits_and_no_other_does(tmp_path):
    file = PasswordFile(tmp_path)
    assert file.mark() is None

    file.keep("pässword with ümlauts")

    assert file.fits("pässword with ümlauts")
    for wrong in ("", "password", "pässword with ümlauts ", "\udcff", "x" * 5_000):
        assert not file.fits(wrong)
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_another_password_has_another_mark(tmp_path):
    file = PasswordFile(tmp_path)
    file.keep("a password")
    before = file.mark()

    file.keep("a password")
    assert file.mark() not in (None, before)

    file.remove()
    file.remove()
    assert file.mark() is None


@pytest.mark.parametrize("wrong", ["", "seven77", "x" * 257])
def test_one_too_short_or_too_long_is_refused_and_nothing_changes(tmp_path, wrong):
    file = PasswordFile(tmp_path)
    file.keep("a password")
    before = file.mark()

    with pytest.raises(Refused, match="8 to 256"):
        file.keep(wrong)

    assert file.mark() == before


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"salt": 5, "hash": "x"}', "[" * 5_000, "\0"])
def test_a_file_that_is_none_of_ours_lets_nobody_in(tmp_path, text):
    file = PasswordFile(tmp_path)
    (tmp_path / FILE_NAME).write_text(text)

    with pytest.raises(Refused, match="--reset"):
        file.fits("a password")


def test_it_is_derived_within_the_memory_of_a_keystore():
    """What OpenSSL takes is no memory of Python's; that it is bounded shows in its refusal."""
    assert password._MOST_MEMORY < 17 << 20
    with pytest.raises(ValueError, match="memory"):
        hashlib.scrypt(
            b"x", salt=b"x", n=2 * password._N, r=password._R, p=1, maxmem=password._MOST_MEMORY
        )
