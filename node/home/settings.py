"""Turn the parameters, which people write, into the settings of a home's parts.

Nothing is decided here that the file does not say; what it leaves open is worked out once.
"""

from collections.abc import Mapping
from functools import partial

from node.core.auction.clearing import Kind
from node.core.auction.gate import PLACE_LEAD, REVISE_LEAD
from node.core.delivery.state import DeliverySettings
from node.core.energy.coulombs import CountingRules
from node.core.energy.meters import Feed, MeteringRules
from node.core.energy.zero import ZeroRules
from node.core.faults import FaultSettings
from node.core.home import HomeSettings
from node.core.records import MeterName, Register
from node.core.supply.purchase import PurchaseSettings, SellerSettings
from node.core.supply.state import SupplySettings
from node.core.trading.state import BuyLimit, TradingSettings
from node.core.units import JOULES_PER_MILLIWH
from node.home.chronicle.chronicle import ChronicleSettings
from node.home.inward.charging import ChargingSettings
from node.home.inward.forecasting import ForecastingSettings
from node.home.inward.measuring import MeasuringSettings
from node.home.inward.street import StreetPicture
from node.links.alerts.messages import as_json, as_text
from node.links.alerts.sender import Sender, Target
from node.parameters.scheme import Parameters
from node.parameters.sections.auction import HomeAuction
from node.settings import trades_at_auction

LET_GO_S = 1.0
"""How long a contact of the sale may take to open, beside the cycle that decides so."""
WITHDRAW_GAINS = 100
"""Money is taken out of the auction when that costs a hundredth of it, at `least_gain`."""
MOST_CLOCK_DRIFT_S = 1.0
MOST_ZERO = 0.06
"""Of an ACS712's range: its offset at any temperature (40 mV of 185 per ampere), and a converter's
step. What shows more beside an open contact is a current."""
OFFER_HYSTERESIS_PCT = 2.0
"""An offer that ended at the floor begins again this much above it, so that it does not flap."""
SILENT_AFTER_S = 3 * 3600.0
"""Chain and broker may be away for so long, beside the time to the next report."""
GAS_PER_DAY = 5_000_000
"""What a home's reports, purchases and redemptions use in a day, by `bench gas`."""


def home_settings(parameters: Parameters, account: str | None) -> HomeSettings:
    """Give the settings of the home's rules; without an account nothing is bought or sold."""
    node, contract = parameters.node, parameters.contract
    buys = account is not None and node.has_contacts and node.role != "producer"
    sells = account is not None and node.role != "consumer" and node.offer is not None
    return HomeSettings(
        faults=FaultSettings(
            lease_s=node.lease_s,
            chain_max_age_s=contract.max_age_s,
            empty_blocks=contract.empty_blocks,
            has_contacts=node.has_contacts,
            gas_low_days=contract.gas_low_days,
            gas_per_day=GAS_PER_DAY,
            metering_sensors=frozenset(
                name
                for name, sensor in node.feeders.items()
                if sensor.feeds in (MeterName.LOAD, MeterName.CONNECTION)
            ),
        ),
        supply=_supply(parameters, account) if buys and account is not None else None,
        delivery=_delivery(parameters, account) if sells and account is not None else None,
        trading=trading_settings(parameters, account, _offer_again_pct(parameters)),
    )


def _supply(parameters: Parameters, account: str) -> SupplySettings:
    node = parameters.node
    may_buy, sentence = parameters.may_buy
    sellers = tuple(
        SellerSettings(
            name=name,
            account=seller.account,
            channels=parameters.channels_to(name),
            connection=seller.connection,
            max_price_per_kwh=node.budget.max_price_per_kwh
            if seller.max_price_per_kwh is None
            else seller.max_price_per_kwh,
        )
        for name, seller in parameters.sellers.items()
    )
    return SupplySettings(
        purchase=PurchaseSettings(
            account=account,
            sellers=sellers,
            limit_soc_pct=node.limit,
            battery_milliwh=node.battery_milliwh or 0,
            margin_milliwh=node.margin_milliwh,
            budget_per_day=node.budget.tokens_per_day,
        ),
        resume_soc_pct=node.resume,
        min_dwell_s=node.min_dwell_s,
        hold_off_s=node.hold_off_s,
        hold_off_max_s=node.hold_off_max_s,
        lease_s=node.lease_s,
        receipt_period_s=node.receipt_period_s,
        sample_period_s=node.sample_period_s,
        confirmations=parameters.contract.confirmations,
        grace_s=parameters.contract.grace_s,
        draws_from_load=not any(
            sensor.feeds is MeterName.CONNECTION for sensor in node.feeders.values()
        ),
        may_buy=may_buy,
        may_not_buy_because=sentence,
    )


def receipt_slack_milliwh(parameters: Parameters) -> int:
    """Give how far receipts may lag: the file's, or what the rated current draws meanwhile.

    The span is one lease and two receipt periods, in calendar time.
    """
    node = parameters.node
    if node.receipt_slack_milliwh is not None:
        return node.receipt_slack_milliwh
    span_s = (node.lease_s + 2 * node.receipt_period_s) * parameters.clock.speed
    return int(node.nominal_v * node.rated_current_a * span_s / JOULES_PER_MILLIWH)


def _delivery(parameters: Parameters, account: str) -> DeliverySettings:
    node, offer = parameters.node, parameters.node.offer
    assert offer is not None
    return DeliverySettings(
        account=account,
        price_per_kwh=offer.price_per_kwh,
        least_milliwh=offer.least_milliwh,
        valid_s=offer.valid_s,
        duration_s=offer.duration_s,
        battery_milliwh=node.battery_milliwh,
        most_available_milliwh=offer.available_milliwh,
        sell_floor_pct=node.sell_floor,
        offer_again_pct=_offer_again_pct(parameters),
        consent_s=node.consent_s,
        receipt_period_s=node.receipt_period_s,
        slack_milliwh=receipt_slack_milliwh(parameters),
        loss_tolerance=node.loss_tolerance,
        rated_current_a=node.rated_current_a,
        hold_off_s=node.hold_off_s,
        hold_off_max_s=node.hold_off_max_s,
    )


def _offer_again_pct(parameters: Parameters) -> float:
    return min(100.0, parameters.node.sell_floor + OFFER_HYSTERESIS_PCT)


def measuring_settings(parameters: Parameters) -> MeasuringSettings:
    """Give how the sensors' samples are judged and metered."""
    node = parameters.node
    ages_s = {name: source.max_age_s for name, source in node.sources.items()}
    feeds = tuple(
        Feed(
            sensor=name,
            meter=sensor.feeds,
            positive=sensor.positive,
            max_age_s=ages_s.get(name),
        )
        for name, sensor in node.feeders.items()
        if sensor.feeds is not None
    )
    return MeasuringSettings(
        rules=MeteringRules(
            feeds=feeds,
            interval_s=parameters.contract.interval_s,
            max_age_s=node.max_age_s,
            clock_speed=parameters.clock.speed,
            max_clock_step_s=MOST_CLOCK_DRIFT_S,
        ),
        sensor_names=tuple(node.feeders),
        gauge_names=node.gauges,
        max_age_s=node.max_age_s,
        settle_samples=node.settle_samples,
        settle_band_pct=node.settle_band_pct,
        ages_s=ages_s,
    )


def charging_settings(parameters: Parameters) -> ChargingSettings | None:
    """Give how the battery's charge is counted; None where a gauge alone tells it."""
    node, counting = parameters.node, parameters.node.counting
    seen_by = node.battery_seen_by
    if counting is None or node.battery_milliwh is None or seen_by is None:
        return None
    return ChargingSettings(
        rules=CountingRules(
            battery_milliwh=node.battery_milliwh,
            efficiency=counting.efficiency,
            full_v=counting.full_v,
            tail_a=counting.tail_a,
            hold_s=counting.hold_s,
            floor_v=counting.floor_v,
        ),
        voltage_sensor=seen_by,
        sees_sellers=node.sensors[seen_by].feeds is MeterName.LOAD,
    )


def zero_rules(parameters: Parameters) -> Mapping[str, ZeroRules]:
    """Give each sensor whose zero drifts; it is found where an open contact ends its line."""
    return {
        name: ZeroRules(
            zero_a=named.analogue.zero_a,
            most_zero_a=named.analogue.range_a * MOST_ZERO,
            dead_band_a=named.analogue.dead_band_a,
            is_found=named.side == "seller" and not named.analogue.alternating,
        )
        for name, named in parameters.node.sensors.items()
        if named.analogue is not None
    }


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
    sensors = parameters.node.feeders.values()
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
        place_lead_s=interval_s * PLACE_LEAD,
        revise_lead_s=interval_s * REVISE_LEAD,
        load=sources[0],
        solar=sources[1],
    )


def chronicle_settings(parameters: Parameters, account: str | None) -> ChronicleSettings:
    """Give what the history has to know of its home.

    Who trades at the auction has the grid in common with it; who is wired to no relay has nothing
    else. Of another home's connection it is not known whether it has a grid.
    """
    sensors = parameters.node.sensors.values()
    return ChronicleSettings(
        account=account,
        interval_s=parameters.contract.interval_s,
        meters=frozenset(sensor.feeds for sensor in sensors if sensor.feeds is not None),
        has_grid=trades_at_auction(parameters) or parameters.relay.host is None,
    )


def street_picture(parameters: Parameters, account: str | None) -> StreetPicture:
    """Give where the pairings are worked out, over the relays that the file names."""
    terms = parameters.node.auction
    relays = terms.relays if terms is not None else None
    return StreetPicture(account, relays, has_relay=parameters.relay.host is not None)


def alert_senders(parameters: Parameters) -> tuple[Sender, ...]:
    """Give a sender for each place where the person wants to be told."""
    alerts, name = parameters.alerts, parameters.node.name
    targets = (
        (alerts.webhook, partial(as_json, parameters.community, name)),
        (alerts.ntfy, partial(as_text, name)),
    )
    return tuple(
        Sender(Target(url=url, write=write), alerts.most_per_hour)
        for url, write in targets
        if url is not None
    )


def most_silent_s(parameters: Parameters) -> float:
    """Give how long a reading may wait before its home's person is told: calendar seconds."""
    return parameters.report_interval_s + SILENT_AFTER_S


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
