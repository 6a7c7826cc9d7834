"""The exit status of `python -m node`, and the sentence that a failure ends with."""

import os

import pytest

from node import command_line
from node.core.errors import Refused
from node.home import app
from node.system.program import Program, carry_out
from tests.node.system.test_program import Working


@pytest.fixture(autouse=True)
def umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def parameters(tmp_path):
    path = tmp_path / "parameters.yml"
    path.write_text(f"node: {{name: home1, state_directory: {tmp_path / 'state'}}}\n")
    return str(path)


@pytest.mark.parametrize(
    ("failure", "status", "sentence"),
    [(None, 0, ""), (Refused("NoDisk", "the disk is full"), 1, "the disk is full\n")],
)
def test_a_program_that_fails_on_a_thread_ends_with_status_1_and_its_sentence(
    failure, status, sentence, parameters, monkeypatch, capsys
):
    async def live():
        await Program(lambda: failure).run(Working([]), opening=(), closing=())

    monkeypatch.setattr(app, "run_home", lambda *_given: carry_out(live(), None))

    assert command_line.main(["run", "--parameters", parameters]) == status
    assert capsys.readouterr().err == sentence


def test_a_file_with_problems_ends_with_the_status_that_systemd_does_not_try_again(
    tmp_path, capsys
):
    path = tmp_path / "parameters.yml"
    path.write_text("node: {name: home1, rolle: consumer}\n")

    assert command_line.main(["run", "--parameters", str(path)]) == os.EX_CONFIG
    assert "rolle" in capsys.readouterr().err
