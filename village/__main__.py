"""`python -m village`: a whole street on this machine, at 1:1000 and an hour in five seconds.

Chain, broker, relay server and one node per home are ordinary processes; only the physics is
played. Exit status 0 if every book closes and nobody sat in the dark.
"""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from node.core.errors import NodeError
from village.households import FULL_SPEED
from village.market_street import MARKET_DAY
from village.run import RunSettings, run
from village.street import DEFAULT_DAY, DEFAULT_HOMES
from village.view import is_terminal

SLOWEST = 1.0
"""As fast as a real day."""
DATA = Path(__file__).resolve().parent / "data" / "fontana_homes.csv"


def main(arguments: Sequence[str] | None = None) -> int:
    """Play one street; give the exit status."""
    options = _parser().parse_args(arguments)
    settings = RunSettings(
        homes=options.homes,
        hours=options.hours,
        first_day=options.first_day or (MARKET_DAY if options.market else DEFAULT_DAY),
        speed=options.speed,
        data=options.data,
        directory=options.directory.resolve(),
        keep=options.keep,
        coils_cut=options.cut_coils,
        is_live=is_terminal() and not options.plain,
        market_hour=options.hour if options.market else None,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sheet = run(settings)
    except (NodeError, OSError, ValueError) as error:
        print(f"village: {error}", file=sys.stderr)
        return 2
    print("\n".join(sheet.lines()))
    if options.json is not None:
        options.json.write_text(json.dumps(sheet.as_plain()) + "\n", encoding="utf-8")
    return 0 if sheet.is_sound else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m village", description=__doc__)
    parser.add_argument(
        "--market",
        action="store_true",
        help="let all homes trade in the interval auction, on a common grid, with a utility",
    )
    parser.add_argument(
        "--hour",
        type=int,
        choices=range(24),
        default=0,
        metavar="HOUR",
        help="with --market: the hour of the day of its first interval (default 0)",
    )
    parser.add_argument("--homes", type=int, default=DEFAULT_HOMES, help="2 to 12 (default 4)")
    parser.add_argument("--hours", type=int, default=24, help="hours to play (default 24)")
    parser.add_argument(
        "--from",
        dest="first_day",
        type=date.fromisoformat,
        metavar="DATE",
        help=f"first day of the data to play (default {DEFAULT_DAY}, with --market {MARKET_DAY})",
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        default=FULL_SPEED,
        metavar="N",
        help=f"calendar seconds per real second at most, 1 to {FULL_SPEED:g} (default"
        f" {FULL_SPEED:g}: an hour in 5 s); a busy machine plays more slowly",
    )
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="FILE", help="another CSV with the same columns"
    )
    parser.add_argument(
        "--keep", action="store_true", help="leave it running until interrupted (Ctrl-C)"
    )
    parser.add_argument(
        "--cut-coils",
        action="store_true",
        help="cut the wires to the relay's coils: no command moves a contact",
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, also in a terminal")
    parser.add_argument(
        "--directory",
        type=Path,
        default=Path(".run/village"),
        help="where parameters, journals and logs go; emptied first (default .run/village)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result there, too")
    return parser


def _speed(text: str) -> float:
    with suppress(ValueError):
        if SLOWEST <= (speed := float(text)) <= FULL_SPEED:
            return speed
    raise argparse.ArgumentTypeError(f"{text} is not a number from {SLOWEST:g} to {FULL_SPEED:g}")


if __name__ == "__main__":
    sys.exit(main())
