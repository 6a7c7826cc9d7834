"""Say what is to be played, as fast as what, and where its files go."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from village.chains import USUAL, ChainKind
from village.interrupts import Interrupts
from village.market.scenes import HONEST, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """Hold what is to be played, and where its files go.

    `market_hour` is the hour of the day at which the market's first interval begins; None plays
    the street without a market. `scene` is what is done to the market's day, `chain`
    what the street's chain is like. Where there is a
    `view_file`, one moment of the table is written to it. `has_page` serves the web page, and with
    `lingers` homes and page go on at rest after the day, until somebody has seen enough.
    """

    homes: int
    hours: int
    first_day: date
    speed: float
    data: Path
    directory: Path
    keep: bool
    coils_cut: bool
    is_live: bool
    market_hour: int | None
    scene: Scene = HONEST
    chain: ChainKind = USUAL
    view_file: Path | None = None
    has_page: bool = False
    lingers: bool = False
    interrupts: Interrupts = field(default_factory=Interrupts)
