"""What the relay host's command says where the kernel gives it no port or no pin: one sentence."""

import logging
import socket
from pathlib import Path

import pytest

from relay_server.command_line import main


def parameters(directory: Path, **keys: object) -> str:
    given = {"board": "mock", "listen": "127.0.0.1", "state_directory": directory, **keys}
    path = directory / "parameters.yml"
    path.write_text(f"relay: {{{', '.join(f'{key}: {value}' for key, value in given.items())}}}\n")
    return str(path)


def told(caplog: pytest.LogCaptureFixture) -> str:
    assert all(record.exc_info is None for record in caplog.records)
    return next(r.getMessage() for r in caplog.records if r.levelno == logging.ERROR)


def test_a_port_that_another_program_has_is_told_in_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--parameters", parameters(tmp_path, port=port)]) == 1

    assert told(caplog) == f"relay.listen 127.0.0.1, relay.port {port}: Address already in use"


@pytest.mark.parametrize("listen", ["nobody.invalid", "192.0.2.7"])
def test_an_address_that_is_none_of_this_machine_is_told_in_a_sentence(
    tmp_path: Path, listen: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert main(["--parameters", parameters(tmp_path, listen=listen, port=28_555)]) == 1

    assert told(caplog).startswith(f"relay.listen {listen}, relay.port 28555: ")


@pytest.mark.parametrize("command", ["run", "rest"])
def test_a_chip_that_is_not_there_is_named(
    tmp_path: Path, command: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = parameters(tmp_path, board="gpio", gpio_chip=15)
    assert main([command, "--parameters", file]) == 1

    assert told(caplog) == "the pins: /dev/gpiochip15: No such file or directory"


def test_a_time_that_nobody_hands_out_is_a_wrong_parameter(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = Path(parameters(tmp_path, port=28_556))
    file.write_text(file.read_text() + "clock: {follow: /none}\n")
    assert main(["--parameters", str(file)]) == 78

    assert "clock.follow: /none" in told(caplog)
