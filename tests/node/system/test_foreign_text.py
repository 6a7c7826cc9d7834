"""Where a file is named stands a pipe, a device or a folder: nothing is waited for long."""

import errno
import os
import threading
from pathlib import Path

import pytest

from node.core.errors import ConfigError
from node.keys.account import KeyRefused, open_account, read_password
from node.parameters import load
from node.system import foreign_text
from node.system.foreign_text import bytes_of


@pytest.fixture
def pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(foreign_text, "_PATIENCE_S", 0.1)
    path = tmp_path / "pipe"
    os.mkfifo(path, 0o600)
    return path


def test_a_pipe_that_nobody_writes_into_is_refused_with_a_word(pipe: Path) -> None:
    with pytest.raises(ConfigError, match="it is no file, and nothing comes of it"):
        load(pipe)
    with pytest.raises(KeyRefused, match="nothing comes of it"):
        read_password(pipe, {})
    with pytest.raises(KeyRefused, match="nothing comes of it"):
        open_account(pipe, "password")


def test_what_another_program_writes_into_a_pipe_is_read_whole(pipe: Path) -> None:
    # Longer than a pipe holds at once.
    text = "#" * 100_000 + "\nnode:\n  name: home7\n"
    writer = threading.Thread(target=pipe.write_text, args=(text,))
    writer.start()

    assert load(pipe).node.name == "home7"
    writer.join()


def test_an_endless_device_is_read_to_the_bound_alone() -> None:
    with pytest.raises(OSError) as error:
        bytes_of(Path("/dev/zero"), 1_000)
    assert error.value.errno == errno.EFBIG
    with pytest.raises(ConfigError, match="far too long"):
        load(Path("/dev/zero"))


def test_a_file_is_read_to_its_end_and_up_to_the_bound(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(70_000))

    assert bytes_of(path, 70_000) == bytes(70_000)
    with pytest.raises(OSError, match="far too long"):
        bytes_of(path, 69_999)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError) as error:
        bytes_of(tmp_path, 1)
    assert error.value.filename == str(tmp_path)
    with pytest.raises(ConfigError, match="Is a directory"):
        load(tmp_path)
