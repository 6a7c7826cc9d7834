"""`python -m node`: run a home or the utility, check it, and ask what it is doing.

Exit status: 0 well, 1 something is wrong and said, 2 the command's words, 78 the parameters
(EX_CONFIG of sysexits.h; systemd does not start the unit again).
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from node.core.errors import ConfigError, NodeError
from node.core.units import tokens_from_decimal
from node.home.export_words import add_export
from node.home.setup_words import add_setup
from node.parameters import DEFAULT_PATH, load, spelling
from node.parameters.scheme import Parameters
from node.scan.words import add_scan
from node.system.version import add_version
from node.system.words import LocalTimes, called, told, with_local_times

EX_CONFIG = 78
NOTE_SILENCE = """Have the running node note on the chain that readings of an interval are missing.
Once the readings' deadline is over, an order without a reading is settled only an interval after
that. The utility does it by itself; where it does not, whoever waits for a silent neighbour's order
may. Who reports before the note counts is settled by its meter all the same. It costs the gas of
one transaction."""
_LOG_LAYOUT = "%(levelname)s %(name)s: %(message)s"


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry one command out, and give its exit status."""
    options = _parser().parse_args(arguments)
    runs = "run" in (options.command, getattr(options, "utility_command", None))
    usual = logging.INFO if runs else logging.WARNING
    logging.basicConfig(level=logging.DEBUG if options.verbose else usual, format=_LOG_LAYOUT)
    parameters: Parameters | None = None
    try:
        if options.command == "replay":
            from node.home.commands import replay_file

            return replay_file(options.file)
        if options.command == "restore":
            from node.account.commands import restore_from

            return restore_from(
                options.parameters,
                options.role,
                options.file,
                options.passphrase_file,
                overwrite=options.overwrite,
                parameters_out=options.parameters_out,
            )
        if options.command == "setup":
            from node.home.setup import set_up

            return set_up(options)
        if options.command == "scan":
            from node.scan.run import scan

            return scan(options)
        parameters = load(options.parameters)
        return _with_parameters(options, parameters)
    except ConfigError as error:
        for problem in error.problems:
            named = problem.path == str(options.parameters)
            print(problem if named else f"{options.parameters}: {problem}", file=sys.stderr)
        return EX_CONFIG
    except (NodeError, OSError, ValueError) as error:
        sentence = told(error)
        if parameters is not None:
            sentence = with_local_times(sentence, parameters.contract.interval_s)
        print(sentence, file=sys.stderr)
        return 1


def _with_parameters(options: argparse.Namespace, parameters: Parameters) -> int:
    from node.home import commands

    for handler in logging.getLogger().handlers:
        handler.setFormatter(LocalTimes(_LOG_LAYOUT, parameters.contract.interval_s))
    match options.command:
        case "run":
            from node.home.app import run_home

            run_home(parameters, lambda _late_s: None)
            return 0
        case "check":
            from node.home.check import check

            return check(parameters, options.parameters)
        case "account":
            return commands.account(parameters, options.role, options.action)
        case "utility":
            return _utility(options, parameters)
        case "export":
            return _export(options, parameters)
        case "backup" | "sweep" | "allow":
            return _guard(options, parameters)
        case "status":
            return _status(options, parameters)
        case "record":
            return commands.record(parameters)
        case "wish" | "keep":
            return _wish(options, parameters)
        case "note-silence":
            return commands.note_silence(parameters, options.interval)
        case _:
            return commands.own_source(parameters, options.state == "on")


def _status(options: argparse.Namespace, parameters: Parameters) -> int:
    from node.home.commands import show_status
    from node.home.watch import watch

    return watch(parameters) if options.watch else show_status(parameters, options.json)


def _wish(options: argparse.Namespace, parameters: Parameters) -> int:
    from node.home import commands

    if options.command == "keep":
        return commands.keep(parameters, options.only)
    return commands.wish(parameters, options.key, options.value)


def _utility(options: argparse.Namespace, parameters: Parameters) -> int:
    from node.home import commands
    from node.utility import commands as commands_utility

    match options.utility_command:
        case "run":
            from node.utility.app import run_utility

            run_utility(parameters, lambda _seconds: None)
            return 0
        case "check":
            from node.utility.check import check

            return check(parameters, options.parameters)
        case "account":
            return commands.account(parameters, "utility", options.action)
        case "withdraw":
            return commands_utility.withdraw(parameters, options.step, options.amount)
        case "audit":
            return commands_utility.audit(parameters, options.interval)
        case _:
            return commands_utility.show_status(parameters, options.json)


def _export(options: argparse.Namespace, parameters: Parameters) -> int:
    from node.account.roles import role_files
    from node.export import Asked, Layout, rows_of, write_csv, write_json

    if options.separator == options.decimal:
        raise ValueError(f"--separator and --decimal are both {options.separator!r}")
    asked = Asked(what=options.what, from_s=options.since_s, to_s=options.until_s)
    rows = rows_of(role_files(parameters, options.role).state_directory, asked)
    if options.format == "json":
        write_json(rows, sys.stdout)
    else:
        layout = Layout(separator=options.separator, decimal=options.decimal)
        write_csv(rows, sys.stdout, layout)
    return 0


def _guard(options: argparse.Namespace, parameters: Parameters) -> int:
    from node.account.commands import allow_sale, backup_to, sweep_to

    if options.command == "allow":
        return allow_sale(parameters, options.amount)
    if options.command == "backup":
        return backup_to(options.parameters, options.role, options.file, options.passphrase_file)
    return sweep_to(
        parameters,
        options.role,
        options.to,
        agreed=options.yes,
        despite_orders=options.despite_orders,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=called("node", "node"), description=__doc__)
    add_version(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="log every detail")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add(commands, "run", "run this home until it is told to stop")
    _add(commands, "check", "touch everything the file names, and say what to do about the rest")
    add_setup(_add(commands, "setup", "write a new home's parameters, make its account, and check"))
    add_scan(_add(commands, "scan", "look for chips and meters, and print their parameters"))
    status = _add(commands, "status", "show what the running node is doing")
    how = status.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="the whole picture, as JSON")
    how.add_argument("--watch", action="store_true", help="anew each second, until Ctrl-C")
    _add(commands, "record", "have the running node write its flight record")
    own = _add(commands, "own-source", "stay on the own source (on), or decide by itself (off)")
    own.add_argument("state", choices=("on", "off"))
    wish = _add(commands, "wish", "show what can be changed while the node runs, or change it")
    wish.add_argument("key", nargs="?", metavar="KEY", help="one of those that are shown")
    wish.add_argument("value", nargs="?", metavar="VALUE", help="a number; file = the file's again")
    keep = _add(commands, "keep", "write into the parameters file what is wished beside it")
    keep.add_argument(
        "--only",
        choices=("file", "wishes"),
        help="write the file, and leave the wishes; or let go of those that the file says itself",
    )
    note = _add(
        commands,
        "note-silence",
        "have the running node note that readings of an interval of the auction are missing",
    )
    note.description = NOTE_SILENCE
    note.add_argument(
        "interval", type=_interval, metavar="N", help="its number, as status and log tell it"
    )
    account = _add(commands, "account", "make the account (new), show it (show), or draw it (qr)")
    account.add_argument("action", choices=("new", "show", "qr"))
    _add_role(account)
    export = _add(
        commands, "export", "print the history: intervals, trades or events, oldest first"
    )
    add_export(export)
    _add_role(export)
    _add_guards(commands)
    utility = commands.add_parser("utility", help="the utility's commands: run, check, ...")
    _add_utility(utility.add_subparsers(dest="utility_command", required=True, metavar="COMMAND"))
    replaying = commands.add_parser("replay", help="run a flight record's decisions again")
    replaying.add_argument("file", type=Path, help="a file that `record` or a fault has written")
    return parser


def _add_utility(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    _add(commands, "run", "run the utility until it is told to stop")
    _add(commands, "check", "touch everything the file names, and say what to do about the rest")
    status = _add(commands, "status", "show what the running utility is doing")
    status.add_argument("--json", action="store_true", help="the whole picture, as JSON")
    account = _add(commands, "account", "make the account (new), show it (show), or draw it (qr)")
    account.add_argument("action", choices=("new", "show", "qr"))
    withdraw = _add(
        commands,
        "withdraw",
        "have the running utility announce that its money will leave, move it to its balance at"
        " the auction (execute), or take it out of that",
    )
    withdraw.add_argument("step", choices=("announce", "execute", "take"))
    withdraw.add_argument("amount", nargs="?", type=_tokens, metavar="TOKENS")
    audit = _add(commands, "audit", "work the published pairing out again; exit 1 if it differs")
    audit.add_argument("--interval", type=_interval, metavar="N", help="the interval that is meant")


def _tokens(text: str) -> int:
    try:
        amount = tokens_from_decimal(spelling.decimal(text))
    except ValueError as error:
        why = str(error) or "a decimal number of tokens"
        raise argparse.ArgumentTypeError(f"{text}: {why}") from None
    if amount < 0:
        raise argparse.ArgumentTypeError(f"{text}: an amount is not below 0")
    return amount


def _interval(text: str) -> int:
    try:
        number = spelling.whole(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text}: {str(error) or 'a whole number'}") from None
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text}: intervals count from 0")
    return number


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


def _add_guards(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    backup = _add(
        commands, "backup", "seal account, journal and parameters into a file (- = print)"
    )
    restore = _add(commands, "restore", "put such a file back, while the node does not run")
    for parser in (backup, restore):
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--passphrase-file", type=Path, metavar="FILE", help="its first line, instead of asking"
        )
    _add_role(backup)
    restore.add_argument(
        "--overwrite", action="store_true", help="replace what is there; it is kept beside"
    )
    restore.add_argument(
        "--role", choices=("node", "utility"), help="refuse a backup that is not this one's"
    )
    restore.add_argument(
        "--parameters-out",
        action="store_true",
        help="print the parameters, for somebody else to put in place, instead of writing them",
    )
    allow = _add(
        commands,
        "allow",
        "let the sale take so many tokens of the account for its orders (contract.pays_by:"
        " allowance); 0 takes it back",
    )
    allow.add_argument("amount", type=_tokens, metavar="TOKENS")
    sweep = _add(commands, "sweep", "send all tokens and coin of the account away")
    sweep.add_argument("to", metavar="ADDRESS")
    sweep.add_argument("--yes", action="store_true", help="do not ask")
    sweep.add_argument("--despite-orders", action="store_true", help="though orders are open")
    _add_role(sweep)


def _add_role(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--role",
        choices=("node", "utility"),
        default="node",
        help="whose: this home's, or the utility's on this host (default node)",
    )
