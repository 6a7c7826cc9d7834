"""What endpoints ask for stands in a private file, and in nothing that is said about it."""

from pathlib import Path

import pytest

from node.system.endpoint_login import endpoint_headers


def written(file: Path, text: str, mode: int = 0o600) -> Path:
    file.write_text(text)
    file.chmod(mode)
    return file


def test_each_line_is_a_header_of_its_endpoint(tmp_path: Path) -> None:
    file = written(
        tmp_path / "login",
        "# the community's two\n\nrpc.example:8545 basic a@b:c:d\r\n"
        "rpc.example:8545 header X-Api-Key: 4711 00\n 10.0.0.7  BEARER eyJ.0-_\n",
    )

    assert endpoint_headers(file, "node") == {
        "rpc.example:8545": (("Authorization", "Basic YUBiOmM6ZA=="), ("X-Api-Key", "4711 00")),
        "10.0.0.7": (("Authorization", "Bearer eyJ.0-_"),),
    }


def test_a_program_has_its_own_where_there_is_one(tmp_path: Path) -> None:
    file = written(tmp_path / "login", "a bearer everybodys\n")
    written(tmp_path / "login.utility", "a bearer its-own\n")

    assert endpoint_headers(file, "utility")["a"] == (("Authorization", "Bearer its-own"),)
    assert endpoint_headers(file, "node")["a"] == (("Authorization", "Bearer everybodys"),)


@pytest.mark.parametrize(
    "line",
    [
        "rpc.example",
        "rpc.example hunter2",
        "rpc.example bearer hunter2 hunter2",
        "rpc.example bearer hunter2\u00e9",
        "rpc.example basic hunter2",
        "rpc.example header hunter2",
        "rpc.example header A B: hunter2",
        "rpc.example header Host: hunter2",
        "rpc.example header accept-encoding: hunter2",
        "rpc.example header X: hunter\u20282",
        "rpc.example password hunter2",
        "rpc.example bearer " + "hunter2" * 2000,
    ],
)
def test_a_line_that_says_nothing_is_named_by_its_number_alone(tmp_path: Path, line: str) -> None:
    file = written(tmp_path / "login", f"a bearer b\n{line}\n")

    with pytest.raises(ValueError, match="line 2: ENDPOINT basic USER:PASSWORD") as refused:
        endpoint_headers(file, "node")

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = written(tmp_path / "login", "a bearer b\n", mode)

    with pytest.raises(ValueError, match="lets others read it; run chmod 600"):
        endpoint_headers(file, "node")
