"""Judge the state of charge: fresh, plausible, and settled, or not known at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from node.core.records import BatterySample


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryPicture:
    """Hold the battery as judged from its last samples.

    `soc_pct` is None when there is no fresh, plausible sample; `settled` says that enough of them
    agree; `problem` says in one sentence why there is none. `off_pct` is how far the charge may be
    from the truth where it was counted, and no gauge's word.
    """

    soc_pct: float | None
    settled: bool
    taken_at_s: float | None
    problem: str | None
    off_pct: float | None = None


def judge(
    samples: Sequence[BatterySample],
    now_s: float,
    max_age_s: float,
    settle_samples: int,
    settle_band_pct: float,
    problem: str | None,
) -> BatteryPicture:
    """Judge the newest samples, oldest first.

    Settled means that the last `settle_samples` are all fresh and lie within `settle_band_pct`
    of each other: a gauge's estimate jumps when the load does, and a jump must not buy.
    """
    fresh = [sample for sample in samples if now_s - sample.taken_at_s <= max_age_s]
    if not fresh:
        return BatteryPicture(
            soc_pct=None,
            settled=False,
            taken_at_s=None,
            problem=problem or "no sample of the state of charge is fresh",
        )
    last = fresh[-settle_samples:]
    spread = max(sample.soc_pct for sample in last) - min(sample.soc_pct for sample in last)
    return BatteryPicture(
        soc_pct=fresh[-1].soc_pct,
        settled=len(last) == settle_samples and spread <= settle_band_pct,
        taken_at_s=fresh[-1].taken_at_s,
        problem=None,
    )
