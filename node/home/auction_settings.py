"""Turn what the parameters say of the auction into the settings of a home's parts."""

from node.core.auction.clearing import Kind
from node.core.records import MeterName, Register
from node.core.trading.state import BuyLimit, TradingSettings
from node.home.inward.forecasting import ForecastingSettings
from node.home.inward.street import StreetPicture
from node.parameters import Parameters
from node.parameters.sections.auction import HomeAuction

PLACE_LEAD = 1 / 2
REVISE_LEAD = 1 / 10
"""How long before a gate an order is decided on, and looked at again: parts of an interval."""
LET_GO_S = 1.0
"""How long a contact of the sale may take to open, beside the cycle that decides so."""
WITHDRAW_GAINS = 100
"""Money is taken out of the auction when that costs a hundredth of it, at `least_gain`."""


def trades_at_auction(parameters: Parameters) -> bool:
    """Say whether the file names all that a home needs for the auction."""
    return None not in (
        parameters.node.auction,
        parameters.contract.auction,
        parameters.node.report.meter,
    )


def trading_settings(
    parameters: Parameters, account: str | None, offer_again_pct: float
) -> TradingSettings | None:
    """Give the settings of a home's trading; None where it takes no part."""
    node, terms, meter_id = parameters.node, parameters.node.auction, parameters.node.report.meter
    if not trades_at_auction(parameters) or account is None or terms is None or meter_id is None:
        return None
    interval_s = parameters.contract.interval_s
    return TradingSettings(
        account=account,
        meter_id=meter_id,
        confirmations=parameters.contract.confirmations,
        clock_speed=parameters.clock.speed,
        buys=_limits(terms) if parameters.buys_at_auction else (),
        sells=Kind[terms.sell.upper()] if terms.sell is not None else None,
        sell_limit_per_kwh=terms.sell_min_per_kwh,
        least_gain=terms.least_gain,
        place_lead_s=interval_s * PLACE_LEAD,
        revise_lead_s=interval_s * REVISE_LEAD,
        withdraw_from=terms.least_gain * WITHDRAW_GAINS,
        budget_per_day=node.budget.tokens_per_day,
        battery_milliwh=node.battery_milliwh,
        sell_floor_pct=node.sell_floor,
        offer_again_pct=offer_again_pct,
        hold_off_s=node.hold_off_s,
        hold_off_max_s=node.hold_off_max_s,
        let_go_s=node.sample_period_s + LET_GO_S,
        most_retail_per_kwh=terms.most_retail_per_kwh,
        most_deposit=terms.most_deposit,
        by_contacts=parameters.relay.host is not None,
    )


def forecasting_settings(parameters: Parameters) -> ForecastingSettings | None:
    """Give which meters are forecast; None for a home that takes no part or has none of them.

    Load and generation tell most; without them the connection's two registers do.
    """
    sensors = parameters.node.sensors.values()
    registers = {sensor.feeds: sensor.positive for sensor in sensors if sensor.feeds is not None}
    load, solar = MeterName.LOAD, MeterName.GENERATION
    if not trades_at_auction(parameters) or not registers:
        return None
    if load in registers:
        sources = (load, registers[load]), (solar, registers[solar]) if solar in registers else None
    else:
        connection = MeterName.CONNECTION
        sources = (connection, Register.IMPORT), (connection, Register.EXPORT)
    interval_s = parameters.contract.interval_s
    return ForecastingSettings(
        interval_s=interval_s,
        clock_speed=parameters.clock.speed,
        place_lead_s=interval_s * PLACE_LEAD,
        revise_lead_s=interval_s * REVISE_LEAD,
        load=sources[0],
        solar=sources[1],
    )


def street_picture(parameters: Parameters, account: str | None) -> StreetPicture:
    """Give where the pairings are worked out, over the relays that the file names."""
    terms = parameters.node.auction
    relays = terms.relays if terms is not None else None
    return StreetPicture(account, relays, has_relay=parameters.relay.host is not None)


def other_relays(parameters: Parameters) -> tuple[str, ...]:
    """Name the relays that have to be heard over the broker: all but the home's own."""
    terms = parameters.node.auction
    named = terms.relays or () if terms is not None else ()
    return tuple(relay for relay in named if relay != parameters.relay.name)


def _limits(terms: HomeAuction) -> tuple[BuyLimit, ...]:
    limits = {
        Kind.SOLAR: terms.buy_max_solar_per_kwh,
        Kind.CHP: terms.buy_max_chp_per_kwh,
    }
    return tuple(
        BuyLimit(kind=kind, price_per_kwh=limit) for kind, limit in limits.items() if limit != 0
    )
