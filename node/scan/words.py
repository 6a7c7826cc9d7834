"""The words of `python -m node scan`; what they do is in `run`, which not every start loads."""

import argparse

from node.parameters import spelling

SECONDS = 12.0
LONGEST_S = 600.0


def add_scan(parser: argparse.ArgumentParser) -> None:
    """Add where to look; the file's own bus and broker are looked at by themselves."""
    parser.description = (
        "Look for what this home could measure with, and print the lines for its parameters: what"
        " answers on the I2C bus, which serial ports have a meter's words, and which topics of the"
        " broker look like a meter. Nothing is written to a chip or published, and a running node"
        " is not disturbed: its ports are left alone. It works without a parameters file, too."
    )
    parser.add_argument(
        "--i2c",
        action="append",
        default=[],
        metavar="BUS",
        help="a bus, as /dev/i2c-1; again for each (default: the file's)",
    )
    parser.add_argument(
        "--spi",
        action="append",
        default=[],
        metavar="DEVICE",
        help="a device where an MCP3008 may be, as /dev/spidev0.0: none is asked by itself, as"
        " another chip would take the question for a word to it",
    )
    parser.add_argument(
        "--serial",
        action="append",
        default=[],
        metavar="PORT",
        help="a port, as /dev/ttyUSB0 (default: all on USB; a board that restarts when its port is"
        " opened does so)",
    )
    parser.add_argument(
        "--broker", metavar="HOST[:PORT]", help="another broker than the file's (port 1883)"
    )
    parser.add_argument("--user", help="with --broker: the user to log in as")
    parser.add_argument("--password-file", metavar="FILE", help="with --broker: its password")
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=SECONDS,
        metavar="N",
        help=f"how long each port is listened to at each speed, and the broker, 1 to"
        f" {LONGEST_S:g} (default {SECONDS:g})",
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(spelling.decimal(text))
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds, 1 to {LONGEST_S:g}")
    return seconds
