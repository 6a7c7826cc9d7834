"""Gather what becomes the utility's history: each interval's orders and result, and what it did.

An interval's row has all that its fills and its pairing follow from, so that anybody can work them
out again. It is handed over when the interval is delivered, for until then a reorganisation may
change it.
"""

from node.core.auction.clearing import Clearing, Kind, Order, curves, fills
from node.core.auction.market import ClearedInterval, PlacedOrder, UtilityView, tariff_in
from node.core.auction.saving import saving
from node.core.auction.tariff import Tariff
from node.core.facts import IntentConfirmed, IntentRefused
from node.core.wire.codec import Plain, to_plain
from node.state.history.keeper import HistoryKeeper
from node.utility.community import homes_of
from node.utility.pairings import Pairings, Told
from node.utility.tables import EVENTS, INTERVALS, TRADES

MOST_HELD = 64
"""Cleared intervals whose delivery is not over."""


class UtilityChronicle:
    """Write one utility's history; called on the loop's own thread."""

    def __init__(self, history: HistoryKeeper) -> None:
        self._history = history
        self._cleared: dict[int, tuple[ClearedInterval, tuple[PlacedOrder, ...]]] = {}
        self._told: dict[int, Told] = {}
        self._newest = -1
        self._problems: dict[str, str] = {}

    def tell(self, part: str, state: str, sentence: str, calendar_s: float) -> None:
        """Note a change."""
        self._history.keep(EVENTS, calendar_s, {"part": part, "state": state, "sentence": sentence})

    def confirm(self, fact: IntentConfirmed, sentence: str, calendar_s: float) -> None:
        """Note what was done on the chain, and what gas it took."""
        row = {
            "part": "operation",
            "state": type(fact.intent).__name__,
            "sentence": sentence,
            "gas_used": fact.gas_used,
            "block": fact.block.number,
            "transaction_hash": fact.transaction,
        }
        self._history.keep(EVENTS, calendar_s, row)

    def refuse(self, fact: IntentRefused, sentence: str, calendar_s: float) -> None:
        """Note what was refused."""
        self.tell("refusal", type(fact.intent).__name__, sentence, calendar_s)

    def trouble(self, troubles: Plain, calendar_s: float) -> None:
        """Note the troubles that begin and end, by their sentences."""
        told = troubles.items() if isinstance(troubles, dict) else ()
        problems = {name: str(sentence) for name, sentence in told}
        for name, sentence in problems.items():
            if name not in self._problems:
                self.tell("problem", f"{name} begins", sentence, calendar_s)
        for name, sentence in self._problems.items():
            if name not in problems:
                self.tell("problem", f"{name} ends", sentence, calendar_s)
        self._problems = problems

    def look(self, view: UtilityView, pairings: Pairings) -> None:
        """Take what is seen; an interval that is delivered becomes a row."""
        for result in view.cleared:
            if result.interval > self._newest:
                orders = tuple(p for p in view.orders if p.interval == result.interval)
                self._cleared[result.interval] = result, orders
        self._told |= pairings.told
        now = view.block.timestamp_s // view.rules.interval_s
        for interval in sorted(self._cleared):
            if interval < now or len(self._cleared) > MOST_HELD:
                self._hand_over(view, *self._cleared.pop(interval))
                self._newest = interval
        self._told = {n: told for n, told in self._told.items() if n > self._newest}

    def _hand_over(
        self, view: UtilityView, result: ClearedInterval, orders: tuple[PlacedOrder, ...]
    ) -> None:
        interval, unit = result.interval, view.rules.unit_milliwh
        tariff, told = tariff_in(interval, view.tariffs), self._told.get(interval)
        starts_s = interval * view.rules.interval_s
        ends_s = starts_s + view.rules.interval_s
        prices = {
            kind.name.lower(): tariff.price_per_kwh(result.clearing.step(kind).price_tick)
            for kind in Kind
            if result.clearing.step(kind).volume_units
        }
        for part in told.pairing.parts if told is not None else ():
            row = {
                "began_s": starts_s,
                "interval": interval,
                "kind": part.kind,
                "buyer": part.buyer,
                "seller": part.seller,
                "energy_milliwh": part.energy_milliwh,
                "price_per_kwh": prices.get(part.kind),
            }
            self._history.keep(TRADES, ends_s, row)
        row = {
            "starts_s": starts_s,
            "interval": interval,
            "unit_milliwh": unit,
            "solar_milliwh": result.clearing.solar.volume_units * unit,
            "solar_price_per_kwh": prices.get("solar"),
            "chp_milliwh": result.clearing.chp.volume_units * unit,
            "chp_price_per_kwh": prices.get("chp"),
            "feed_in_per_kwh": tariff.feed_in_per_kwh,
            "retail_per_kwh": tariff.retail_per_kwh,
            "tick_size_per_kwh": tariff.tick_size_per_kwh,
            "orders": to_plain(orders),
            "clearing": to_plain(result.clearing),
            "curves": _curves(result, orders),
            "fills": [_fill(placed.order, result.clearing, tariff, unit) for placed in orders],
            "wires": {home: list(sellers) for home, sellers in told.wires.items()}
            if told
            else None,
            "homes": _homes(view),
            "block": result.block.number,
        }
        self._history.keep(INTERVALS, ends_s, row)


def _curves(result: ClearedInterval, orders: tuple[PlacedOrder, ...]) -> Plain:
    """Tell what was offered and wanted of each kind, as ticks and units where there are any."""
    found = curves([placed.order for placed in orders], result.clearing)
    return {
        kind.name.lower(): {
            side: [[tick, units] for tick, units in enumerate(sums) if units]
            for side, sums in (("supply", one.supply), ("demand", one.demand))
        }
        for kind, one in found.items()
    }


def _fill(order: Order, clearing: Clearing, tariff: Tariff, unit_milliwh: int) -> Plain:
    filled = fills(clearing, order)
    ticks = {kind: clearing.step(kind).price_tick for kind in Kind}
    return {
        "solar_units": filled.solar_units,
        "chp_units": filled.chp_units,
        "saving": saving(order, filled, tariff, ticks, unit_milliwh),
    }


def _homes(view: UtilityView) -> list[dict[str, object]]:
    """Tell of each home its gas and money, and what its meter has reported last."""
    return [
        {
            "account": home.account,
            "meter_id": home.meter_id,
            "gas_wei": home.gas_wei,
            "balance": home.balance,
            "last_reading_s": home.last_reading_s,
        }
        for home in homes_of(view)
    ]
