"""Turn the parameters, which people write, into the settings that each part reads.

Nothing is decided here that the file does not say; what it leaves open is worked out once.
"""

from dataclasses import replace

from node.core.delivery.state import DeliverySettings
from node.core.energy.meters import Feed, MeteringRules
from node.core.faults import FaultSettings
from node.core.home import HomeSettings
from node.core.records import MeterName
from node.core.supply.purchase import PurchaseSettings, SellerSettings
from node.core.supply.state import SupplySettings
from node.core.units import JOULES_PER_MILLIWH
from node.home.auction_settings import trades_at_auction, trading_settings
from node.home.inward.measuring import MeasuringSettings
from node.ledger.settings import LedgerSettings
from node.links.broker.session import MqttSettings
from node.mqtt.login import broker_login
from node.parameters import Parameters
from node.system.clock import Clock, real_time_clock
from node.system.followed_time import FollowedTime

MOST_CLOCK_DRIFT_S = 1.0
OFFER_HYSTERESIS_PCT = 2.0
"""An offer that ended at the floor begins again this much above it, so that it does not flap."""
GAS_PER_DAY = 5_000_000
"""What a home's reports, purchases and redemptions use in a day, by `bench gas`."""


def clock_of(parameters: Parameters) -> Clock:
    """Give the clock that the parameters anchor.

    Raises:
        ConfigError: it follows a time that nobody hands out.
    """
    section, origin = parameters.clock, parameters.clock.origin
    followed = FollowedTime(section.follow) if section.follow is not None else None
    if origin is None:
        return replace(real_time_clock(), followed=followed)
    return Clock(
        speed=section.speed,
        origin_real_s=origin.real,
        origin_calendar_s=origin.calendar,
        followed=followed,
    )


def home_settings(parameters: Parameters, account: str | None) -> HomeSettings:
    """Give the settings of the home's rules; without an account nothing is bought or sold."""
    node, contract = parameters.node, parameters.contract
    buys = account is not None and node.role != "producer"
    sells = account is not None and node.role != "consumer" and node.offer is not None
    return HomeSettings(
        faults=FaultSettings(
            lease_s=node.lease_s,
            chain_max_age_s=contract.max_age_s,
            empty_blocks=contract.empty_blocks,
            clock_speed=parameters.clock.speed,
            gas_low_days=contract.gas_low_days,
            gas_per_day=GAS_PER_DAY,
            metering_sensors=frozenset(
                name
                for name, sensor in node.sensors.items()
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
            clock_speed=parameters.clock.speed,
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
            sensor.feeds is MeterName.CONNECTION for sensor in node.sensors.values()
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
        clock_speed=parameters.clock.speed,
    )


def _offer_again_pct(parameters: Parameters) -> float:
    return min(100.0, parameters.node.sell_floor + OFFER_HYSTERESIS_PCT)


def measuring_settings(parameters: Parameters) -> MeasuringSettings:
    """Give how the sensors' samples are judged and metered."""
    node = parameters.node
    feeds = tuple(
        Feed(sensor=name, meter=sensor.feeds, positive=sensor.positive)
        for name, sensor in node.sensors.items()
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
        sensor_names=tuple(node.sensors),
        gauge_names=frozenset(n for n, s in node.sensors.items() if s.chip != "ina219"),
        max_age_s=node.max_age_s,
        settle_samples=node.settle_samples,
        settle_band_pct=node.settle_band_pct,
    )


def ledger_settings(parameters: Parameters, read_only: bool) -> LedgerSettings | None:
    """Give where the chain is; None when the file names no chain, or not all its contracts."""
    contract = parameters.contract
    if not (contract.node and contract.token and contract.address and contract.registry):
        return None
    return LedgerSettings(
        rpc_urls=tuple(contract.node),
        chain_id=contract.chain_id,
        token=contract.token,
        sale=contract.address,
        registry=contract.registry,
        auction=contract.auction,
        sellers=tuple(seller.account for seller in parameters.sellers.values()),
        meter_id=parameters.node.report.meter,
        read_only=read_only,
        confirmations=contract.confirmations,
        poll_s=contract.poll_s,
        max_fee_per_gas_wei=contract.max_fee_wei,
        trades_at_auction=trades_at_auction(parameters),
        calendar_speed=parameters.clock.speed,
        empty_blocks=contract.empty_blocks,
    )


def mqtt_settings(
    parameters: Parameters, name: str, account: str | None, birth: int, program: str = "node"
) -> MqttSettings | None:
    """Give where the broker is, and the name to speak under; None when the file names no broker.

    Raises:
        OSError: the password file cannot be read.
    """
    mqtt = parameters.mqtt
    if mqtt is None:
        return None
    login = broker_login(program, mqtt.user, mqtt.password_file)
    return MqttSettings(
        host=mqtt.host,
        port=mqtt.port,
        user=login.user,
        password=login.password,
        ca_file=mqtt.ca_file,
        client_id=mqtt.client_id or f"peerwatt-{parameters.community}-{name}",
        keepalive_s=mqtt.keepalive_s,
        community=parameters.community,
        node=name,
        account=account,
        birth=birth,
    )
