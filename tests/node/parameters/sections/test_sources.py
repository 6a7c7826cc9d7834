"""What a source's keys owe to its kind, and to the rest of the file."""

import pytest

from node.core.errors import ConfigError
from node.parameters import parse
from node.parameters.sections.source import KINDS

BROKER = "mqtt: {host: broker}\n"


def problems(source, more=BROKER, name="one"):
    try:
        parse(f"{more}node:\n  sources:\n    {name}: {source}\n", "parameters.yml")
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


def given(text):
    return parse(f"{BROKER}node: {{sources: {{one: {text}}}}}", "parameters.yml")


@pytest.mark.parametrize(
    "source",
    [
        "{kind: mqtt, at: a/b, feeds: load}",
        "{kind: mqtt, at: a/b, feeds: load, power: /w, soc: /soc}",
        "{kind: mqtt, at: a/b, soc: ''}",
        "{kind: mqtt, at: a/b, feeds: none}",
        "{kind: mqtt, at: 'mqtt://venus.local/N/c0/x', feeds: load, user: u, password_file: /p}",
        "{kind: s0, at: 'gpio:17', feeds: load, pulses_per_kwh: 1000}",
        "{kind: s0, at: 'gpio:17@4', feeds: load, pulses_per_kwh: 0.1, debounce_ms: 20}",
        "{kind: mqtt, at: 'mqtt://[fd00::1]:1884/N/c0/x', feeds: connection, keepalive: R/c0/k}",
    ],
)
def test_what_is_right(source):
    assert problems(source) == []


@pytest.mark.parametrize(
    ("source", "key", "bound"),
    [
        ("{kind: telepathy, at: a/b, feeds: load}", "kind", ", ".join(KINDS)),
        ("{kind: mqtt, feeds: load}", "at", "docs/sources.md"),
        ("{kind: mqtt, at: 'a/#', feeds: load}", "at", "a topic without + and #"),
        ("{kind: mqtt, at: a/b}", "feeds", "load, generation, connection or none"),
        ("{kind: mqtt, at: a/b, feeds: load, soc: /soc}", "power", "beside soc"),
        ("{kind: mqtt, at: a/b, feeds: load, power: w}", "power", "a JSON pointer"),
        ("{kind: mqtt, at: a/b, feeds: load, time: t}", "time", "a JSON pointer"),
        ("{kind: mqtt, at: a/b, feeds: load, user: u}", "user", "mqtt.user"),
        ("{kind: s0, at: 'gpio:17', feeds: load}", "pulses_per_kwh", "the meter's plate"),
        ("{kind: s0, at: '17', feeds: load, pulses_per_kwh: 1}", "at", "gpio:17"),
        (
            "{kind: s0, at: 'gpio:17', feeds: load, pulses_per_kwh: 1, debounce_ms: 30}",
            "debounce_ms",
            "1 to 25",
        ),
        ("{kind: mqtt, at: a/b, feeds: load, pulses_per_kwh: 1}", "pulses_per_kwh", "no use"),
        ("{kind: mqtt, at: a/b, feeds: load, scale: 0}", "scale", "nothing would be left"),
        ("{kind: mqtt, at: a/b, feeds: load, keepalive: '+'}", "keepalive", "without + and #"),
    ],
)
def test_what_is_wrong_names_the_key_the_value_and_the_bound(source, key, bound):
    (problem,) = problems(source)

    assert problem.startswith(f"node.sources.one.{key}: ")
    assert bound in problem


def test_a_topic_of_the_streets_broker_needs_one():
    (problem,) = problems("{kind: mqtt, at: a/b, feeds: load}", more="")

    assert "mqtt://HOST/TOPIC" in problem


def test_a_source_and_a_chip_have_names_of_their_own():
    sensors = "node:\n  sensors: {one: {chip: max17048}}\n  sources:\n    one: "
    with pytest.raises(ConfigError) as raised:
        parse(f"{BROKER}{sensors}{{kind: mqtt, at: a/b, soc: /soc}}\n", "parameters.yml")

    assert "node.sensors.one has it already" in str(raised.value)


def test_a_source_may_be_what_lets_a_home_buy_and_what_knows_its_charge():
    whole = given("{kind: mqtt, at: a/b, feeds: load, power: /w, soc: /soc}")

    assert whole.may_buy[0]
    assert whole.node.gauges == {"one"}
    assert "No gauge" not in str(whole.notices)


MEMBER = "role: member, sources: {one: {kind: mqtt, at: a/b, feeds: connection}}"


def of_member(more_node="", more=""):
    try:
        parsed = parse(f"{BROKER}{more}node: {{{MEMBER}{more_node}}}\n", "parameters.yml")
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return parsed


def test_a_member_without_contacts_misses_nothing_of_them():
    member = of_member(", auction: {sell: solar}")

    assert not member.may_buy[0]
    assert member.buys_at_auction
    assert {notice.key for notice in member.notices}.isdisjoint(
        {"node.sensors", "sellers", "relay.host", "node.offer", "node.auction"}
    )


@pytest.mark.parametrize(
    ("more_node", "more", "key"),
    [
        (", offer: {price: 1, available_wh: 0}", "", "node.offer"),
        ("", "relay: {host: board}\n", "relay.host"),
        ("", f"sellers: {{x: {{account: '0x{'11' * 20}'}}}}\n", "sellers"),
    ],
)
def test_a_member_with_something_of_contacts_is_told(more_node, more, key):
    (problem,) = of_member(more_node, more)

    assert problem.startswith(f"{key}: given")
    assert "a member, who has no contacts" in problem


def test_a_pin_is_held_by_one_alone():
    meter = "{kind: s0, at: 'gpio:17', feeds: load, pulses_per_kwh: 1000}"
    (problem,) = problems(f"{meter}\n    other: {meter}")
    assert "a pin of its own" in problem and "node.sources.one" in problem

    (problem,) = problems(meter, more="relay: {pins: [17, 18]}\n")
    assert "a pin of its own" in problem and "relay.pins" in problem
