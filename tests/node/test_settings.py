"""What endpoints ask for comes out of its file; what is wrong with that names the key."""

from pathlib import Path

import pytest

from node.core.errors import ConfigError
from node.home.check_chain import chain
from node.parameters import parse
from node.parameters.scheme import Parameters
from node.settings import headers_of

NODES = "['https://u:hunter2@rpc.example/hunter2', '10.0.0.7:9', '/srv/geth.ipc']"


def parameters(file: Path, said: str | None) -> Parameters:
    if said is not None:
        file.write_text(said)
        file.chmod(0o600)
    addresses = ", ".join(
        f"{n}: '0x{d * 40}'" for n, d in zip(("token", "address", "registry"), "123", strict=True)
    )
    return parse(
        f"contract: {{node: {NODES}, login_file: '{file}', {addresses}}}\n", "parameters.yml"
    )


def test_headers_are_those_of_the_endpoints_that_are_named(tmp_path: Path) -> None:
    said = "rpc.example bearer a\n10.0.0.7:9 header B: c\n"

    assert headers_of(parameters(tmp_path / "login", said), "node") == {
        "rpc.example": (("Authorization", "Bearer a"),),
        "10.0.0.7:9": (("B", "c"),),
    }


@pytest.mark.failure(
    part="chain",
    failure="what an endpoint asks for (`contract.login_file`) cannot be read, or is for another",
    person="`check`: `contract.login_file: No such file or directory`; the home runs on without a"
    " chain",
    lasts="until the file is right and the home was started again",
)
@pytest.mark.parametrize(
    ("said", "why"),
    [
        (None, "No such file or directory"),
        ("rpc.example hunter2", "line 1: ENDPOINT basic USER:PASSWORD"),
        ("rpc.exmaple bearer hunter2", "rpc.exmaple is none of contract.node: "),
    ],
)
def test_a_login_that_cannot_be_told_is_named_by_its_key(
    tmp_path: Path, said: str | None, why: str
) -> None:
    wrong = parameters(tmp_path / "login", said)

    with pytest.raises(ConfigError) as refused:
        headers_of(wrong, "node")
    (finding,) = chain(wrong, None, Path("parameters.yml"))

    assert str(refused.value).startswith(f"contract.login_file: {tmp_path}/login")
    assert finding.fails
    assert why in str(refused.value) and why in str(finding)
    assert "hunter2" not in f"{refused.value} {finding}"
