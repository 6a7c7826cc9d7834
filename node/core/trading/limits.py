"""Hold a home to its own limits, whatever the utility sets: no dear tariff, no large deposit.

A tariff that a home cannot believe, by a typing error or by a utility that is not honest, would
have it deposit nearly all that it owns for very little energy.
"""

from node.core.auction.gate import next_gate
from node.core.auction.market import HomeMarket, MarketRules, tariff_in
from node.core.faults import Fault, FaultName, Severity
from node.core.observation import Observation
from node.core.records import ChainView
from node.core.trading.state import TradingSettings
from node.core.units import format_tokens

MOST_RETAIL_TIMES = 3
"""Of the retail price that the auction began with: what a home orders under unless told."""
DEPOSIT_PART = 10
"""The part of a home's money that one interval may take as a deposit, unless told."""


def most_retail(rules: MarketRules, settings: TradingSettings) -> int:
    """Give the dearest retail price under which a home orders, in base units per kWh."""
    if settings.most_retail_per_kwh is not None:
        return settings.most_retail_per_kwh
    return MOST_RETAIL_TIMES * rules.first_retail_per_kwh


def refused_tariff(market: HomeMarket, interval: int, settings: TradingSettings) -> str:
    """Say why a home orders nothing under an interval's tariff; empty where it does.

    Raises:
        ValueError: no tariff is in force in it.
    """
    asked = tariff_in(interval, market.tariffs).retail_per_kwh
    most = most_retail(market.rules, settings)
    if asked <= most:
        return ""
    return (
        f"the grid's tariff asks {format_tokens(asked)}/kWh, more than the {format_tokens(most)}"
        " of node.auction.most_retail"
    )


def most_deposit(market: HomeMarket, view: ChainView, settings: TradingSettings) -> int:
    """Give the most that one interval may take as a deposit, in base units."""
    if settings.most_deposit is not None:
        return settings.most_deposit
    owned = view.tokens + market.balance + sum(placed.deposit for placed in market.orders)
    return owned // DEPOSIT_PART


def tariff_faults(observation: Observation, settings: TradingSettings) -> tuple[Fault, ...]:
    """Notice a tariff that is refused for an interval that takes orders."""
    market, chain_now_s = observation.market, observation.chain_now_s
    if market is None or chain_now_s is None:
        return ()
    rules = market.rules
    interval = next_gate(int(chain_now_s), rules.interval_s, rules.gate_lead_s)
    try:
        sentence = refused_tariff(market, interval, settings)
    except ValueError:
        return ()
    if not sentence:
        return ()
    text = f"{sentence}: nothing is ordered under it (clears with another tariff)"
    return (Fault(name=FaultName.TARIFF_REFUSED, severity=Severity.NOTICE, sentence=text),)
