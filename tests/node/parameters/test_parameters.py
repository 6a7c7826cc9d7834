"""What the keys of the parameters mean, what is unwise, and what reading them costs."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from node.core.errors import ConfigError
from node.core.records import MeterName, Register
from node.keys.keccak import checksum_address
from node.parameters import load, parse

ROOT = Path(__file__).parents[3]
DATA = Path(__file__).parent / "data"
EXAMPLE = ROOT / "parameters.example.yml"
BUYER = "0x004ec07d2329997267Ec62b4166639513386F32E"
SELLER = "0x00625A1A269AC76c7c7B98939b5E60916FD41070"
SALE = "0xc33179A7f73fCcCe0DED8e613Fcf2688bA385558"
TOKEN = "0xdFf8C10F1E64B592cF902e82C948E2ddF9f49aaF"


def home(text):
    return parse(f"node:\n  {text}\n", "parameters.yml").node


def test_an_empty_file_has_every_default():
    parameters = parse("", "parameters.yml")

    assert frozenset() == parameters.given
    assert parameters.notices == ()
    assert (
        parameters.community,
        parameters.clock.speed,
        parameters.contract.node,
        parameters.mqtt,
    ) == ("street", 1.0, (), None)
    assert (
        parameters.node.limit,
        parameters.node.resume,
        parameters.node.sell_floor,
        parameters.node.margin_milliwh,
    ) == (20.0, 30.0, 30.0, 200_000)
    assert Path("/var/lib/peerwatt/node/keystore.json") == parameters.node.keystore
    assert (parameters.relay.pins, parameters.relay.active_high) == ((17, 18, 27, 22), True)


def test_null_means_the_default():
    given = parse("node: {limit: null, sensors: , budget: null}\nsellers:\n", "parameters.yml")

    assert (given.node.limit, dict(given.node.sensors), dict(given.sellers)) == (20.0, {}, {})


def test_parameters_do_not_change():
    parameters = load(EXAMPLE)

    with pytest.raises(ValidationError):
        parameters.node.limit = 30
    with pytest.raises(TypeError):
        parameters.sellers["home3"] = parameters.sellers["home2"]


# What single keys mean


@pytest.mark.parametrize(
    ("text", "resume", "sell_floor"),
    [("limit: 40", 50, 40), ("limit: 95", 100, 95), ("limit: 20\n  resume: 25", 25, 30)],
)
def test_resume_and_sell_floor_follow_the_limit(text, resume, sell_floor):
    assert (resume, sell_floor) == (home(text).resume, home(text).sell_floor)


def test_energy_and_money_become_whole_numbers():
    whole = parse(
        "contract: {max_fee_gwei: 1.5}\n"
        "node: {role: producer, battery_wh: 0.1e4, delta: 0.001, receipt_slack_wh: '2.5',"
        " offer: {price: 0.180001, least_wh: 5, available_wh: 7.25},"
        " budget: {tokens_per_day: 2.5, max_price: 0.3}}\n",
        "parameters.yml",
    )

    node = whole.node
    assert whole.contract.max_fee_wei == 1_500_000_000
    assert (
        node.battery_milliwh,
        node.margin_milliwh,
        node.receipt_slack_milliwh,
    ) == (1_000_000, 1, 2_500)
    assert (
        node.offer.price_per_kwh,
        node.offer.least_milliwh,
        node.offer.available_milliwh,
    ) == (180_001, 5_000, 7_250)
    assert (node.budget.tokens_per_day, node.budget.max_price_per_kwh) == (2_500_000, 300_000)


@pytest.mark.parametrize(
    "address",
    # The examples of EIP-55 itself.
    [
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ],
)
def test_an_address_is_checksummed(address):
    assert address == checksum_address(address.lower())
    assert address == home(f"address: '{address}'").address
    assert address == home(f"address: {address.lower()}").address


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("192.168.0.10", ("http://192.168.0.10:8545",)),
        ("rpc.example:9000", ("http://rpc.example:9000",)),
        ("'::1'", ("http://[::1]:8545",)),
        (
            "[rpc, 'https://u:p@rpc.example/key']",
            ("http://rpc:8545", "https://u:p@rpc.example/key"),
        ),
        ("'WS://rpc.example:8546/x'", ("ws://rpc.example:8546/x",)),
        ("'wss://u:p@[::1]:1'", ("wss://u:p@[::1]:1",)),
        ("/srv/chain/geth.ipc", ("unix:/srv/chain/geth.ipc",)),
        ("'unix:/srv/chain/geth.ipc'", ("unix:/srv/chain/geth.ipc",)),
        ("null", ()),
    ],
)
def test_the_rpc_endpoints_are_hosts_or_urls(given, expected):
    contract = parse(f"contract: {{node: {given}}}", "parameters.yml").contract

    assert expected == contract.node
    assert "u:p" not in repr(contract)


@pytest.mark.parametrize(
    ("role", "feeds", "expected"),
    [
        ("consumer", "load", Register.IMPORT),
        ("producer", "load", Register.IMPORT),
        ("producer", "generation", Register.IMPORT),
        ("consumer", "connection", Register.IMPORT),
        ("producer", "connection", Register.EXPORT),
    ],
)
def test_positive_power_feeds_the_register_that_the_meter_expects(role, feeds, expected):
    sensors = home(f"{{role: {role}, sensors: {{one: {{chip: ina219, feeds: {feeds}}}}}}}").sensors

    assert expected == sensors["one"].positive
    assert MeterName(feeds) == sensors["one"].feeds


def test_each_chip_has_its_usual_address():
    sensors = home(
        "sensors: {a: {chip: ina219, feeds: none}, b: {chip: max17048}, c: {chip: ina219,"
        " address: 0x45, feeds: load}}"
    ).sensors

    assert tuple(sensor.address for sensor in sensors.values()) == (0x40, 0x36, 0x45)
    assert sensors["a"].feeds is None


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("{}", False),
        ("{sensors: {a: {chip: ina219, feeds: load}}}", True),
        ("{role: producer, sensors: {a: {chip: ina219, feeds: load}}}", False),
        ("{sensors: {a: {chip: ina219, feeds: load, side: own}}}", False),
        ("{sensors: {a: {chip: ina219, feeds: connection}}}", False),
        (
            "{sensors: {a: {chip: ina219, feeds: load, side: own},"
            " b: {chip: ina219, feeds: load, side: seller, address: 0x41}}}",
            True,
        ),
    ],
)
def test_only_who_sees_its_load_on_both_sides_may_buy(text, may):
    assert may == parse(f"node: {text}", "parameters.yml").may_buy[0]


def test_without_connections_each_two_channels_are_one():
    wiring = parse("relay: {pins: [17, 18, 27, 22, 5]}", "parameters.yml").relay.wiring

    assert [connection.channels for connection in wiring] == [(0, 1), (2, 3)]
    assert len({name for c in wiring for name in (c.load, c.source)}) == 4


def test_reports_come_at_each_boundary_unless_the_file_says_otherwise():
    each = parse("contract: {interval_s: 3600}", "parameters.yml")
    rarer = parse("node: {report: {interval_s: 1800}}", "parameters.yml")

    assert (each.report_interval_s, rarer.report_interval_s) == (3600, 1800)
    with pytest.raises(ConfigError, match=r"a whole multiple of contract\.interval_s, 900 s"):
        parse("node: {report: {interval_s: 1000}}", "parameters.yml")


@pytest.mark.parametrize(
    ("load", "channels", "fits"),
    [("a", "[0, 2]", True), ("b", "[0, 2]", False), ("a", "[0]", False), ("a", "[1, 0]", False)],
)
def test_only_a_homes_own_channel_is_shared_between_its_sellers(load, channels, fits):
    """An ancestor's home pairs its own channel with each of its sellers'."""
    text = (
        "relay: {connections: [{load: a, source: x, channels: [0, 1]},"
        f" {{load: {load}, source: y, channels: {channels}}}]}}"
    )

    if fits:
        assert len(parse(text, "parameters.yml").relay.connections) == 2
    else:
        with pytest.raises(ConfigError, match=r"relay\.connections\.0\.channels has it already"):
            parse(text, "parameters.yml")


def test_nominal_voltages_may_differ_by_ten_percent():
    def text(volts):
        return (
            "relay: {loads: {a: {nominal_v: 12, rated_current_a: 1}},"
            f" sources: {{b: {{nominal_v: {volts}, rated_current_a: 1}}}},"
            " connections: [{load: a, source: b, channels: [0, 1]}]}"
        )

    assert parse(text(13.3), "parameters.yml").relay.sources["b"].nominal_v == 13.3
    with pytest.raises(ConfigError, match="at most 10 % apart"):
        parse(text(13.34), "parameters.yml")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("node: {lease_s: 4.9}", "node.lease_s"),
        ("node: {receipt_period_s: 16}", "node.receipt_period_s"),
        ("relay: {ancestor_lease_s: 0}", "relay.ancestor_lease_s"),
        (
            "relay: {connections: [{load: a, source: b, channels: [0, 1]}]}",
            "relay.connections.0.holder",
        ),
        (
            f"relay: {{connections: [{{load: a, source: b, channels: [0], holder: {BUYER}}}]}}",
            "relay.connections.0.consents",
        ),
        ("node: {role: producer}", "node.offer"),
        ("node: {}", "sellers"),
    ],
)
def test_what_is_unwise_is_a_notice_with_a_command(text, key):
    notices = {notice.key: notice for notice in parse(text, "/etc/my parameters.yml").notices}

    assert notices[key].command == "sudoedit '/etc/my parameters.yml'"
    assert notices[key].sentence.endswith(".")


# The cost


def test_the_scheme_imports_nothing_heavy():
    """The relay server imports it and must be quick and small."""
    code = (
        "import sys, node.parameters;"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT, text=True
    )

    heavy = {"web3", "eth_account", "asyncio", "paho", "gpiozero", "smbus2", "difflib", "aiohttp"}
    assert set() == heavy & set(done.stdout.split())


@pytest.mark.parametrize(
    "value", ["!!int ''", "!!float ''", "!!bool x", "!!timestamp x", "!!binary é", "!!map []"]
)
def test_a_tag_on_a_value_of_another_shape_is_not_yaml(value):
    with pytest.raises(ConfigError):
        parse(f"node: {{limit: {value}}}\n", "parameters.yml")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("node: {delta: 12e999999999}", "node.delta"),
        ("node: {delta: '1e999999'}", "node.delta"),
        ("contract: {max_fee_gwei: '1e999999'}", "contract.max_fee_gwei"),
        ("node: {delta: 0x" + "f" * 5000 + "}", "node.delta"),
        ("node: {address: 0x" + "f" * 5000 + "}", "node.address"),
    ],
)
def test_a_number_beyond_every_bound_is_a_problem_like_any_other(text, place):
    with pytest.raises(ConfigError) as caught:
        parse(text, "parameters.yml")

    assert [place] == [problem.path for problem in caught.value.problems]
    assert len(str(caught.value)) < 400
