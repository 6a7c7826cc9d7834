"""`python -m page`: show on a web page what the homes and the utility on this machine do.

Exit status: 0 well, 1 something is wrong and said, 2 the command's words, 78 the parameters.
"""

import argparse
import getpass
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from node.core.errors import ConfigError, NodeError, Refused
from node.system.version import add_version
from node.system.words import called, told
from page.parameters import DEFAULT_PATH, Parameters, load
from page.password import PasswordFile

EX_CONFIG = 78


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry one command out, and give its exit status."""
    options = _parser().parse_args(arguments)
    # The journal adds the time.
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        parameters = load(options.parameters)
        return _carry_out(options, parameters)
    except ConfigError as error:
        for problem in error.problems:
            named = problem.path == str(options.parameters)
            print(problem if named else f"{options.parameters}: {problem}", file=sys.stderr)
        return EX_CONFIG
    except (NodeError, OSError) as error:
        print(told(error), file=sys.stderr)
        return 1


def _carry_out(options: argparse.Namespace, parameters: Parameters) -> int:
    match options.command:
        case "run":
            from page.server import run_page

            run_page(parameters)
            return 0
        case "check":
            from page.check import check

            return check(parameters)
        case _:
            return _password(PasswordFile(parameters.state_directory), reset=options.reset)


def _password(file: PasswordFile, *, reset: bool) -> int:
    if reset:
        file.remove()
        print("no password is set now; a running page tells a code for the first one in its log")
        return 0
    if sys.stdin.isatty():
        password = getpass.getpass("new password: ")
        if getpass.getpass("once more: ") != password:
            raise Refused("BadPassword", "the two are not the same; nothing has changed")
    else:
        password = sys.stdin.readline(1024).rstrip("\r\n")
    file.keep(password)
    print("the password is set; every session has ended")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=called("page", "page"), description=__doc__)
    add_version(parser)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add(commands, "run", "serve the page until it is told to stop")
    _add(commands, "check", "say whether the file is right, and each program can be asked")
    password = _add(commands, "password", "set the page's password, from the terminal or a pipe")
    password.add_argument(
        "--reset", action="store_true", help="take it away: the next one needs a code from the log"
    )
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
        help=f"the page's parameters file (default {DEFAULT_PATH})",
    )
    return parser
