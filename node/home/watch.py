"""Show on a terminal what the running home does, anew each second, until Ctrl-C."""

import sys
import time
from collections.abc import Mapping
from typing import Any

from node.core.budget import SECONDS_PER_DAY
from node.core.errors import Refused
from node.core.units import format_tokens, format_wh
from node.home.commands import charge_in
from node.links.status import ask
from node.parameters.scheme import Parameters
from node.system.screen import Line, Screen, bar
from node.system.words import local_time, told, with_local_times

EVERY_S = 1.0
_CELLS = 24

Picture = Mapping[str, Any]


def watch(parameters: Parameters) -> int:
    """Show the running node until Ctrl-C; one that is away is waited for.

    Raises:
        Refused: nobody looks, for the output is no terminal.
    """
    if not sys.stdout.isatty():
        raise Refused("NoTerminal", "--watch needs a terminal; --json is for programs")
    names = {seller.account.lower(): name for name, seller in parameters.sellers.items()}
    with Screen(sys.stdout) as screen:
        try:
            while True:
                screen.draw(_now(parameters, names))
                time.sleep(EVERY_S)
        except KeyboardInterrupt:
            return 0


def _now(parameters: Parameters, names: Mapping[str, str]) -> list[Line]:
    try:
        picture = ask(parameters.node.state_directory, {"do": "status"})
    except Refused as error:
        return [Line(text=parameters.node.name), Line(text=f"! {told(error)}", warns=True)]
    assert isinstance(picture, dict)
    interval_s = parameters.contract.interval_s
    return [
        Line(text=with_local_times(line.text, interval_s), warns=line.warns)
        for line in watched(picture, names, time.localtime())
    ]


def watched(picture: Picture, names: Mapping[str, str], now: time.struct_time) -> list[Line]:
    """Give the lines of a picture; `names` has the neighbours' by account, in small letters."""
    if picture.get("starting") is True:
        started = "starting: sensors, relay, chain and broker are asked"
        return [Line(text=str(picture.get("node"))), Line(text=f"  {started}")]
    texts = [_head(picture, now), "", _charge(picture), _row("power", _powers(picture))]
    supply, delivery = picture.get("supply"), picture.get("delivery")
    if supply is not None:
        texts.append(_row("fed by", _fed_by(supply, names)))
    for name, part in (("supply", supply), ("delivery", delivery)):
        if part is not None:
            texts.append(_row(name, f"{part['mode']}: {part['reason']}"))
            texts += [_row("", part["waiting"])] if part["waiting"] else []
    if supply is not None:
        texts.append(_row("credit", format_wh(supply["credit_milliwh"])))
    auction = picture.get("auction")
    if auction is not None:
        texts.append(_row("auction", auction["reason"]))
    texts.append(_row("today", _money(picture)))
    faults = [Line(text=f"! {fault}", warns=True) for fault in picture.get("faults", ())]
    return [*(Line(text=text) for text in texts), *faults]


def _head(picture: Picture, now: time.struct_time) -> str:
    begun_s = now.tm_hour * 3600 + now.tm_min * 60 + now.tm_sec
    day = f"day {bar(begun_s / SECONDS_PER_DAY, _CELLS)}"
    return f"{picture['node']} ({picture['role']})  {local_time(picture['calendar_s'])}  {day}"


def _row(name: str, text: str) -> str:
    return f"  {name:<10}{text}"


def _charge(picture: Picture) -> str:
    soc = charge_in(picture)
    part = soc / 100 if soc is not None else None
    return _row("charge", f"{bar(part, _CELLS)} {'unknown' if soc is None else f'{soc:.1f} %'}")


def _powers(picture: Picture) -> str:
    """Tell the power at each meter; into the home is in, out of it out."""
    told_powers = []
    for meter in ("load", "connection", "generation"):
        if picture.get(meter) is None:
            continue
        power = picture[meter]["power_w"]
        way = "" if not power or meter == "load" else " in" if power > 0 else " out"
        value = "unknown" if power is None else f"{abs(power):.1f} W{way}"
        told_powers.append(f"{meter} {value}")
    return ", ".join(told_powers) or "no meter"


def _fed_by(supply: Picture, names: Mapping[str, str]) -> str:
    seller = supply["seller"]
    if not supply["closed"] or seller is None:
        return "own source"
    return names.get(seller.lower(), seller)


def _money(picture: Picture) -> str:
    supply, delivery = picture.get("supply"), picture.get("delivery")
    parts = [f"spent {format_tokens(supply['spent_today'])}"] if supply is not None else []
    # A node of before tells no earnings.
    if delivery is not None and "earned_today" in delivery:
        parts.append(f"earned {format_tokens(delivery['earned_today'])}")
    if isinstance(picture.get("tokens"), int):
        parts.append(f"{format_tokens(picture['tokens'])} tokens left")
    return ", ".join(parts) or "no money is known of"
