"""Build the worlds of the home's rules: a street of one buyer and two sellers, at one instant.

Every factory gives a plausible record; a test names only what it is about.
"""

from dataclasses import fields, replace
from typing import Any

from node.core.budget import Spent
from node.core.commands import OpenOrder
from node.core.delivery import state as delivery_state
from node.core.delivery.state import Delivery, DeliveryState
from node.core.energy.battery import BatteryPicture
from node.core.energy.meters import MeterPicture
from node.core.facts import IntentConfirmed, IntentRefused
from node.core.faults import Fault, FaultName, Severity
from node.core.observation import Observation
from node.core.records import (
    BlockStamp,
    ChainView,
    ConnectionView,
    MeterName,
    Offer,
    Order,
    Reading,
    Receipt,
    Registers,
    RelayView,
)
from node.core.supply import state as supply_state
from node.core.supply.credit import Draw
from node.core.supply.purchase import Pending
from node.core.supply.state import Contact, Mode, SupplyState
from tests.factories.settings import HOME, PRICE1, PRICE2, SELLER1, SELLER2

NOW_S = 1_000.0
CALENDAR_S = 1_700_000_000
DAY = CALENDAR_S // 86_400
BLOCK = 700
CHANNELS1, CHANNELS2 = (0, 1), (2, 3)


def battery(soc_pct: float | None, settled: bool = True) -> BatteryPicture:
    """Picture a battery."""
    known = soc_pct is not None
    return BatteryPicture(
        soc_pct=soc_pct,
        settled=settled and known,
        taken_at_s=NOW_S if known else None,
        problem=None if known else "the gauge does not answer",
    )


def meter(
    import_milliwh: int = 0,
    export_milliwh: int = 0,
    power_w: float | None = 0.0,
    bus_voltage_v: float | None = 12.8,
) -> MeterPicture:
    """Picture a meter."""
    registers = Registers(import_milliwh=import_milliwh, export_milliwh=export_milliwh)
    return MeterPicture(registers=registers, power_w=power_w, bus_voltage_v=bus_voltage_v)


def offer(seller: str = SELLER1, **changes: Any) -> Offer:
    """Offer 1 kWh at the seller's price for an hour."""
    plain = Offer(
        seller=seller,
        price_per_kwh=PRICE2 if seller == SELLER2 else PRICE1,
        available_milliwh=1_000_000,
        least_milliwh=10_000,
        until_s=CALENDAR_S + 3_600,
        duration_s=3_600,
    )
    return replace(plain, **changes)


def order(number: int = 7, **changes: Any) -> Order:
    """Open an order of 200 Wh of this home with seller1."""
    plain = Order(
        buyer=HOME,
        seller=SELLER1,
        number=number,
        energy_milliwh=200_000,
        drawn_milliwh=0,
        price_per_kwh=PRICE1,
        expires_s=CALENDAR_S + 3_600,
    )
    return replace(plain, **changes)


def receipt(number: int = 7, **changes: Any) -> Receipt:
    """Sign for 1 Wh of this home's order with seller1."""
    plain = Receipt(
        buyer=HOME, seller=SELLER1, number=number, drawn_milliwh=1_000, signature=bytes(65)
    )
    return replace(plain, **changes)


def draw(number: int = 7, **changes: Any) -> Draw:
    """Hold the credit of `order`."""
    plain = Draw(
        seller=SELLER1,
        number=number,
        energy_milliwh=200_000,
        price_per_kwh=PRICE1,
        expires_s=CALENDAR_S + 3_600,
        block=BLOCK,
        drawn_milliwh=0,
        receipted_milliwh=0,
        receipted_at_s=NOW_S,
    )
    return replace(plain, **changes)


def chain_view(now_s: float = NOW_S, **changes: Any) -> ChainView:
    """See the head of a chain that makes a block a second, with both sellers' offers."""
    plain = ChainView(
        chain_id=31_337,
        block=stamp(now_s),
        observed_at_s=now_s,
        block_period_s=1.0,
        tokens=100_000_000,
        gas_balance_wei=10**18,
        gas_price_wei=10**9,
        last_number=6,
        offers=(offer(SELLER1), offer(SELLER2)),
        orders=(),
        meter=None,
    )
    return replace(plain, **changes)


def stamp(now_s: float = NOW_S) -> BlockStamp:
    """Name the block of an instant."""
    passed_s = int(now_s - NOW_S)
    return BlockStamp(
        number=BLOCK + passed_s, hash=f"0x{passed_s:064x}", timestamp_s=CALENDAR_S + passed_s
    )


def connection(number: int = 0, **changes: Any) -> ConnectionView:
    """Wire this home to seller1 (0) or seller2 (1), who consents."""
    plain = ConnectionView(
        connection=number,
        load="home",
        source=("seller1", "seller2")[number],
        channels=(CHANNELS1, CHANNELS2)[number],
        holder=HOME,
        consents=((SELLER1, SELLER2)[number],),
        consents_stand=True,
        closed=False,
        lease_left_s=0.0,
        consent_left_s=60.0,
        barred_by=(),
    )
    return replace(plain, **changes)


def relay_view(*connections: ConnectionView, **changes: Any) -> RelayView:
    """See the relay: both connections at rest, unless others are given."""
    plain = RelayView(
        relay="relay",
        boot="0x00",
        received_at_s=NOW_S,
        connections=connections or (connection(0), connection(1)),
        busy_sources=frozenset(),
        stuck=(),
    )
    return replace(plain, **changes)


def on_seller1(**changes: Any) -> RelayView:
    """See the relay with this home's contact to seller1 closed."""
    closed = connection(0, **{"closed": True, "lease_left_s": 15.0, **changes})
    return relay_view(closed, connection(1), busy_sources=frozenset({"seller1"}))


def observation(now_s: float = NOW_S, soc_pct: float | None = 50.0, **changes: Any) -> Observation:
    """Picture the home at an instant: everything is there, and the battery is well."""
    plain = Observation(
        now_s=now_s,
        calendar_s=CALENDAR_S + now_s - NOW_S,
        clock_speed=1.0,
        battery=battery(soc_pct),
        load=meter(power_w=60.0),
        connection=meter(),
        chain=chain_view(now_s),
        chain_problem=None,
        relay=relay_view(),
        relay_lost_at_s=None,
        broker_problem=None,
        journal_problem=None,
        clock_problem=None,
        sensor_problems=(),
        receipts=(),
        wants_own_source=False,
        facts=(),
    )
    return replace(plain, **changes)


def supply_state_at_rest(**changes: Any) -> SupplyState:
    """Begin on own source, with nothing left of an earlier run to look for.

    A change may be of the contact's record, too.
    """
    plain = supply_state.initial(NOW_S, Spent(day=DAY, amount=0), was_drawing=False)
    return supply_state_with(replace(plain, resuming=False), changes)


def supply_state_with(state: SupplyState, changes: dict[str, Any]) -> SupplyState:
    """Change members of a state, or of its contact's record."""
    names = {field.name for field in fields(Contact)}
    contact = replace(state.contact, **{k: v for k, v in changes.items() if k in names})
    plain = {name: value for name, value in changes.items() if name not in names}
    return replace(state, contact=contact, **plain)


def supply_state_on_seller1(**changes: Any) -> SupplyState:
    """Draw from seller1 since two minutes ago, with 200 Wh of credit."""
    plain = supply_state_at_rest(
        mode=Mode.ON_SELLER,
        since_s=NOW_S - 120,
        reason="SoC 19.4 % < limit 20 %: bought 200 Wh from seller1",
        seller=SELLER1,
        asked_at_s=NOW_S - 120,
        renewed_at_s=NOW_S - 1,
        closed_at_s=NOW_S - 119,
        own_voltage_v=12.8,
        draws=(draw(),),
        import_milliwh=0,
    )
    return supply_state_with(plain, changes)


def drawing(now_s: float = NOW_S, soc_pct: float | None = 19.0, **changes: Any) -> Observation:
    """Picture the home on seller1: 60 W come over the connection, order 7 is open."""
    plain = observation(
        now_s,
        soc_pct,
        connection=meter(power_w=60.0),
        chain=chain_view(now_s, orders=(order(),), last_number=7),
        relay=on_seller1(),
    )
    return replace(plain, **changes)


def pending(order: OpenOrder | None = None, **changes: Any) -> Pending:
    """Have order 7 under way since now."""
    plain = Pending(order=order or open_order(), asked_at_s=NOW_S, day=DAY, promised=True)
    return replace(plain, **changes)


def supply_state_purchasing(**changes: Any) -> SupplyState:
    """Wait for the confirmation of order 7."""
    plain = supply_state_at_rest(
        mode=Mode.PURCHASING,
        reason="SoC 19.4 % < limit 20 %: buying",
        pending=(pending(),),
        spent=Spent(day=DAY, amount=37_080),
        import_milliwh=0,
    )
    return supply_state_with(plain, changes)


def delivery_state_in(mode: Delivery, **changes: Any) -> DeliveryState:
    """Be in a delivery state since two minutes ago."""
    plain = delivery_state.initial(NOW_S - 120)
    return replace(plain, mode=mode, reason="as it was", **changes)


def open_order(number: int = 7, **changes: Any) -> OpenOrder:
    """Ask for 206 Wh from seller1: what 19.4 % lacks of 20 %, and the margin."""
    plain = OpenOrder(
        seller=SELLER1,
        number=number,
        energy_milliwh=206_000,
        max_price_per_kwh=PRICE1,
        max_duration_s=3_600,
        max_cost=37_080,
    )
    return replace(plain, **changes)


def reading(
    boundary: int, import_milliwh: int | None = None, meter: MeterName = MeterName.CONNECTION
) -> Reading:
    """Read a meter at a boundary; without an energy, by the boundary's number."""
    energy = boundary if import_milliwh is None else import_milliwh
    registers = Registers(import_milliwh=energy, export_milliwh=0)
    return Reading(meter=meter, boundary=boundary, registers=registers)


def confirmed(intent: Any, now_s: float = NOW_S) -> IntentConfirmed:
    """Say that an intent was confirmed in the block of an instant."""
    return IntentConfirmed(intent=intent, block=stamp(now_s), transaction="0x01", gas_used=1)


def refused(intent: Any, name: str = "SaleOfferExpired") -> IntentRefused:
    """Say that an intent was refused."""
    return IntentRefused(intent=intent, name=name, sentence="it was too late")


def fault(severity: Severity) -> Fault:
    """Let a fault stand."""
    return Fault(name=FaultName.SENSOR_FAILED, severity=severity, sentence="a sensor failed")
