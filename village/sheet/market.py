"""The market's sheet at the end: intervals, bills, the community, and what makes the day sound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from node.core.units import format_tokens
from village.market.bills import Bill, Community
from village.market.interval_watch import Checked
from village.market.scenes import Scene
from village.plant.homes_data import FONTANA_ZONE
from village.sheet.day import MOST_DIFFERENCE, Sheet, verdict

WHOLE_DAY = 24
"""Intervals of which some must save; in a few hours at night there is nothing to trade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterCompared:
    """Hold what a home's meter saw of its connection, and what the plant says, in mWh.

    `unseen` is what it may miss by sampling, as contacts move.
    """

    home: str
    plant_net: float
    meter_net: float
    plant_gross: float
    unseen: float

    @property
    def difference(self) -> float:
        """Give the difference as a share of all that passed the connection."""
        if not self.plant_gross:
            return 0.0
        return abs(self.meter_net - self.plant_net) / self.plant_gross

    @property
    def agrees(self) -> bool:
        """Tell whether the difference is at most a percent, or what sampling cannot see."""
        allowed = max(MOST_DIFFERENCE * self.plant_gross, self.unseen)
        return abs(self.meter_net - self.plant_net) <= allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    """Hold what was done, by the chain and the broker themselves.

    In the day's intervals `published` pairings were heard, of which `false` do not follow from
    fills and wires, and in `dear` ones the auction's retail was above the honest one. `gap_s` is
    the longest time between two blocks. Of all the `settled` orders `missing` were settled at the
    worst, for want of a reading. `owed` is what the grid still owes each home at the end.
    """

    published: int
    false: int
    cleared: int
    cleared_by_utility: int
    dear: int
    gap_s: int
    settled: int
    missing: int
    owed: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSheet:
    """Hold the market's day; `is_sound` is part of the run's exit status.

    `scene` says what was expected, `deeds` what was done. `lost` has a sentence for each home that
    is worse off. `twice_milliwh` is what was paid at the sale and in the auction, of which
    `lag_milliwh` may have flowed while a contact opened. `astray_s` is the longest that a contact
    may outlast its licence, in calendar seconds: a lease. `mistakes` are sentences, one for each
    thing that does not add up. `gains` are what each interval with an order of its own brought a
    home, against the grid alone.
    """

    scene: Scene
    deeds: Deeds
    street: Sheet
    intervals: tuple[Checked, ...]
    interval_s: int
    community: Community
    lost: tuple[str, ...]
    compared: tuple[MeterCompared, ...]
    twice_milliwh: int
    lag_milliwh: int
    astray_s: float
    mistakes: tuple[str, ...]
    gas: Mapping[str, int]
    gains: Mapping[str, Mapping[int, int]]

    @property
    def late(self) -> tuple[Checked, ...]:
        """Give the intervals that were not cleared and paired in time."""
        return tuple(one for one in self.intervals if not one.is_on_time(self.scene))

    @property
    def astray(self) -> tuple[Checked, ...]:
        """Give the intervals in which a contact was closed that nothing licensed."""
        return tuple(
            checked
            for checked in self.intervals
            if any(seconds > self.astray_s for seconds in checked.astray.values())
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """Name all that is wrong with the market's day."""
        found = list(self.mistakes)
        found += [
            f"interval {one.interval} ({self._begins(one)}) was not cleared and paired in time"
            for one in self.late
        ]
        found += [
            f"interval {one.interval} ({self._begins(one)}): {load} hung on {source} for"
            f" {span_s:.0f} s unlicensed"
            for one in self.astray
            for (load, source), span_s in one.astray.items()
        ]
        if self.twice_milliwh > self.lag_milliwh:
            found.append(
                f"{self.twice_milliwh} mWh were paid at the sale and in the auction, of which"
                f" opening contacts explain {self.lag_milliwh}"
            )
        if not self.community.adds_up:
            found.append("the bills do not add up")
        saved = self.community.together - self.community.without
        is_short = len(self.intervals) < WHOLE_DAY
        if self.scene.trades and (saved < 0 or (not saved and not is_short)):
            found.append("the homes pay no less than without the market")
        found += [
            f"{one.home}: its meter is {one.difference:.2%} off the plant, and sampling explains"
            f" {one.unseen:.0f} mWh of {abs(one.meter_net - one.plant_net):.0f}"
            for one in self.compared
            if not one.agrees
        ]
        return tuple(found)

    @property
    def is_sound(self) -> bool:
        """Tell whether the street's day and the market's are."""
        return self.street.is_sound and not self.problems

    def lines(self) -> list[str]:
        """Write both sheets for people."""
        return [
            *self.street.lines(),
            *self._interval_lines(),
            *self._bill_lines(),
            *self._community_lines(),
            *(f"  NOT sound: {problem}" for problem in self.problems),
            "The market's day is sound." if self.is_sound else "The market's day is NOT sound.",
        ]

    def as_plain(self) -> dict[str, object]:
        """Give the result for programs."""
        community = self.community
        return {
            **self.street.as_plain(),
            "sound": self.is_sound,
            "problems": list(self.problems),
            "intervals": len(self.intervals),
            "with_orders": sum(one.orders > 0 for one in self.intervals),
            "on_time": len(self.intervals) - len(self.late),
            "parts": sum(one.parts for one in self.intervals),
            "followed": sum(one.followed for one in self.intervals),
            "twice_milliwh": self.twice_milliwh,
            "traded_milliwh": community.traded_milliwh,
            "most_milliwh": community.most_milliwh,
            "bills": {
                bill.home: {"with": bill.together, "without": bill.without}
                for bill in community.bills
            },
            "lost": list(self.lost),
            "homes_with": community.together,
            "homes_without": community.without,
            "utility_with": community.utility,
            "dust": community.dust,
            "gas": dict(self.gas),
        }

    def _interval_lines(self) -> list[str]:
        with_orders = [one for one in self.intervals if one.orders]
        parts = sum(one.parts for one in self.intervals)
        followed = sum(one.followed for one in self.intervals)
        overhang = max((s for one in self.intervals for s in one.astray.values()), default=0.0)
        return [
            "",
            f"Intervals: {len(self.intervals)}, {len(with_orders)} with orders; cleared and paired"
            f" before delivery: {_of(self.late, with_orders)}",
            f"  cleared at the latest {_least([one.cleared_lead_s for one in with_orders])} before"
            f" delivery, paired {_least([one.paired_lead_s for one in with_orders])}",
            f"  pairs wired for a delivery: {parts}, contacts that followed: {followed}; closed"
            f" without a licence: {overhang:.0f} s at most   {verdict(not self.astray)}",
            *(self._interval_line(one) for one in with_orders),
        ]

    def _interval_line(self, one: Checked) -> str:
        return (
            f"    {self._begins(one)}  {one.orders:2d} orders  cleared {_lead(one.cleared_lead_s)}"
            f"  paired {_lead(one.paired_lead_s)}  contacts {one.followed} of {one.parts}"
        )

    def _begins(self, one: Checked) -> str:
        start = datetime.fromtimestamp(one.interval * self.interval_s, FONTANA_ZONE)
        return f"{start:%a %H:%M}"

    def _bill_lines(self) -> list[str]:
        head = ("home", "trade", "settled", "ordinary", "sale", "together", "without", "saved")
        return [
            "Bills (tokens; what a home pays is negative)",
            "  " + f"{head[0]:<8}" + "".join(f"{word:>12}" for word in head[1:]),
            *map(_bill_line, self.community.bills),
            *(f"  {sentence}" for sentence in self.lost),
        ]

    def _community_lines(self) -> list[str]:
        community = self.community
        traded, most = community.traded_milliwh, community.most_milliwh
        return [
            f"Homes alone: {format_tokens(community.together)} with the market,"
            f" {format_tokens(community.without)} without: {_saved(community)}",
            f"Utility: {format_tokens(community.utility)} with, {format_tokens(-community.without)}"
            f" without; homes and utility together: {format_tokens(-community.dust)} with"
            f" (dust in the contract), 0 without   {verdict(community.adds_up)}",
            f"Traded and delivered {traded} mWh of {most} that one meter would keep within;"
            f" beyond twice an order, unpaid: {community.lost_milliwh} mWh;"
            f" paid twice: {self.twice_milliwh} mWh,"
            f" {min(self.twice_milliwh, self.lag_milliwh)} of them while contacts opened",
            "Self-consumption"
            f" {community.self_consumption(0):.1%} alone,"
            f" {community.self_consumption(traded):.1%} with the market,"
            f" {community.self_consumption(most):.1%} at most; self-sufficiency"
            f" {community.self_sufficiency(0):.1%}, {community.self_sufficiency(traded):.1%},"
            f" {community.self_sufficiency(most):.1%}",
            "Gas: " + ", ".join(f"{who} {amount:,}" for who, amount in self.gas.items()),
        ]


def _bill_line(bill: Bill) -> str:
    amounts = (
        bill.trade,
        bill.grid,
        bill.ordinary,
        bill.sale,
        bill.together,
        bill.without,
        bill.saving,
    )
    return f"  {bill.home:<8}" + "".join(f"{format_tokens(amount):>12}" for amount in amounts)


def _saved(community: Community) -> str:
    """Say what all homes saved, and of what; a street that earns anyway has no bill to save on."""
    saved = community.together - community.without
    amount = f"{format_tokens(saved)} saved"
    if not community.without:
        return amount
    of = "of their bills" if community.without < 0 else "of what they earn without it"
    return f"{amount} ({saved / abs(community.without):.2%} {of})"


def _of(late: Sequence[Checked], of: Sequence[Checked]) -> str:
    return f"{len(of) - len(late)} of {len(of)}   {verdict(not late)}"


def _least(leads: Sequence[float | None]) -> str:
    return _lead(None if None in leads else min((s for s in leads if s is not None), default=0.0))


def _lead(lead_s: float | None) -> str:
    return "   never" if lead_s is None else f"{lead_s:6.0f} s"
