"""What `python -m village` refuses, in a sentence and before anything is played."""

import subprocess
import sys

import pytest

from village.command_line import main
from village.market.scenes import SCENES


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--homes", "0"], "argument --homes: 0 is not a whole number from 2 to 12"),
        (["--homes", "-2"], "argument --homes: -2 is not a whole number from 2 to 12"),
        (["--homes", "two"], "argument --homes: two is not a whole number from 2 to 12"),
        (["--homes", "1_0"], "argument --homes: 1_0 is not a whole number from 2 to 12"),
        (["--homes", "\u0664"], "is not a whole number from 2 to 12"),
        (["--hours", "-3"], "argument --hours: -3 is not a whole number from 1 to 8760"),
        (["--hours", "0"], "argument --hours: 0 is not a whole number from 1 to 8760"),
        (["--speed", "100000"], "argument --speed: 100000 is not"),
        (["--speed", "0"], "argument --speed: 0 is not"),
        (["--speed", "1_0"], "argument --speed: 1_0 is not"),
        (["--hour", "3"], "--hour 3: it is the market's first, with --market"),
        (["--market", "--hour", "24"], "argument --hour: 24 is not a whole number from 0 to 23"),
        (["--speed", "nan"], "argument --speed: nan is not"),
        (["--from", "yesterday"], "argument --from: yesterday is not a day, as 2016-12-20"),
        (["--market", "--scene", "odd"], "argument --scene: odd is none of silent, false-pairings"),
        (["--scene", "silent"], "--scene is a day of the market with an end: with --market"),
        (["--market", "--scene", "silent", "--record-view", "v"], "--record-view v: it is of one"),
        (["--market", "--keep", "--scene", "silent"], "with --market, without --keep"),
    ],
)
def test_an_option_out_of_its_range_is_refused_with_what_is_right(words, sentence, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_the_help_tells_each_scene_in_a_sentence(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])

    told = capsys.readouterr().out
    for scene in SCENES.values():
        assert f"  {scene.name} " in told
        assert scene.told in told


@pytest.mark.parametrize("option", ["--json", "--record-view"])
@pytest.mark.parametrize("place", ["nowhere/result.json", "."])
def test_a_result_that_cannot_be_written_is_refused_before_the_day(tmp_path, capsys, option, place):
    path = (tmp_path / place).resolve()

    status = main([option, str(path), "--directory", str(tmp_path / "street")])

    told = capsys.readouterr()
    assert status == 2
    assert told.err.startswith(f"village: {option} {path}: the result cannot be written")
    assert not (tmp_path / "street").exists()


def test_a_folder_with_somebodys_files_is_refused_by_the_command(tmp_path, capsys):
    (tmp_path / "letter.txt").write_text("dear bank")

    status = main(["--directory", str(tmp_path)])

    assert status == 2
    assert "holds what no village has made (letter.txt)" in capsys.readouterr().err
    assert (tmp_path / "letter.txt").read_text() == "dear bank"


def test_a_closed_pipe_ends_no_command_with_a_traceback(tmp_path):
    command = [sys.executable, "-m", "village", "--directory", str(tmp_path)]
    (tmp_path / "letter.txt").write_text("dear bank")
    done = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.stdout is not None
    done.stdout.close()

    assert done.wait(120) == 2
