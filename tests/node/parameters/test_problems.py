"""Broken parameters files: every problem is told at once, and never a password."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from node.core.errors import ConfigError
from node.parameters import load, parse

DATA = Path(__file__).parent / "data"
BROKEN = sorted((DATA / "broken_parameters").glob("*.yml"))
ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "parameters.example.yml"
LOADING = """
import resource, sys
from pathlib import Path
from node.core.errors import ConfigError
from node.parameters import load

# So much more than it has now, with all that it is made of.
pages = int(Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + 32 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    load(Path(sys.argv[1]))
except ConfigError as error:
    for problem in error.problems:
        print(problem.value)
"""


def problems(text):
    with pytest.raises(ConfigError) as raised:
        parse(text, "parameters.yml")
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.failure(
    part="file",
    failure="wrong parameters",
    person="all problems at once",
)
@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_file_tells_all_its_problems_at_once(file):
    expected = file.with_suffix(".txt").read_text(encoding="utf-8").splitlines()

    assert expected == problems(file.read_text(encoding="utf-8"))


def test_there_are_at_least_ten_kinds_of_broken_files():
    assert len(BROKEN) >= 10


@pytest.mark.parametrize("file", BROKEN, ids=lambda file: file.stem)
def test_a_broken_file_never_tells_a_password(file):
    text = file.read_text(encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        parse(text, "parameters.yml")

    told = f"{raised.value} {raised.value!r} {raised.value.problems!r}"
    assert "hunter2" not in told and "4711000" not in told


@pytest.mark.parametrize(
    "text",
    [
        "node: {accountpswd: *hunter2}",
        "node: {accountpswd: !hunter2 x}",
        "node: {accountpswd: %hunter2}",
        "node: {accountpswd: 'hunter2}",
        "node: {accountpswd: [hunter2}",
        "node: {accountpswd: {hunter2: 1}}",
        "mqtt: {host: broker, user: u, password_file: hunter2}",
        "contract: {node: 'ftp://user:hunter2@rpc'}",
        "node: {2020-13-45: hunter2, limit: 2020-13-45}",
    ],
)
def test_no_mistake_around_a_password_tells_it(text):
    assert "hunter2" not in "\n".join(problems(text))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("ftp://chain", "http://, https://, ws:// or wss://"),
        ("unix:geth.ipc", "an absolute path, as /srv/chain/geth.ipc"),
        ("/srv/the chain/geth.ipc", "without blanks"),
        ("/" + "x" * 107, "a path of at most 107 bytes"),
    ],
)
def test_what_is_wrong_with_an_endpoint_is_said(given, why):
    (told,) = problems(f"contract: {{node: '{given}'}}")

    assert told.startswith("contract.node")
    assert why in told


def test_a_bad_key_does_not_hide_what_others_owe_each_other():
    told = problems("node: {limit: 40, resume: 30, settle_samples: 0, sell_floor: x}")

    assert sorted(told, key=lambda line: ("resume" not in line, "settle" not in line)) == [
        "node.resume: 30 on line 1 (above node.limit, 40 %)",
        "node.settle_samples: 0 on line 1 (samples, 1 to 20)",
        "node.sell_floor: x on line 1 (%, 0 to 100)",
    ]


def test_a_bad_key_causes_no_second_problem():
    """The limit would be 20 by default, and 15 below it; but the limit is not known."""
    assert problems("node: {limit: x, resume: 15}") == ["node.limit: x on line 1 (%, 0 to 95)"]


def test_a_problem_behind_a_broken_connection_keeps_its_number():
    told = problems(
        "relay:\n  connections:\n  - {load: a}\n  - {load: b, source: b, channels: [0, 1]}\n"
    )

    assert told[-1] == "relay.connections.1.source: b on line 4 (another node than its load)"


@pytest.mark.failure(
    part="file",
    failure="an alias in the parameters holds itself, or too many others",
    person="refused in these words, as the only problem",
)
@pytest.mark.parametrize(
    "text",
    [
        "node: &x {name: home1, sensors: *x}",
        "a: &x [*x]",
        "\n".join(
            ["a0: &a0 [1, 2, 3]", *(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]" for n in range(1, 12))]
        ),
    ],
)
def test_an_alias_that_never_ends_is_refused_and_fills_no_memory(tmp_path, text):
    path = tmp_path / "parameters.yml"
    path.write_text(text)
    command = [sys.executable, "-c", LOADING, str(path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)

    refused = "an alias (*name) holds itself, or too many others"
    assert ended.stdout.splitlines() == [refused], ended.stderr


@pytest.mark.parametrize("step", ["[", "- ", "? ", "{a: "])
def test_what_is_too_deep_for_a_stack_is_refused_with_its_line(tmp_path, step):
    path = tmp_path / "parameters.yml"
    path.write_text("community: ours\nnode: # deep\n  " + step * 40_000)
    command = [sys.executable, "-c", LOADING, str(path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)

    refused = "lists and mappings too deep in each other on line 3"
    assert ended.stdout.splitlines() == [refused], ended.stderr


@pytest.mark.failure(
    part="file",
    failure="no file, or in another encoding",
    person="a problem that says what is wanted",
)
def test_a_missing_file_and_other_encodings_are_problems(tmp_path):
    latin = tmp_path / "parameters.yml"
    latin.write_bytes("community: straße".encode("latin-1"))

    for path in (tmp_path / "none.yml", latin, tmp_path):
        with pytest.raises(ConfigError, match="a file of YAML in UTF-8"):
            load(path)


@pytest.mark.parametrize("seed", range(20))
def test_any_damage_is_refused_by_problems_and_nothing_else(seed):
    chance = random.Random(seed)
    for _ in range(20):
        content = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
        for _ in range(chance.randint(1, 4)):
            damage(content, chance)
        try:
            parse(yaml.safe_dump(content), "parameters.yml")
        except ConfigError as error:
            assert error.problems
            assert len(set(error.problems)) == len(error.problems)


def damage(content, chance):
    junk = [None, True, -1, 1e300, float("nan"), "", "x", "0x", [], {}, [None], {"x": {}}, [[]]]
    here = content
    while True:
        name = chance.choice(list(here) if isinstance(here, dict) else range(len(here)))
        if not isinstance(here[name], dict | list) or not here[name] or chance.random() < 0.2:
            here[name] = chance.choice(junk)
            return
        here = here[name]
