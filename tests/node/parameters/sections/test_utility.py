"""The section `utility`: tariffs that are ladders, a zone that exists, gas, relays, accounts."""

import pytest

from node.core.auction.tariff import Tariff
from node.core.errors import ConfigError
from node.parameters import parse
from node.utility.settings import relays_of, tariffs_of, utility_mqtt_settings

BAND = '{from: "00:00", feed_in: 0.08, retail: 0.269}'


def problems(*lines: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse("utility:\n" + "".join(f"  {line}\n" for line in lines), "parameters.yml")
    return [str(problem) for problem in raised.value.problems]


def test_prices_that_are_no_ladder_are_rounded_and_the_file_says_so():
    whole = parse(
        'utility: {tariff: [{from: "00:00", feed_in: 0.08, retail: 0.30}]}\n', "parameters.yml"
    )

    assert tariffs_of(whole.utility).at(0) == Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=3492)
    assert [
        (notice.key, notice.sentence) for notice in whole.notices if "tariff" in notice.key
    ] == [
        (
            "utility.tariff.0.retail",
            "0.3 is taken as 0.299996: feed-in, 0.08, and 63 equal ticks of 0.003492.",
        )
    ]


def test_a_feed_in_below_0_is_refused_with_what_is_meant():
    (problem,) = problems('tariff: [{from: "00:00", feed_in: -0.02, retail: 0.1}]')

    assert problem.startswith("utility.tariff.0.feed_in: -0.02 on line 2 (tokens per kWh, 0 to")
    assert "0 where the grid asks money for what it takes" in problem


def test_a_retail_price_below_feed_in_is_refused():
    assert problems('tariff: [{from: "00:00", feed_in: 0.08, retail: 0.07}]') == [
        "utility.tariff.0.retail: 0.07 on line 2 (above feed-in, 0.08: 0.080063 or more)"
    ]


@pytest.mark.parametrize("begins", ["24:00", '"24:00"', '"7:00"', "7", '"07:60"'])
def test_a_time_of_day_is_hours_and_minutes_in_quotes(begins):
    (problem,) = problems(f"tariff: [{{from: {begins}, feed_in: 0.08, retail: 0.269}}]")

    assert problem.startswith("utility.tariff.0.from: ")


def test_two_bands_that_begin_at_once_are_refused():
    weekday = '{from: "00:00", days: [wed, sun], feed_in: 0.08, retail: 0.269}'

    assert problems(f"tariff: [{BAND}, {weekday}]") == [
        "utility.tariff.1.from: wed 00:00 on line 2 (a time of its own; utility.tariff.0 has it"
        " already)"
    ]


def test_a_zone_that_nobody_knows_and_gas_without_a_daily_part_are_refused():
    assert problems("time_zone: Europe/Nowhere", "gas_target: 0.01") == [
        "utility.gas_per_day: 0 on line 1 (above 0 while utility.gas_target is)",
        "utility.time_zone: Europe/Nowhere on line 2 (an IANA name, as Europe/Berlin)",
    ]


@pytest.mark.parametrize("zone", ["/etc/passwd", "../UTC", "''", '"\\0"'])
def test_a_zone_is_no_path(zone):
    (problem,) = problems(f"time_zone: {zone}")

    assert problem.startswith("utility.time_zone: ")


def test_an_auction_is_a_contract_of_its_own():
    address = "0x" + "11" * 20
    with pytest.raises(ConfigError, match=r"contract\.auction: .* \(a contract of its own"):
        parse(f"contract: {{registry: '{address}', auction: '{address}'}}", "parameters.yml")


def test_bands_and_coins_come_out_in_base_units_and_wei():
    parameters = parse(
        f"utility:\n  tariff: [{BAND}]\n  gas_target: 0.01\n  gas_per_day: 0.000000000000000001\n",
        "parameters.yml",
    )
    utility = parameters.utility

    assert utility is not None
    assert (utility.gas_target_wei, utility.gas_per_day_wei) == (10**16, 1)
    assert tariffs_of(utility).at(0) == Tariff(feed_in_per_kwh=80_000, tick_size_per_kwh=3_000)


@pytest.mark.parametrize(
    ("text", "relays"),
    [
        ("utility: {}", ("relay",)),
        ("{utility: {}, relay: {name: board}}", ("board",)),
        ("{utility: {relays: [one, two]}, relay: {name: board}}", ("one", "two")),
        ("utility: {relays: []}", ()),
    ],
)
def test_the_relays_that_are_believed_are_those_named_or_the_files_own(text, relays):
    assert relays_of(parse(text, "parameters.yml")) == relays


@pytest.mark.parametrize(
    ("text", "client_id"),
    [
        ("{mqtt: {host: broker}, utility: {}}", "peerwatt-street-utility"),
        ("{mqtt: {host: broker, client_id: mine}, utility: {}}", "mine"),
        (
            "{mqtt: {host: broker, client_id: mine}, node: {role: consumer}, utility: {}}",
            "peerwatt-street-utility",
        ),
    ],
)
def test_home_and_utility_on_one_host_never_share_a_client_id(text, client_id):
    settings = utility_mqtt_settings(parse(text, "parameters.yml"), None, birth=1)

    assert settings is not None
    assert settings.client_id == client_id
