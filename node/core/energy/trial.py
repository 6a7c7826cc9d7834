"""Judge a gauge's word over time: frozen while energy flows, or jumped, it is no fact.

It is judged where all that flows at the battery is counted (`node.core.energy.coulombs`), for only
then is known what the word ought to be. A gauge that was powered up under load guesses from a
sagging cell's voltage; it is believed again once it agrees, as it learns, or as the count's own
doubt grows.
"""

from dataclasses import dataclass, replace

from node.core.energy.coulombs import Charge

FROZEN_PCT = 5.0
"""A gauge counts in 256ths of a per cent: over a twentieth of the battery its word must move."""
AGREES_WITHIN_PCT = 10.0
"""How far a running gauge may be from the truth, beside how far the count may be."""
FULL_PCT, EMPTY_PCT = 100.0, 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Hold a gauge's newest word, and by how much the battery has moved since it was another.

    `moved_pct` is of the battery, positive: into it.
    """

    word_pct: float | None
    moved_pct: float


UNHEARD = Trial(word_pct=None, moved_pct=0.0)


def hear(trial: Trial, word_pct: float, moved_pct: float) -> Trial:
    """Take the gauge's word, before which the battery moved by so much since the last one."""
    if trial.word_pct != word_pct:
        return Trial(word_pct=word_pct, moved_pct=0.0)
    # At its end a gauge's word stays, and rightly.
    is_full, is_empty = word_pct >= FULL_PCT, word_pct <= EMPTY_PCT
    is_at_end = (is_full and moved_pct > 0) or (is_empty and moved_pct < 0)
    return replace(trial, moved_pct=0.0 if is_at_end else trial.moved_pct + moved_pct)


def verdict(trial: Trial, charge: Charge) -> str | None:
    """Say why the gauge's word is no fact; None where nothing speaks against it."""
    word_pct = trial.word_pct
    if word_pct is None:
        return None
    if abs(trial.moved_pct) >= FROZEN_PCT:
        return (
            f"its word stands at {word_pct:.1f} % while {FROZEN_PCT:g} % of the battery or more"
            f" flowed {'in' if trial.moved_pct > 0 else 'out'}"
        )
    expected_pct = charge.soc_pct
    if expected_pct is None:
        return None
    if abs(word_pct - expected_pct) > AGREES_WITHIN_PCT + charge.off_pct:
        return (
            f"its word is {word_pct:.0f} %, and {expected_pct:.0f} % was counted,"
            f" give or take {charge.off_pct:.0f}"
        )
    return None
