"""The words of `python -m community`."""

import argparse
from pathlib import Path

from community.imports.mapping import shapes
from node.system.version import add_version
from node.system.words import called


def options() -> argparse.ArgumentParser:
    """Give the parser."""
    parser = argparse.ArgumentParser(
        prog=called("community", "community"),
        description=(
            "Do a community's month: import quarter hours, see whether all is there, share, bill."
        ),
        epilog=(
            "All lies in one directory: rules.yml, and community.sqlite, unless rules.yml names"
            " another database."
        ),
    )
    add_version(parser)
    parser.add_argument(
        "--directory", type=Path, default=Path(), help="the community's (default: here)"
    )
    commands = parser.add_subparsers(dest="command", required=True)

    new = commands.add_parser("new", help="begin a community: write rules.yml to be edited")
    new.add_argument("name", help="the community's name")

    example = commands.add_parser("example", help="make up a community of five, to try this with")
    example.add_argument("month", help="as 2026-11")

    members = commands.add_parser("members", help="who takes part, with which points")
    actions = members.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="print all members as a table (CSV)")
    told = actions.add_parser("import", help="take members from such a table")
    told.add_argument("file", type=Path, help="CSV; `members list` prints its columns")
    gone = actions.add_parser("forget", help="delete a person and all readings of its points")
    gone.add_argument("name", help="the member's name")
    gone.add_argument(
        "--yes", action="store_true", help="do it; without it only what would be done is said"
    )

    into = commands.add_parser("import", help="take quarter hours from files")
    into.add_argument("files", type=Path, nargs="+", metavar="FILE", help="XLSX or CSV")
    into.add_argument(
        "--as",
        dest="shape",
        default="eda",
        metavar="SHAPE",
        help=f"eda (Austria's energy report), {', '.join(shapes())}, or a mapping file"
        " (default: %(default)s)",
    )
    into.add_argument("--point", help="whose values these are, where the file does not say")

    for name, what in (
        ("status", "say whether a month is complete, or what is missing"),
        ("allocate", "share a month and print what each point got or gave (CSV)"),
        ("bill", "issue a month's bills: HTML and CSV below bills/"),
        ("report", "say what the community shared, and who paid and received"),
    ):
        of_month = commands.add_parser(name, help=what)
        of_month.add_argument("month", help="as 2026-11")
        if name == "bill":
            of_month.add_argument(
                "--correct", action="store_true", help="replace bills that would differ today"
            )
            of_month.add_argument(
                "--year", type=int, help="whose numbers are taken (default: this year's)"
            )

    chain = commands.add_parser(
        "chain", help="write statements of what the chain settled in a month: sale and auction"
    )
    chain.add_argument("month", help="as 2026-11")
    chain.add_argument(
        "--file",
        type=Path,
        help="what `contracts deploy --community` wrote (default: community.yml in the directory)",
    )

    study = commands.add_parser("study", help="compare rules of sharing on homes' own data")
    study.add_argument("scenario", type=Path, help="YAML; docs/community.md has one")
    study.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where the results are written"
    )
    study.add_argument("--homes", type=int, help="so many, made up after those of the table")
    study.add_argument("--days", type=int, help="the first so many days (default: all)")

    kept = commands.add_parser("backup", help="copy the database to a file")
    kept.add_argument("target", type=Path, help="a file that does not exist yet")

    back = commands.add_parser("restore", help="take a backup into a database that is empty")
    back.add_argument("source", type=Path, help="a file that `backup` wrote")
    return parser
