"""What a person can ask of the node on the command line, apart from running it.

Whoever asks waits for what is loaded, seconds on a small board: each command loads its own.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from node.core.errors import Refused
from node.core.units import format_tokens, format_wh
from node.home.wishes import THE_FILES
from node.links.status import ask
from node.parameters.scheme import Parameters
from node.settings import ledger_settings
from node.system.terminal import can_show
from node.system.words import with_local_times

LEARNING = (
    "no forecast yet: the first order comes after four to five days of readings, counted from the"
    " first start"
)


def show_status(parameters: Parameters, as_json: bool) -> int:
    """Print the running node's present picture."""
    picture = ask(parameters.node.state_directory, {"do": "status"})
    if as_json:
        print(json.dumps(picture, indent=2))
        return 0
    assert isinstance(picture, dict)
    for line in _lines(picture):
        print(with_local_times(line, parameters.contract.interval_s))
    return 0


def record(parameters: Parameters) -> int:
    """Have the running node write its flight record, and print where."""
    print(ask(parameters.node.state_directory, {"do": "record"}))
    return 0


def own_source(parameters: Parameters, on: bool) -> int:
    """Tell the running node to stay on its own source, or to decide by itself again."""
    print(ask(parameters.node.state_directory, {"do": "own_source", "on": on}))
    return 0


def wish(parameters: Parameters, key: str | None, value: str | None) -> int:
    """Tell the running node a wish, or that the file counts again; then show all of them."""
    directory = parameters.node.state_directory
    if key is None:
        found = ask(directory, {"do": "wishes"})
    else:
        taken = None if value in (None, THE_FILES) else value
        found = ask(directory, {"do": "wish", "key": key, "value": taken, "by": "a command"})
    assert isinstance(found, list)
    for row in found:
        file = row["default"] if row["file"] is None else row["file"]
        wished = "" if row["wish"] is None else f", wished {row['wish']} by {row['by']}"
        print(f"{row['key']:<28} {file}{wished} ({row['bound']})")
    return 0


def keep(parameters: Parameters, only: str | None) -> int:
    """Write into the file what is wished beside it, and let go of it; or one of both `only`."""
    from node.home.keep import keep_in_file, let_wishes_go

    if only != "wishes":
        parameters = keep_in_file(parameters)
    if only != "file":
        let_wishes_go(parameters)
    return 0


def note_silence(parameters: Parameters, interval: int) -> int:
    """Have the running node note that readings of an interval are missing."""
    request = {"do": "note_silence", "interval": interval}
    print(ask(parameters.node.state_directory, request))
    print("what becomes of it is in the node's log; it counts an interval after it is on the chain")
    return 0


def account(parameters: Parameters, role: str, action: str) -> int:
    """Make a role's account (`new`), show what it has (`show`), or draw its address (`qr`)."""
    from node.account.roles import role_files
    from node.account.show import new_account, show_account

    files = role_files(parameters, role)
    if action == "new":
        new_account(files.keystore, files.password_file, os.environ, print)
        return 0
    address = files.address or files.open().account
    if action == "qr":
        from node.account.qr import drawn

        code = drawn(address)
        print(address)
        if can_show(code):
            print(code)
            print(address)
        else:
            print("the code is not shown: this terminal does not speak UTF-8", file=sys.stderr)
        return 0
    settings = ledger_settings(parameters, read_only=True)
    if settings is None:
        raise Refused("NoChain", "the parameters name no chain, or not all its contracts")
    show_account(address, settings, print)
    return 0


def replay_file(path: Path) -> int:
    """Run a flight record's decisions again; exit 1 at the first difference."""
    from node.state.recorder import replay

    cycles = 0
    for difference in replay(path):
        if difference is not None:
            print(f"cycle {difference.cycle}: the commands differ", file=sys.stderr)
            print(f"  recorded: {difference.recorded}", file=sys.stderr)
            print(f"  replayed: {difference.replayed}", file=sys.stderr)
            return 1
        cycles += 1
    print(f"{cycles} cycles replayed: the same commands")
    return 0


def charge_in(picture: Mapping[str, Any]) -> float | None:
    """Give the state of charge of a picture, in percent; None while it is unknown."""
    charge: float | None = picture.get("soc_pct")
    return charge


def _lines(picture: Mapping[str, object]) -> list[str]:
    soc = charge_in(picture)
    lines = [
        f"{picture.get('node')} ({picture.get('role')}, {picture.get('account') or 'no account'})",
        f"  state of charge  {'unknown' if soc is None else f'{soc:.1f} %'}",
    ]
    starting = picture.get("starting") is True
    if starting:
        lines.append("  starting         sensors, relay, chain and broker are asked")
    for part in ("supply", "delivery"):
        section = picture.get(part)
        if isinstance(section, dict) and not starting:
            lines.append(f"  {part:<16} {section['mode']}: {section['reason']}")
            if section["waiting"]:
                lines.append(f"  {'':<16} {section['waiting']}")
    lines += _wishes(picture)
    supply = picture.get("supply")
    if isinstance(supply, dict):
        lines.append(f"  credit           {format_wh(supply['credit_milliwh'])}")
        lines += [
            f"  order {order['number']:<10} {format_wh(order['drawn_milliwh'])} of"
            f" {format_wh(order['energy_milliwh'])} drawn, {order['seller']}"
            for order in supply["orders"]
        ]
    for part in ("load", "connection"):
        meter = picture.get(part)
        if isinstance(meter, dict):
            lines.append(
                f"  {part:<16} in {format_wh(meter['import_milliwh'])},"
                f" out {format_wh(meter['export_milliwh'])}"
            )
    lines += auction_lines(picture.get("auction"))
    tokens, block = picture.get("tokens"), picture.get("block")
    if isinstance(tokens, int):
        lines.append(f"  tokens           {format_tokens(tokens)} at block {block}")
    lines += _readings(picture, "", "chain") + _readings(picture, "_mqtt", "broker")
    faults = [] if starting else picture.get("faults")
    lines += [f"  fault            {fault}" for fault in faults] if isinstance(faults, list) else []
    return lines


def _wishes(picture: Mapping[str, object]) -> list[str]:
    """Tell what stands over the file; a node of before told none."""
    found, notice = picture.get("wishes"), picture.get("wish_notice")
    wishes = found if isinstance(found, dict) else {}
    lines = [f"  wish             {key}: {value}" for key, value in wishes.items()]
    return [*lines, f"  note             {notice}"] if notice else lines


def _readings(picture: Mapping[str, object], end: str, place: str) -> list[str]:
    waiting, dropped = picture.get(f"readings_waiting{end}"), picture.get(f"readings_dropped{end}")
    if not waiting and not dropped:
        return []
    return [f"  readings         {waiting} wait for the {place}, {dropped} dropped"]


def auction_lines(picture: object) -> list[str]:
    """Tell what stands at the auction, and what was filled, drawn and expected; none without it."""
    if not isinstance(picture, dict):
        return []
    lines = [f"  auction          {picture['reason']}"]
    if picture["waiting"]:
        lines.append(f"  {'':<16} {picture['waiting']}")
    for order in picture["orders"]:
        limits = ", ".join(
            f"{kind} at {format_tokens(price)}/kWh" for kind, price in order["limits"].items()
        )
        what = f"{order['side']} {format_wh(order['energy_milliwh'])} of {limits}"
        lines.append(f"  interval {order['interval']:<7} {what}: {_fill(order)}")
    for part in picture["parts"]:
        drawn, energy = part["drawn_milliwh"], format_wh(part["energy_milliwh"])
        served = energy if drawn is None else f"{format_wh(drawn)} of {energy} drawn"
        lines.append(
            f"  part in {part['interval']:<8} {served}, {part['kind']} from {part['seller']}"
            f" to {part['buyer']}"
        )
    error, plain = picture["forecast_error_milliwh"], picture["as_the_last_error_milliwh"]
    if picture.get("learning"):
        lines.append(f"  learning         {LEARNING}")
    for outlook in picture["expected"]:
        need = outlook["expected_milliwh"]
        what = f"a surplus of {format_wh(-need)}" if need < 0 else f"a need of {format_wh(need)}"
        lines.append(f"  expected         in interval {outlook['interval']} {what}")
    if error is not None:
        lines.append(
            f"  forecast         {format_wh(error)} off on average;"
            f" as the last interval {format_wh(plain)}"
        )
    if picture["balance"] is not None:
        owed = f", {format_tokens(picture['owed'])} owed" if picture["owed"] else ""
        lines.append(f"  at the auction   {format_tokens(picture['balance'])} free{owed}")
    return lines


def _share(order: Mapping[str, Any], kind: str) -> str:
    """Tell whose word the price may be; a node of before told no shares."""
    share = order.get("largest_seller_pct", {}).get(kind)
    return "" if share is None else f" ({share} % of it from one seller)"


def _fill(order: Mapping[str, Any]) -> str:
    if order["filled_milliwh"] is None:
        return "not cleared yet"
    filled = [
        f"{format_wh(energy)} of {kind} at {format_tokens(order['prices'][kind])}/kWh"
        f"{_share(order, kind)}"
        for kind, energy in order["filled_milliwh"].items()
        if energy
    ]
    return f"filled {', '.join(filled)}" if filled else "nothing of it filled"
