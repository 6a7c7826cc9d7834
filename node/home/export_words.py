"""The words of `python -m node export`; what they do is in `node.export`."""

import argparse

FAR_S = 2.0**40
"""Calendar seconds after everything."""


def add_export(parser: argparse.ArgumentParser) -> None:
    """Add what of a history is printed, and how."""
    when = (
        "a date or an instant, as 2026-11-01 or 2026-11-01T18:00+01:00; local where it has no zone"
    )
    parser.add_argument(
        "--from", dest="since_s", type=_instant, default=0.0, metavar="T", help=when
    )
    parser.add_argument(
        "--to", dest="until_s", type=_instant, default=FAR_S, metavar="T", help="before that"
    )
    parser.add_argument("--what", choices=("intervals", "trades", "events"), default="intervals")
    parser.add_argument("--format", choices=("csv", "json"), default="csv")
    parser.add_argument("--separator", default=",", metavar="C", help="between columns (default ,)")
    parser.add_argument("--decimal", choices=(".", ","), default=".", help="in numbers (default .)")


def _instant(text: str) -> float:
    # Loaded when it is needed: a start of the home does without it.
    from node.export import instant

    try:
        return instant(text)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from None
