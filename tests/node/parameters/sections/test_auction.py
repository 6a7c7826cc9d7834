"""How the file's section for the auction is meant: who buys, and in which units its limits are."""

import pytest

from node.parameters import parse


def parameters(text):
    return parse(text, "parameters.yml")


@pytest.mark.parametrize(
    ("home", "buys"),
    [
        ("{role: consumer}", False),
        ("{role: consumer, auction: {}}", True),
        ("{role: prosumer, auction: {sell: solar}, offer: {price: 1}, battery_wh: 9}", True),
        (
            "{role: prosumer, auction: {sell: chp, buy: false}, offer: {price: 1}, battery_wh: 9}",
            False,
        ),
        ("{role: producer, auction: {sell: chp}, offer: {price: 1}, battery_wh: 9}", False),
    ],
)
def test_a_home_bids_unless_its_role_or_its_file_says_otherwise(home, buys):
    assert buys == parameters(f"node: {home}").buys_at_auction


def test_limits_are_base_units_and_a_null_leaves_them_truthful():
    terms = parameters("node: {auction: {buy_max_solar: 0.2, least_gain: 0.01}}").node.auction

    assert (
        terms.buy_max_solar_per_kwh,
        terms.buy_max_chp_per_kwh,
        terms.sell_min_per_kwh,
        terms.least_gain,
    ) == (200_000, None, None, 10_000)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("node: {role: consumer}", set()),
        ("node: {auction: {}}", {"contract.auction", "node.report.meter"}),
        (
            "node: {auction: {relays: [relay1, relay2]}}\nrelay: {name: relay1}",
            {"contract.auction", "node.report.meter", "mqtt"},
        ),
        (
            "node: {auction: {}, report: {meter: 7}}\nmqtt: {host: broker}\n"
            "contract: {auction: '0x004ec07d2329997267Ec62b4166639513386F32E'}",
            set(),
        ),
    ],
)
def test_what_the_auction_lacks_is_a_notice(text, keys):
    told = {notice.key for notice in parameters(text).notices}

    assert keys == told & {"contract.auction", "node.report.meter", "mqtt"}
