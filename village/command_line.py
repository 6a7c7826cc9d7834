"""`python -m village`: a whole street on this machine, at 1:1000 and an hour in five seconds.

Chain, broker, relay server and one node per home are ordinary processes; only the physics is
played. Exit status 0 if every book closes and nobody sat in the dark, 1 if not, 2 if nothing was
played, 130 if it was ended before its books were closed.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from node.core.errors import NodeError
from node.parameters import spelling
from node.system.version import add_version
from node.system.words import called, told
from village.chains import CHAINS, USUAL, ChainKind
from village.households import FULL_SPEED
from village.lingering import is_interactive
from village.market.scenes import SCENES, Scene
from village.market.street import MARKET_DAY
from village.plant.street import DEFAULT_DAY, DEFAULT_HOMES, LEAST_HOMES, MOST_HOMES
from village.settings import RunSettings
from village.view import is_terminal

if TYPE_CHECKING:
    from village.sheet.day import Sheet
    from village.sheet.market import MarketSheet
    from village.sheet.scene import ScenesSheet

MOST_HOURS = 8760
"""A year; the data begin anew after as many."""
LAST_HOUR = 23
SLOWEST = 1.0
"""As fast as a real day."""
CHIPS = "chips --parameters FILE plays one home's sensors and sources instead: chips --help\n\n"
DATA = Path(__file__).resolve().parent / "data" / "fontana_homes.csv"


def main(arguments: Sequence[str] | None = None) -> int:
    """Play one street; give the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.scene and (not options.market or options.keep):
        parser.error("--scene is a day of the market with an end: with --market, without --keep")
    if options.scene and options.record_view:
        parser.error(f"--record-view {options.record_view}: it is of one street, without --scene")
    if options.hour is not None and not options.market:
        parser.error(f"--hour {options.hour}: it is the market's first, with --market")
    # Here, because it takes seconds to load, in which somebody may press Ctrl-C.
    from village.market.scene_play import play_scenes
    from village.run import run

    if options.chain is not USUAL and options.market:
        parser.error(f"--chain {options.chain.name}: it is of a street without --market")
    settings = RunSettings(
        chain=options.chain,
        homes=options.homes,
        hours=options.hours,
        first_day=options.first_day or (MARKET_DAY if options.market else DEFAULT_DAY),
        speed=options.speed,
        data=options.data,
        directory=options.directory.resolve(),
        keep=options.keep,
        coils_cut=options.cut_coils,
        is_live=is_terminal() and not options.plain,
        market_hour=(options.hour or 0) if options.market else None,
        view_file=options.record_view.resolve() if options.record_view else None,
        has_page=not (options.scene or options.no_page),
        lingers=is_interactive() and not (options.scene or options.no_page),
    )
    settings.interrupts.listen()
    try:
        for option, path in (("--json", options.json), ("--record-view", options.record_view)):
            if path is not None:
                _ensure_writable(option, path, settings.directory)

        def show(sheet: "Sheet | MarketSheet | ScenesSheet") -> None:
            print("\n".join(sheet.lines()), flush=True)
            if options.json is not None:
                options.json.write_text(json.dumps(sheet.as_plain()) + "\n", encoding="utf-8")

        sheet: Sheet | MarketSheet | ScenesSheet
        if options.scene:
            sheet = play_scenes(settings, options.scene)
            show(sheet)
        else:
            sheet = run(settings, show)
    except (NodeError, OSError, ValueError) as error:
        print(f"village: {told(error)}", file=sys.stderr)
        return 2
    return 0 if sheet.is_sound else 1


def _ensure_writable(option: str, given: Path, made_later: Path) -> None:
    """See that the result can be written, before a day is played for it.

    Raises:
        ValueError: it cannot.
    """
    path = given.resolve()
    try:
        if path.exists():
            path.open("ab").close()
        elif path.parent != made_later:
            # A file with no name shows whether the folder takes one, and leaves nothing there.
            tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise ValueError(
            f"{option} {path}: the result cannot be written ({error.strerror})"
        ) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=called("village", "village"),
        description=__doc__,
        epilog=CHIPS + _told("scenes", SCENES) + "\n" + _told("chains", CHAINS),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_version(parser)
    parser.add_argument(
        "--market",
        action="store_true",
        help="let all homes trade in the interval auction, on a common grid, with a utility",
    )
    parser.add_argument(
        "--hour",
        type=_whole(0, LAST_HOUR),
        metavar="HOUR",
        help="with --market: the hour of the day of its first interval, 0 to 23 (default 0)",
    )
    parser.add_argument(
        "--scene",
        nargs="+",
        type=_scene,
        metavar="NAME",
        help="with --market: play the honest day, and then each of these scenes on the same day;"
        " says what moved, what each home lost by it (status 1 if it did), and is told below",
    )
    parser.add_argument(
        "--chain",
        type=_chain,
        default=USUAL,
        metavar="NAME",
        help="play it on another chain; told below",
    )
    parser.add_argument(
        "--homes",
        type=_whole(LEAST_HOMES, MOST_HOMES),
        default=DEFAULT_HOMES,
        metavar="N",
        help=f"{LEAST_HOMES} to {MOST_HOMES} (default {DEFAULT_HOMES})",
    )
    parser.add_argument(
        "--hours",
        type=_whole(1, MOST_HOURS),
        default=24,
        metavar="N",
        help=f"hours to play, 1 to {MOST_HOURS} (default 24)",
    )
    parser.add_argument(
        "--from",
        dest="first_day",
        type=_day,
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
    parser.add_argument(
        "--no-page", action="store_true", help="serve no web page, and end once the day has"
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, also in a terminal")
    parser.add_argument(
        "--directory",
        type=Path,
        default=Path(".run/village"),
        help="where parameters, journals and logs go; a new or empty one, or a village's own,"
        " which is emptied first (default .run/village)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result there, too")
    parser.add_argument(
        "--record-view",
        type=Path,
        metavar="FILE",
        help="write there, as JSON, what the live table shows when most homes are fed by a"
        " neighbour",
    )
    return parser


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        with suppress(ValueError):
            if least <= (number := spelling.whole(text)) <= most:
                return number
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from {least} to {most}")

    return read


def _scene(text: str) -> Scene:
    if text in SCENES:
        return SCENES[text]
    raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(SCENES)}")


def _chain(text: str) -> ChainKind:
    if text in CHAINS:
        return CHAINS[text]
    raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(CHAINS)}")


def _told(what: str, rows: Mapping[str, Scene] | Mapping[str, ChainKind]) -> str:
    return f"{what}:\n" + "".join(f"  {row.name:<16}{row.told}\n" for row in rows.values())


def _day(text: str) -> date:
    with suppress(ValueError):
        return date.fromisoformat(text)
    raise argparse.ArgumentTypeError(f"{text} is not a day, as 2016-12-20")


def _speed(text: str) -> float:
    with suppress(ValueError):
        if SLOWEST <= (speed := float(spelling.decimal(text))) <= FULL_SPEED:
            return speed
    raise argparse.ArgumentTypeError(f"{text} is not a number from {SLOWEST:g} to {FULL_SPEED:g}")
