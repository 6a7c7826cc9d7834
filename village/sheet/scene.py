"""Set a scene's day beside the honest one: contacts, bills, and whether anybody lost by it.

A home loses by a scene what it pays more than the honest grid alone would have charged for what its
own meter showed that day, beyond what the same intervals cost it on the honest day, too: in which
it had an order, and its forecast was wrong. What the grid still owes it in the end counts as not
paid. The gains that a market brings it may miss: nobody owes it neighbours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from node.core.units import format_tokens
from village.market.bills import Bill
from village.market.interval_watch import Checked
from village.market.scenes import Lie
from village.plant.homes_data import FONTANA_ZONE, HOUR_S
from village.sheet.market import MarketSheet

BLUR = 0.01
"""Of what a home pays: two plays of one day differ, as meters and plant may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeCompared:
    """Hold a home's money on both days, in base units; what it pays is negative.

    `alone` is the honest grid's bill for what the meter showed in the scene, `owed` what the grid
    owes at the end, `lost` what the home lost by the scene, of which `blur` is within two plays.
    """

    home: str
    honest: int
    played: int
    alone: int
    owed: int
    lost: int
    blur: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSheet:
    """Hold a scene's day and the honest one of the same homes, date and length."""

    honest: MarketSheet
    played: MarketSheet

    @property
    def homes(self) -> tuple[HomeCompared, ...]:
        """Compare each home's money."""
        before = {bill.home: bill for bill in self.honest.community.bills}
        owed = self.played.deeds.owed
        return tuple(
            _compared(before[bill.home], bill, owed[bill.home], self._own_cost(bill.home))
            for bill in self.played.community.bills
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """Name all for which the scene does not hold."""
        return (
            *self._not_played(),
            *(f"the honest day is not sound: {problem}" for problem in self.honest.problems),
            *self.played.problems,
            *self._unsound(),
            *self._harm(),
        )

    @property
    def holds(self) -> bool:
        """Tell whether the scene was played, and harmed nobody."""
        return not self.problems

    def lines(self) -> list[str]:
        """Write it for people."""
        scene = self.played.scene
        return [
            "",
            f"Scene {scene.name}: {scene.told}",
            *self._deed_lines(),
            *self._contact_lines(),
            *self._bill_lines(),
            *(f"  does NOT hold: {problem}" for problem in self.problems),
            f"Scene {scene.name} {'holds' if self.holds else 'does NOT hold'}.",
        ]

    def as_plain(self) -> dict[str, object]:
        """Give it for programs."""
        deeds = self.played.deeds
        return {
            "holds": self.holds,
            "problems": list(self.problems),
            "orders": sum(one.orders for one in self.played.intervals),
            "published": deeds.published,
            "false": deeds.false,
            "cleared": deeds.cleared,
            "cleared_by_utility": deeds.cleared_by_utility,
            "gap_s": deeds.gap_s,
            "settled": deeds.settled,
            "missing": deeds.missing,
            "homes": {
                one.home: {
                    "honest": one.honest,
                    "played": one.played,
                    "alone": one.alone,
                    "lost": one.lost,
                }
                for one in self.homes
            },
            "day": self.played.as_plain(),
        }

    def _own_cost(self, home: str) -> int:
        """Give what those intervals cost a home on the honest day in which it ordered here."""
        ordered, honest = self.played.gains[home], self.honest.gains[home]
        return max(0, -sum(honest.get(interval, 0) for interval in ordered))

    def _not_played(self) -> Iterator[str]:
        """Say where the day had nothing of its scene, so that it shows nothing."""
        scene, deeds, whole = self.played.scene, self.played.deeds, len(self.played.intervals)
        if scene.lie is Lie.SILENT and deeds.published:
            yield f"{deeds.published} pairings were published"
        if scene.lie is Lie.FALSE_PAIRINGS and not 0 < deeds.false == deeds.published:
            yield f"{deeds.false} of {deeds.published} published pairings were false"
        if scene.lie is Lie.UNCLEARED and (deeds.cleared_by_utility or not deeds.cleared):
            yield f"the utility cleared {deeds.cleared_by_utility} of {deeds.cleared} intervals"
        if scene.prices > 1 and deeds.dear < whole:
            yield f"the dear tariff held in {deeds.dear} of {whole} intervals"
        if deeds.gap_s < scene.stands_hours * HOUR_S:
            yield f"the chain stood still for {deeds.gap_s} s at most"

    def _unsound(self) -> Iterator[str]:
        if not self.honest.street.is_sound:
            yield "the honest street's day is not sound"
        if not self.played.street.is_sound:
            yield "the street's day is not sound"

    def _harm(self) -> Iterator[str]:
        """Say who was harmed, and by what."""
        scene, intervals = self.played.scene, self.played.intervals
        for home in self.homes:
            if home.lost > home.blur:
                yield f"{home.home} lost {format_tokens(home.lost)} by it"
        if not scene.trades:
            for one in intervals:
                if one.orders:
                    yield f"interval {one.interval}: {one.orders} homes ordered all the same"
        if self.played.deeds.missing:
            yield f"{self.played.deeds.missing} orders were settled at the worst"
        missed = _missed(intervals)
        if scene.clears and missed > _missed(self.honest.intervals):
            yield f"{missed} paired contacts did not close"

    def _deed_lines(self) -> list[str]:
        deeds, intervals = self.played.deeds, self.played.intervals
        ordered = sum(one.orders > 0 for one in intervals)
        before = sum(one.orders > 0 for one in self.honest.intervals)
        return [
            f"  intervals with orders: {ordered} of {len(intervals)} (honest {before}); cleared"
            f" {deeds.cleared}, {deeds.cleared_by_utility} of them by the utility; pairings"
            f" published {deeds.published}, false {deeds.false}",
            f"  retail above the honest one in {deeds.dear} intervals; longest time between two"
            f" blocks {deeds.gap_s} s; orders settled {deeds.settled}, at the worst"
            f" {deeds.missing}",
        ]

    def _contact_lines(self) -> list[str]:
        astray = [max(_astray_s(day.intervals), default=0.0) for day in (self.honest, self.played)]
        sums = [
            f"{sum(one.followed for one in day.intervals)} of"
            f" {sum(one.parts for one in day.intervals)}"
            for day in (self.honest, self.played)
        ]
        return [
            f"  Contacts that closed of those that fills and wires pair: honest {sums[0]}, here"
            f" {sums[1]}; closed without a licence at most {astray[0]:.0f} s and {astray[1]:.0f} s",
            *self._moves(),
        ]

    def _moves(self) -> Iterator[str]:
        """Write each interval in which a contact closed on either day."""
        for before, now in zip(self.honest.intervals, self.played.intervals, strict=True):
            if not before.closed | now.closed:
                continue
            start = datetime.fromtimestamp(now.interval * self.played.interval_s, FONTANA_ZONE)
            here = "the same" if before.closed == now.closed else _pairs(now)
            yield f"    {start:%a %H:%M}  honest {_pairs(before)}; here {here}"

    def _bill_lines(self) -> list[str]:
        heads = ("honest", "here", "grid alone", "still owed", "lost by it")
        return [
            "  Bills (tokens; what a home pays is negative; the grid alone is the honest one's, for"
            " what the meter showed here)",
            "    " + f"{'home':<8}" + "".join(f"{head:>14}" for head in heads),
            *(
                f"    {one.home:<8}"
                + "".join(
                    f"{format_tokens(amount):>14}"
                    for amount in (one.honest, one.played, one.alone, one.owed, one.lost)
                )
                for one in self.homes
            ),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenesSheet:
    """Hold all scenes that were played; `is_sound` is the exit status."""

    scenes: tuple[SceneSheet, ...]

    @property
    def is_sound(self) -> bool:
        """Tell whether every scene holds."""
        return all(scene.holds for scene in self.scenes)

    def lines(self) -> list[str]:
        """Write them for people."""
        told = [line for scene in self.scenes for line in scene.lines()]
        return [
            *told,
            "",
            "Every scene holds: nobody lost by it." if self.is_sound else "NOT every scene holds.",
        ]

    def as_plain(self) -> dict[str, object]:
        """Give them for programs."""
        return {
            "sound": self.is_sound,
            "honest": self.scenes[0].honest.as_plain(),
            "scenes": {scene.played.scene.name: scene.as_plain() for scene in self.scenes},
        }


def _compared(before: Bill, now: Bill, owed: int, own: int) -> HomeCompared:
    in_hand = now.together - owed
    return HomeCompared(
        home=now.home,
        honest=before.together,
        played=now.together,
        alone=now.without,
        owed=owed,
        lost=max(0, now.without - in_hand - own),
        blur=round(BLUR * abs(now.without)),
    )


def _missed(intervals: Sequence[Checked]) -> int:
    return sum(one.parts - one.followed for one in intervals)


def _astray_s(intervals: Sequence[Checked]) -> Iterator[float]:
    return (seconds for one in intervals for seconds in one.astray.values())


def _pairs(checked: Checked) -> str:
    return " ".join(f"{load}<{source}" for load, source in sorted(checked.closed)) or "none"
