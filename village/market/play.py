"""Play the market's part of the village: the utility's process, and the watch over its intervals.

Collects what is seen while the day runs, and brings it together at the end.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from node.core.auction.pairing import Wires
from node.core.units import format_tokens, proceeds_down
from node.ledger.operator.auction_settings import AuctionSettings
from node.system.clock import Clock
from village.books import Books
from village.community import Community
from village.households import FULL_SPEED, LEASE_S, SAMPLE_CALENDAR_S, Places
from village.market.bills import Slice, bill_of, community_of
from village.market.books import MarketBooks, MarketReader
from village.market.homes import (
    INTERVAL_S,
    auction_of,
    open_utility,
    remember,
    write_utility,
)
from village.market.interval_watch import Checked, IntervalWatch, Pair
from village.market.losses import gain_of, why_lost
from village.market.mistakes import misfits, mispaired, missing, unexplained
from village.market.scenes import Scene
from village.market.street import TARIFF, begun_at, known_at, market_street
from village.plant.balance import milliwh
from village.plant.homes_data import HOUR_S, Profile, Profiles
from village.plant.physics import Plant
from village.plant.street import Contacts, Street
from village.sheet.day import Sheet
from village.sheet.market import Deeds, MarketSheet, MeterCompared

RECOVERY_HOURS = 3
"""So long a chain is watched that goes on: silence that is noted then counts an hour later."""
WARM_HOURS = 3
"""No order is for these hours before the day: homes deposit in them, and meters report first."""

OrderKey = tuple[str, str, int]
"""A sale's order: its buyer's and its seller's account, and its number."""


class MarketPlay:
    """Hold the market of one run: its street, its profiles with the warm-up, and what is seen."""

    def __init__(
        self,
        day: Profiles,
        past: tuple[Profile, ...],
        *,
        hour: int,
        hours: int,
        scene: Scene,
    ) -> None:
        self.scene = scene
        self.street: Street = market_street(past)
        begins = hour - WARM_HOURS
        self.profiles = begun_at(day, begins)
        self._past = {
            home.name: known_at(before, profile, begins)
            for home, before, profile in zip(self.street.homes, past, day.homes, strict=True)
        }
        first = day.start_s // INTERVAL_S + hour
        self._intervals = range(first, first + hours)
        # From the midst of an interval on, which is cleared, while the next one has its orders.
        stops_s = (first + hours // 2) * INTERVAL_S + INTERVAL_S / 2
        self.chain_stands_s = (stops_s, stops_s + scene.stands_hours * HOUR_S)
        self._watch = IntervalWatch(interval_s=INTERVAL_S)
        self._drawn: dict[int, dict[OrderKey, int]] = {}
        self._receipted_s: dict[tuple[str, str], float] = {}

    def found(self, places: Places) -> AuctionSettings:
        """Make the utility's account; say what the street's auction is."""
        self._utility = open_utility(places)
        return auction_of(self._utility)

    def begin(self, places: Places, community: Community, clock: Clock) -> list[str]:
        """Let the homes remember their weeks before; give the words that run the utility."""
        self._community, self._clock = community, clock
        self._names = {account: name for name, account in community.accounts.items()}
        self._reader = MarketReader(places.rpc, community.addresses, self.profiles.start_s)
        for name, past in self._past.items():
            remember(places.home(name) / "state", past, self.profiles.start_s)
        homes, prices, lie = len(self.street.homes), self.scene.prices, self.scene.lie
        path = write_utility(places, homes, community.addresses, clock, prices)
        file = ["--parameters", str(path)]
        if lie is not None:
            return ["village.market.dishonest", "--lie", lie.value, *file]
        return ["node", "utility", "run", *file]

    def follow(self) -> list[str]:
        """Take the chain's news; give a sentence for each interval that has cleared."""
        sentences = []
        for found in self._reader.follow():
            self._watch.cleared(found.interval, found.block.timestamp_s)
            solar = found.clearing.solar
            price = self._price(found.interval, solar.price_tick)
            sentences.append(
                f"interval {found.interval} cleared in block {found.block.number}:"
                f" {solar.volume_units} mWh of solar at {price}/kWh"
            )
        return sentences

    def is_over(self) -> bool:
        """Say whether every interval of the day is settled, or had its time to be."""
        stopped_s, goes_on_s = self.chain_stands_s
        recovered_s = goes_on_s + RECOVERY_HOURS * HOUR_S if goes_on_s > stopped_s else 0.0
        end_s = max(self._intervals.stop * INTERVAL_S, recovered_s)
        now_s = self._clock.calendar_s()
        settled = all(map(self._reader.is_settled, self._intervals))
        return now_s >= end_s + INTERVAL_S or (now_s > end_s + INTERVAL_S // 4 and settled)

    def heard(self, said: Mapping[str, Any]) -> None:
        """Take a pairing as the utility publishes it."""
        self._watch.paired(said, self._clock.calendar_s())

    def moved(self, contacts: Contacts) -> None:
        """Take a move of the contacts."""
        self._watch.moved(contacts.closed, self._clock.calendar_s())

    def receipted(self, key: OrderKey, energy_milliwh: int) -> None:
        """Take what a new receipt of the sale adds: drawn evenly while its contact was closed.

        A last receipt may come after the contact has opened, and is of before.
        """
        load, source = self._names[key[0]], self._names[key[1]]
        now_s = self._clock.calendar_s()
        since_s = self._receipted_s.get((load, source), 0.0)
        self._receipted_s[load, source] = now_s
        spans = self._watch.closed_in((load, source), since_s, now_s)
        whole_s, so_far_s, counted = sum(spans.values()), 0.0, 0
        last = int(self._watch.last_closed_s((load, source), now_s) // INTERVAL_S)
        for interval, span_s in sorted((spans or {last: 0.0}).items()):
            so_far_s += span_s
            upto = round(energy_milliwh * so_far_s / whole_s) if whole_s else energy_milliwh
            drawn = self._drawn.setdefault(interval, {})
            drawn[key] = drawn.get(key, 0) + upto - counted
            counted = upto

    def close(
        self,
        sheet: Sheet,
        books: Books,
        plant: Plant,
    ) -> MarketSheet:
        """Bring the day together, once nothing moves any more."""
        self._watch.end(self._clock.calendar_s())
        accounts = self._community.accounts
        market = self._reader.read([*accounts.values(), self._utility])
        slices = self._slices(market)
        mistakes = [
            *market.mistakes(),
            *missing(market, self._community, self._intervals),
            *unexplained(slices),
            *misfits(market, books, accounts, self._utility),
        ]
        false = mispaired(market, self._watch.published(self._intervals), self._wires())
        if self.scene.is_true:
            mistakes += false
        bills = [
            bill_of(name, slices, self._sale_of(account, books))
            for name, account in accounts.items()
        ]
        solar_milliwh, load_milliwh = self._energies()
        orders: dict[int, set[str]] = {}
        for placed in market.orders.values():
            orders.setdefault(placed.placement.interval, set()).add(self._names[placed.account])
        sold = {
            ((self._names[buyer], self._names[seller]), interval)
            for interval, drawn in self._drawn.items()
            for buyer, seller, _ in drawn
        }
        licensed = self._licensed(market)
        checked = tuple(self._watch.check(self._intervals, orders, licensed, sold))
        return MarketSheet(
            scene=self.scene,
            deeds=self._deeds(market, len(false)),
            street=sheet,
            intervals=checked,
            interval_s=INTERVAL_S,
            community=community_of(
                bills, slices, solar_milliwh=solar_milliwh, load_milliwh=load_milliwh
            ),
            lost=tuple(why_lost(bill, slices) for bill in bills if bill.saving < 0),
            compared=tuple(self._compared(slices, plant)),
            twice_milliwh=sum(piece.twice_milliwh for piece in slices),
            lag_milliwh=sum(
                self._lag_milliwh(one, orders.get(one.interval, ())) for one in checked
            ),
            astray_s=LEASE_S * FULL_SPEED,
            mistakes=tuple(mistakes),
            gains={
                name: {p.interval: gain_of(p) for p in slices if p.home == name and p.trade}
                for name in accounts
            },
            gas={
                "of homes": sum(market.gas.get(account, 0) for account in accounts.values()),
                "of the utility": market.gas.get(self._utility, 0),
            },
        )

    def _wires(self) -> Wires:
        """Give the wires of the street as it is described, not as anybody says."""
        accounts = self._community.accounts
        wires: dict[str, tuple[str, ...]] = {}
        for wire in self.street.wires:
            load = accounts[wire.load]
            wires[load] = (*wires.get(load, ()), accounts[wire.source])
        return wires

    def _licensed(self, market: MarketBooks) -> dict[int, set[Pair]]:
        """Give the pairs that each interval's fills and the wires make, whatever was published."""
        wires = self._wires()
        pairings = (market.pairing(interval, wires) for interval in self._intervals)
        return {
            pairing.interval: {
                (self._names[part.buyer], self._names[part.seller]) for part in pairing.parts
            }
            for pairing in pairings
            if pairing is not None
        }

    def _deeds(self, market: MarketBooks, false: int) -> Deeds:
        """Say what was done to the street, and to its homes."""
        day = self._intervals
        accounts = self._community.accounts
        return Deeds(
            published=len(self._watch.published(day)),
            false=false,
            cleared=sum(at in day for at in market.clearers),
            cleared_by_utility=sum(
                at in day and who == self._utility for at, who in market.clearers.items()
            ),
            dear=sum(market.tariff(at).retail_per_kwh > TARIFF.retail_per_kwh for at in day),
            gap_s=market.gap_s,
            settled=len(market.settled),
            missing=sum(one.missing for one in market.settled.values()),
            owed={name: market.purses[account].owed for name, account in accounts.items()},
        )

    def _energies(self) -> tuple[int, int]:
        """Give the solar and the load of all homes in the day: a watt for an hour each."""
        hours = range(WARM_HOURS, WARM_HOURS + len(self._intervals))
        solar = sum(home.pv_mw[hour] for home in self.profiles.homes for hour in hours)
        load = sum(home.load_mw[hour] for home in self.profiles.homes for hour in hours)
        return solar, load

    def _compared(self, slices: list[Slice], plant: Plant) -> Iterator[MeterCompared]:
        """Compare each home's reported intervals with the plant's own hours."""
        for home in self.street.homes:
            mine = [piece for piece in slices if piece.home == home.name]
            played = [WARM_HOURS + p.interval - self._intervals.start for p in mine]
            hours = [plant.net_in(home.name, hour) for hour in played]
            unseen = sum(plant.unseen_in(home.name, hour) for hour in played)
            yield MeterCompared(
                home=home.name,
                plant_net=milliwh(sum(hours)),
                meter_net=float(sum(p.import_milliwh - p.export_milliwh for p in mine)),
                plant_gross=milliwh(sum(map(abs, hours))),
                unseen=milliwh(unseen),
            )

    def _slices(self, market: MarketBooks) -> list[Slice]:
        found = []
        for name, meter_id in self._community.meters.items():
            account = self._community.accounts[name]
            for interval in self._intervals:
                rise = market.rise(meter_id, interval)
                if rise is None:
                    continue
                drawn = self._drawn.get(interval, {}).items()
                found.append(
                    Slice(
                        home=name,
                        interval=interval,
                        # The grid beside the auction is honest, whatever is posted there.
                        tariff=TARIFF,
                        import_milliwh=rise.import_milliwh,
                        export_milliwh=rise.export_milliwh,
                        drawn_milliwh=sum(e for key, e in drawn if key[0] == account),
                        delivered_milliwh=sum(e for key, e in drawn if key[1] == account),
                        trade=market.trade(meter_id, interval),
                    )
                )
        return found

    def _sale_of(self, account: str, books: Books) -> int:
        """Give what an account's receipts in the day are worth, redeemed or not; a buyer pays."""
        prices = {(o.buyer, o.seller, o.number): o.price_per_kwh for o in books.orders}
        return sum(
            proceeds_down(energy, prices[key]) * ((key[1] == account) - (key[0] == account))
            for interval in self._intervals
            for key, energy in self._drawn.get(interval, {}).items()
        )

    def _lag_milliwh(self, checked: Checked, traders: Collection[str]) -> int:
        """Give what may have flowed while contacts opened late, once for each end that trades.

        A receipt is of the newest sample, which may be half a period late, and so is what is heard
        of a contact: together they know an instant only so well.
        """
        loads = {
            home.name: profile.load_mw
            for home, profile in zip(self.street.homes, self.profiles.homes, strict=True)
        }
        hour = checked.interval - self._intervals.start + WARM_HOURS
        blur_s = 2 * SAMPLE_CALENDAR_S
        return sum(
            math.ceil(loads[load][hour] * (span_s + blur_s) / HOUR_S)
            * len({load, source} & set(traders))
            for (load, source), span_s in checked.astray.items()
        )

    def _price(self, interval: int, tick: int) -> str:
        return format_tokens(self._reader.tariff(interval).price_per_kwh(tick))
