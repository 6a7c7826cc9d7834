"""Take each drifting sensor's zero off its samples, and keep what was found over a restart."""

import math
from collections.abc import Callable, Mapping, Sequence

from node.core.energy.zero import SAMPLES, ZeroRules, begin, corrected, follow
from node.core.records import PowerSample, RelayView, Sample
from node.ports import SensorBus

KEEP_EVERY_S = 1800.0
"""How rarely a zero that moves a little goes to disk (monotonic): a card wears."""
KEEP_STEP_A = 0.005
PREFIX = "zero/"
Keep = Callable[[Mapping[str, str | None]], None]


class Zeroing:
    """Stand before a home's sensors; a `SensorBus`.

    `is_open` says whether it is known that no contact of the home is closed; `keep` takes texts
    that are to outlast a restart, of which `kept` are those that did.
    """

    def __init__(
        self,
        sensors: SensorBus,
        rules: Mapping[str, ZeroRules],
        kept: Mapping[str, str],
        keep: Keep,
        is_open: Callable[[], bool],
    ) -> None:
        self._sensors = sensors
        self._rules = dict(rules)
        self._keep = keep
        self._is_open = is_open
        self._kept_a = {
            name: _recalled(one, kept.get(PREFIX + name)) for name, one in rules.items()
        }
        self._zeros = {name: begin(one, self._kept_a[name]) for name, one in rules.items()}
        self._kept_at_s = -math.inf

    async def sample_all(self) -> Sequence[Sample | Exception]:
        """Sample each sensor once; its zero is taken off where it has one."""
        is_open = self._is_open()
        return [self._corrected(outcome, is_open) for outcome in await self._sensors.sample_all()]

    def close(self) -> None:
        """Close the sensors; may be called twice."""
        self._sensors.close()

    def _corrected(self, outcome: Sample | Exception, is_open: bool) -> Sample | Exception:
        if not isinstance(outcome, PowerSample) or outcome.sensor not in self._rules:
            return outcome
        name, rules = outcome.sensor, self._rules[outcome.sensor]
        zero = follow(
            rules, self._zeros[name], outcome.current_a, outcome.taken_at_s, is_open=is_open
        )
        self._zeros[name] = zero
        if zero.samples == SAMPLES:
            self._save(name, zero.zero_a, outcome.taken_at_s)
        return corrected(rules, zero, outcome)

    def _save(self, name: str, zero_a: float, now_s: float) -> None:
        kept_a = self._kept_a[name]
        is_long_ago = now_s - self._kept_at_s >= KEEP_EVERY_S
        if kept_a is not None and (not is_long_ago or abs(zero_a - kept_a) < KEEP_STEP_A):
            return
        self._kept_a[name], self._kept_at_s = zero_a, now_s
        self._keep({PREFIX + name: f"{zero_a:.5f}"})


def all_open(relay: RelayView | None, account: str | None, *, is_lost: bool) -> bool:
    """Say whether it is known that no contact to this home is closed, in or out."""
    if relay is None or account is None or is_lost or relay.stuck:
        return False
    ours = [one for one in relay.connections if account in (one.holder, *one.consents)]
    return bool(ours) and not any(one.closed for one in ours)


def _recalled(rules: ZeroRules, text: str | None) -> float | None:
    """Read a zero that was kept; what is no zero any more is as good as lost."""
    try:
        kept_a = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return kept_a if abs(kept_a - rules.zero_a) <= rules.most_zero_a else None
