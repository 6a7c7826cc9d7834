"""Set the homes of the tests up: one buyer, two sellers, and what they may do."""

from dataclasses import replace
from typing import Any

from node.core.delivery.state import DeliverySettings
from node.core.faults import FaultSettings
from node.core.home import HomeSettings
from node.core.supply.purchase import PurchaseSettings, SellerSettings
from node.core.supply.state import SupplySettings

HOME = "0x00000000000000000000000000000000000000A0"
SELLER1 = "0x00000000000000000000000000000000000000B1"
SELLER2 = "0x00000000000000000000000000000000000000B2"
NEIGHBOUR = "0x00000000000000000000000000000000000000C3"
PRICE1, PRICE2 = 180_000, 250_000


def seller_settings(name: str, **changes: Any) -> SellerSettings:
    """Configure seller1 or seller2."""
    plain = SellerSettings(
        name=name,
        account=SELLER1 if name == "seller1" else SELLER2,
        channels=None,
        connection=None,
        max_price_per_kwh=1_000_000,
    )
    return replace(plain, **changes)


def purchase_settings(**changes: Any) -> PurchaseSettings:
    """Set a buyer's limits: 20 %, a battery of 1 kWh, 200 Wh beyond, 5 tokens a day."""
    plain = PurchaseSettings(
        account=HOME,
        sellers=(seller_settings("seller1"), seller_settings("seller2")),
        limit_soc_pct=20.0,
        battery_milliwh=1_000_000,
        margin_milliwh=200_000,
        budget_per_day=5_000_000,
    )
    return replace(plain, **changes)


def supply_settings(**changes: Any) -> SupplySettings:
    """Set the buying side."""
    plain = SupplySettings(
        purchase=purchase_settings(),
        resume_soc_pct=30.0,
        min_dwell_s=60.0,
        hold_off_s=30.0,
        hold_off_max_s=900.0,
        lease_s=15.0,
        receipt_period_s=5.0,
        sample_period_s=1.0,
        confirmations=1,
        grace_s=3_600,
        draws_from_load=False,
        may_buy=True,
        may_not_buy_because="",
    )
    return replace(plain, **changes)


def delivery_settings(**changes: Any) -> DeliverySettings:
    """Set the selling side: from 30 % on (again from 32 %), 2 Wh of slack, 10 A."""
    plain = DeliverySettings(
        account=HOME,
        price_per_kwh=PRICE1,
        least_milliwh=10_000,
        valid_s=3_600,
        duration_s=3_600,
        battery_milliwh=1_000_000,
        most_available_milliwh=None,
        sell_floor_pct=30.0,
        offer_again_pct=32.0,
        consent_s=60.0,
        receipt_period_s=5.0,
        slack_milliwh=2_000,
        loss_tolerance=0.05,
        rated_current_a=10.0,
        hold_off_s=30.0,
        hold_off_max_s=900.0,
    )
    return replace(plain, **changes)


def fault_settings(**changes: Any) -> FaultSettings:
    """Set the bounds of the faults."""
    plain = FaultSettings(
        lease_s=15.0,
        chain_max_age_s=60.0,
        gas_low_days=7.0,
        gas_per_day=5_000_000,
        metering_sensors=frozenset({"load", "connection"}),
    )
    return replace(plain, **changes)


def settings(**changes: Any) -> HomeSettings:
    """Set a home that buys and sells."""
    plain = HomeSettings(
        faults=fault_settings(), supply=supply_settings(), delivery=delivery_settings()
    )
    return replace(plain, **changes)
