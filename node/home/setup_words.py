"""The words of `python -m node setup`; what they do is in `setup`, which not every start loads."""

import argparse

from node.parameters import spelling


def add_setup(parser: argparse.ArgumentParser) -> None:
    """Add what a new home can be told about; name, role and sensors are asked for if left out."""
    parser.add_argument("--name", help="the home's name (default: asked for)")
    parser.add_argument(
        "--role",
        choices=("consumer", "producer", "prosumer", "member"),
        help="what it does in the street (default: asked for)",
    )
    parser.add_argument("--battery-wh", type=_decimal, metavar="WH", help="the battery's capacity")
    parser.add_argument(
        "--sensor",
        action="append",
        metavar="NAME=chip:CHIP,KEY:VALUE,...",
        help="a chip on the bus, as load=chip:ina226,address:0x40,feeds:load; again for each"
        " (default: asked for)",
    )
    parser.add_argument(
        "--include",
        default="community.yml",
        metavar="FILE",
        help="the community's file, beside the parameters (default: %(default)s)",
    )
    parser.add_argument("--state-directory", metavar="PATH", help="as node.state_directory")
    parser.add_argument("--password-file", metavar="PATH", help="as node.password_file")


def _decimal(text: str) -> str:
    """Take a number that the parameters take, as it is written."""
    try:
        spelling.decimal(text)
    except ValueError as error:
        why = str(error) or "a decimal number"
        raise argparse.ArgumentTypeError(f"{text}: {why}") from None
    return text
