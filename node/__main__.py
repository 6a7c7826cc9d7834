"""`python -m node`: run a home, check it, and ask what it is doing.

Exit status: 0 well, 1 something is wrong and said, 2 the command's words, 78 the parameters
(EX_CONFIG of sysexits.h; systemd does not start the unit again).
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from node.core.errors import ConfigError, NodeError
from node.parameters import DEFAULT_PATH, Parameters, load

EX_CONFIG = 78


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry one command out, and give its exit status."""
    options = _parser().parse_args(arguments)
    usual = logging.INFO if options.command == "run" else logging.WARNING
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else usual,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        if options.command == "replay":
            from node.commands import replay_file

            return replay_file(options.file)
        return _with_parameters(options, load(options.parameters))
    except ConfigError as error:
        for problem in error.problems:
            named = problem.path == str(options.parameters)
            print(problem if named else f"{options.parameters}: {problem}", file=sys.stderr)
        return EX_CONFIG
    except (NodeError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


def _with_parameters(options: argparse.Namespace, parameters: Parameters) -> int:
    from node import commands

    match options.command:
        case "run":
            return _run(parameters, options.role)
        case "check":
            from node.check import check

            return check(parameters, options.parameters)
        case "account":
            return commands.account(parameters, options.role, options.action)
        case "status":
            return commands.show_status(parameters, options.json)
        case "record":
            return commands.record(parameters)
        case _:
            return commands.own_source(parameters, options.state == "on")


def _run(parameters: Parameters, role: str) -> int:
    if role == "utility":
        print("this version has no program of the utility's", file=sys.stderr)
        return EX_CONFIG
    from node.app import run_home

    run_home(parameters, lambda _late_s: None)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m node", description=__doc__)
    parser.add_argument("-v", "--verbose", action="store_true", help="log every detail")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = _add(commands, "run", "run this home until it is told to stop")
    _add_role(run)
    _add(commands, "check", "touch everything the file names, and say what to do about the rest")
    status = _add(commands, "status", "show what the running node is doing")
    status.add_argument("--json", action="store_true", help="the whole picture, as JSON")
    _add(commands, "record", "have the running node write its flight record")
    own = _add(commands, "own-source", "stay on the own source (on), or decide by itself (off)")
    own.add_argument("state", choices=("on", "off"))
    account = _add(commands, "account", "make the account (new), show it (show), or draw it (qr)")
    account.add_argument("action", choices=("new", "show", "qr"))
    _add_role(account)
    replaying = commands.add_parser("replay", help="run a flight record's decisions again")
    replaying.add_argument("file", type=Path, help="a file that `record` or a fault has written")
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, sentence: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=sentence, description=sentence)
    parser.add_argument(
        "--parameters",
        type=Path,
        default=DEFAULT_PATH,
        metavar="FILE",
        help=f"the parameters file (default {DEFAULT_PATH})",
    )
    return parser


def _add_role(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--role",
        choices=("node", "utility"),
        default="node",
        help="whose: this home's, or the utility's on this host (default node)",
    )


if __name__ == "__main__":
    sys.exit(main())
