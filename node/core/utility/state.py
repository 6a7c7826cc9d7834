"""What the utility remembers between two steps, and its settings."""

from dataclasses import dataclass

from node.core.underway import NOTHING, Underway


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilitySettings:
    """Hold the utility's parameters.

    `peak_w` is the most that the street can give to the grid. A home's gas is filled up to
    `gas_target_wei` (0: never) once it is below half of it. On one calendar day each meter's
    accounts together get at most `gas_per_day_wei`, and all of them at most
    `gas_all_per_day_wei` (None: as much as that for each meter).
    """

    peak_w: int
    gas_target_wei: int
    gas_per_day_wei: int
    gas_all_per_day_wei: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """Hold gas that an account of a meter (0: of none) was sent on a calendar day."""

    account: str
    meter_id: int
    amount_wei: int
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Bound the batch in which an order is settled again, after a larger one was refused."""

    interval: int
    meter_id: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityState:
    """Hold what is under way and what rests (in blocks), and what is wrong (or empty).

    `gifts` are those of the day. `splits` are of orders whose batch was refused. `block_s` is the
    newest block's time, and until `pause_until_s` (both chain time) nobody's silence is noted.
    """

    underway: Underway
    gifts: tuple[Gift, ...]
    splits: tuple[Split, ...]
    block_s: int | None
    pause_until_s: int
    problem: str


def initial(gifts: tuple[Gift, ...] = ()) -> UtilityState:
    """Begin with nothing under way: what an earlier run promised comes back as facts.

    `gifts` are those that an earlier run has noted down.
    """
    return UtilityState(
        underway=NOTHING,
        gifts=gifts,
        splits=(),
        block_s=None,
        pause_until_s=0,
        problem="",
    )
