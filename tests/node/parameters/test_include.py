"""A file that is included: what it says stands where the including one is silent."""

from pathlib import Path

import pytest

from node.core.errors import ConfigError
from node.parameters import load, with_wishes
from node.parameters.file import ParametersUneditable, read_values, write_values
from node.parameters.include import laid_over
from node.state.journal import JOURNAL_NAME
from tests.node.account.test_backup import Card

TOKEN = "0xdFf8C10F1E64B592cF902e82C948E2ddF9f49aaF"
COMMUNITY = f"""\
community: village
contract:
  node: [http://one:8545, http://two:8545]
  token: '{TOKEN}'
  interval_s: 1800
mqtt:
  host: broker
  port: 8883
"""
HOME = """\
include: community.yml
node:
  name: home1
contract:
  interval_s: 600
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "community.yml").write_text(COMMUNITY)
    (tmp_path / "parameters.yml").write_text(HOME)
    return tmp_path


def problems(place: Path, text: str, community: str = COMMUNITY) -> list[str]:
    (place / "community.yml").write_text(community)
    (place / "parameters.yml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        load(place / "parameters.yml")
    return [str(problem) for problem in raised.value.problems]


def test_a_files_own_keys_stand_over_the_included_ones_mapping_by_mapping(place: Path) -> None:
    found = load(place / "parameters.yml")

    assert (found.community, found.node.name) == ("village", "home1")
    assert (found.contract.token, found.contract.interval_s) == (TOKEN, 600)
    assert found.contract.node == ("http://one:8545", "http://two:8545")
    assert found.mqtt is not None
    assert (found.mqtt.host, found.mqtt.port) == ("broker", 8883)
    assert found.given == {"include", "community", "contract", "mqtt", "node"}


def test_an_included_file_may_lie_elsewhere(place: Path) -> None:
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "parameters.yml").write_text(f"include: {place}/community.yml\n")

    assert load(elsewhere / "parameters.yml").community == "village"


@pytest.mark.parametrize(
    ("own", "below", "both"),
    [
        ({"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": 3}),
        ({"a": None}, {"a": {"b": 1}}, {"a": None}),
        ({"a": [1]}, {"a": [2, 3]}, {"a": [1]}),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"d": 2}}}, {"a": {"b": {"c": 1, "d": 2}}}),
        ({"a": {}}, {"a": 5}, {"a": {}}),
    ],
)
def test_mappings_are_laid_over_each_other_and_all_else_stands_whole(
    own: object, below: object, both: object
) -> None:
    assert laid_over(own, below) == both


def test_a_null_takes_away_what_is_included(place: Path) -> None:
    (place / "parameters.yml").write_text(HOME + "mqtt: null\n")

    assert load(place / "parameters.yml").mqtt is None


def test_each_problem_names_the_file_and_the_line_that_it_is_in(place: Path) -> None:
    own = HOME + "  poll_s: 0\nmqtt:\n  prt: 1\n"
    community = COMMUNITY + "  keepalive_s: 1\ncommunity: village\n"

    assert problems(place, own, community.replace("1800", "0")) == [
        "contract.poll_s: 0 on line 6 of parameters.yml (s, 0.05 to 60)",
        "mqtt.prt: unknown key on line 8 of parameters.yml (did you mean port?)",
        "mqtt.keepalive_s: 1 on line 9 of community.yml (s, 5 to 3600)",
        "community: again on line 10 of community.yml (each key once; it stands on line 1 already)",
    ]


def test_a_key_that_is_missing_is_missed_where_its_mapping_stands(place: Path) -> None:
    lacking = COMMUNITY.replace("  host: broker\n", "")

    assert problems(place, HOME, lacking) == [
        "mqtt.host: missing on line 6 of community.yml (a host name or an IP address)"
    ]


def test_a_list_of_ones_own_is_blamed_where_it_stands(place: Path) -> None:
    lacking = "relay:\n  connections:\n    - {load: home1, channels: [0, 1]}\n"
    whole = lacking.replace("load: home1", "load: home1, source: home2")

    told = problems(place, HOME + lacking, COMMUNITY + whole)

    assert told[0].startswith("relay.connections.0.source: missing on line 8 of parameters.yml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("include: none.yml\n", "include: none.yml on line 1: No such file or directory"),
        ("node: {}\ninclude: [a, b]\n", "include: no name of a file on line 2"),
        ("include: ''\n", "include: no name of a file on line 1"),
        ("include: .\n", "include: . on line 1: "),
    ],
)
def test_what_cannot_be_included_is_told_with_its_line(place: Path, text: str, told: str) -> None:
    found = problems(place, text)

    assert len(found) == 1
    assert found[0].startswith(told)


def test_an_included_file_includes_nothing(place: Path) -> None:
    assert problems(place, HOME, COMMUNITY + "include: parameters.yml\n") == [
        "include: in an included file, on line 9 of community.yml (one level, no more)"
    ]


def test_an_included_file_that_is_no_mapping_is_named(place: Path) -> None:
    assert problems(place, HOME, "- one\n") == [
        f"{place}/community.yml: no mapping (sections, such as node and relay)"
    ]


def test_a_program_that_reads_a_part_is_not_kept_by_the_rest_of_an_included_file(
    place: Path,
) -> None:
    (place / "community.yml").write_text(COMMUNITY.replace("1800", "0").replace("8883", "0"))
    found = load(place / "parameters.yml", {"node", "contract"})

    assert [str(problem) for problem in found.elsewhere] == [
        "mqtt.port: 0 on line 8 of community.yml (1 to 65535)"
    ]


def test_wishes_are_judged_by_the_file_that_was_included_when_it_was_read(place: Path) -> None:
    """A running home keeps to what it was started with, whatever becomes of the file."""
    started = load(place / "parameters.yml")
    (place / "community.yml").unlink()

    wished = with_wishes(started, {"node.limit": "33"})

    assert (wished.node.limit, wished.community) == (33.0, "village")


def test_values_are_read_from_both_and_written_into_the_file_itself(place: Path) -> None:
    file = place / "parameters.yml"
    assert read_values(file, "contract", ("token", "interval_s", "auction")) == {
        "token": TOKEN,
        "interval_s": "600",
        "auction": None,
    }

    write_values(file, "contract", {"grace_s": "7200"})

    assert (place / "community.yml").read_text() == COMMUNITY
    assert file.read_text() == HOME.replace("contract:\n", "contract:\n  grace_s: 7200\n")
    assert load(file).contract.grace_s == 7200


def test_a_value_that_goes_wrong_with_the_included_file_is_not_written(place: Path) -> None:
    file = place / "parameters.yml"
    (place / "community.yml").write_text(COMMUNITY + "node: {resume: 30}\n")

    with pytest.raises(ParametersUneditable, match="would not load any more"):
        write_values(file, "node", {"limit": "40"})

    assert file.read_text() == HOME


@pytest.fixture
def card(tmp_path: Path) -> Card:
    card = Card(tmp_path / "card")
    card.settle()
    card.parameters.with_name("community.yml").write_text(COMMUNITY)
    card.parameters.write_text(f"include: community.yml\n{card.parameters.read_text()}")
    return card


def test_a_backup_holds_the_included_file(card: Card, tmp_path: Path) -> None:
    community, parameters = card.parameters.with_name("community.yml"), card.parameters.read_text()
    assert card.backup(tmp_path / "backup") == 0
    for path in (community, card.parameters, card.keystore, card.state / JOURNAL_NAME):
        path.unlink()

    assert card.restore(tmp_path / "backup") == 0

    assert (community.read_text(), card.parameters.read_text()) == (COMMUNITY, parameters)
    assert community.stat().st_mode & 0o777 == 0o640


def test_a_restore_leaves_an_included_file_that_is_there(card: Card, tmp_path: Path) -> None:
    community = card.parameters.with_name("community.yml")
    assert card.backup(tmp_path / "backup") == 0
    community.write_text("community: newer\n")

    assert card.restore(tmp_path / "backup", "--overwrite") == 0

    assert community.read_text() == "community: newer\n"
    assert load(card.parameters).community == "newer"


def test_a_restore_hands_both_files_on(
    card: Card, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    community = card.parameters.with_name("community.yml")
    assert card.backup(tmp_path / "backup") == 0
    community.unlink()
    capfdbinary.readouterr()

    assert card.restore(tmp_path / "backup", "--overwrite", "--parameters-out") == 0

    given = capfdbinary.readouterr().out
    assert given.split(b"\0") == [
        card.parameters.read_bytes(),
        b"community.yml",
        COMMUNITY.encode(),
    ]
    assert not community.exists()
