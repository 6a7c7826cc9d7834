"""Decide what a person is told who does not look: what lasts, once when it begins and once when it
ends.

How it is told, and how often, is not decided here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from node.core.budget import Spent, day_of, spent_today
from node.core.faults import Fault, FaultName
from node.core.units import format_tokens

LASTING_S = 120.0
"""A fault that is over sooner is nothing to call a person for; monotonic seconds."""
AT_ONCE = frozenset({FaultName.CONTACT_STUCK.value, FaultName.GAS_LOW.value})
"""What does not go away by itself."""
MONEY_LOW = "money_low"
READINGS_SILENT = "readings_silent"
LOW_DAYS, WELL_DAYS = 3.0, 4.0
"""Money that lasts for fewer days is low, until it lasts for more than the second."""
MOST_DAYS = 7
"""So many of the last days tell what a day costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Hold what is wrong: its name, and one sentence."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """Hold what is wrong and since when (monotonic), what was told of it, and what days cost.

    `days` pairs calendar days with what was spent on each, in base units, the newest last.
    `began_s` is when an earlier run's were taken up (monotonic); None where there was none.
    """

    since: tuple[tuple[str, float], ...] = ()
    told: tuple[Alert, ...] = ()
    days: tuple[Spent, ...] = ()
    began_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Hold since when the oldest reading waits (calendar), and how long one may wait (seconds)."""

    since_s: float | None
    most_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAlerts:
    """Hold what outlasts a restart: what was told and is not over, and what the days cost."""

    told: tuple[Alert, ...]
    days: tuple[Spent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Hold what a person is to be told now."""

    begun: tuple[Alert, ...]
    ended: tuple[Alert, ...]


def resumed(kept: KeptAlerts, now_s: float) -> AlertState:
    """Go on from an earlier run: what it told is not told again, and its end is."""
    return AlertState(told=kept.told, days=kept.days, began_s=now_s)


def to_keep(state: AlertState) -> KeptAlerts:
    """Give what the next run goes on from."""
    return KeptAlerts(told=state.told, days=state.days)


def is_to_keep(before: AlertState, after: AlertState) -> bool:
    """Say whether a next run has to know: something was told, or another day has begun."""
    return before.told != after.told or before.days[:-1] != after.days[:-1]


def step(
    state: AlertState,
    faults: Iterable[Fault],
    tokens: int | None,
    spent: Spent | None,
    silence: Silence,
    calendar_s: float,
    now_s: float,
) -> tuple[AlertState, News]:
    """Compare what is wrong now with what was told; `spent` is None where a home does not buy.

    What an earlier run told is over when it has not been seen for a while: at a start little is.
    """
    days = _days(state.days, spent, calendar_s)
    wrong = {fault.name.value: fault.sentence for fault in faults}
    money = _money_low(state, tokens, days)
    if money is not None:
        wrong[MONEY_LOW] = money
    if silence.since_s is not None and calendar_s - silence.since_s > silence.most_s:
        hours = (calendar_s - silence.since_s) / 3600
        wrong[READINGS_SILENT] = f"readings wait here for {hours:.0f} h, and do not come through"
    before = dict(state.since)
    since = {name: before.get(name, now_s) for name in wrong}
    known = {alert.name for alert in state.told}
    begun = tuple(
        Alert(name=name, sentence=sentence)
        for name, sentence in wrong.items()
        if name not in known and now_s - since[name] >= _lasting_s(name)
    )
    is_new = state.began_s is not None and now_s - state.began_s < LASTING_S
    still = tuple(alert for alert in state.told if alert.name in wrong or is_new)
    ended = tuple(alert for alert in state.told if alert not in still)
    after = AlertState(
        since=tuple(since.items()),
        told=(*still, *begun),
        days=days,
        began_s=state.began_s if is_new else None,
    )
    return after, News(begun=begun, ended=ended)


def _lasting_s(name: str) -> float:
    return 0.0 if name in AT_ONCE or name in (MONEY_LOW, READINGS_SILENT) else LASTING_S


def _days(days: tuple[Spent, ...], spent: Spent | None, calendar_s: float) -> tuple[Spent, ...]:
    if spent is None:
        return ()
    today = Spent(day=day_of(calendar_s), amount=spent_today(spent, calendar_s))
    return (*(one for one in days if one.day < today.day), today)[-MOST_DAYS:]


def _money_low(state: AlertState, tokens: int | None, days: tuple[Spent, ...]) -> str | None:
    """Tell that money is low; the pace is that of the days, of which the last is not over yet."""
    cost = sum(day.amount for day in days)
    if tokens is None or not cost:
        return None
    lasts = tokens / (cost / len(days))
    was_low = any(alert.name == MONEY_LOW for alert in state.told)
    if lasts >= (WELL_DAYS if was_low else LOW_DAYS):
        return None
    return f"{format_tokens(tokens)} tokens last for {lasts:.1f} days more at this rate"
