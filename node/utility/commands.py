"""What a person can ask of the utility on the command line, apart from running it."""

import json
import sys
from collections.abc import Mapping
from itertools import zip_longest

from node.core.auction.pairing import Wires
from node.core.errors import Refused
from node.core.units import format_tokens
from node.core.wire.json_text import read_json
from node.links.broker.once import read_retained
from node.links.broker.pairings import pairing_object
from node.links.status import ask
from node.parameters.scheme import Parameters
from node.system.words import local_time, program, with_local_times
from node.utility.settings import utility_ledger_settings, utility_mqtt_settings, utility_of

ANSWER_WITHIN_S = 5.0


def show_status(parameters: Parameters, as_json: bool) -> int:
    """Print the running utility's present picture."""
    picture = ask(utility_of(parameters).state_directory, {"do": "status"})
    if as_json:
        print(json.dumps(picture, indent=2))
        return 0
    assert isinstance(picture, dict)
    for line in _lines(picture):
        print(with_local_times(line, parameters.contract.interval_s))
    return 0


def withdraw(parameters: Parameters, step: str, amount: int | None) -> int:
    """Have the running utility move its money; `amount` is in base units."""
    request = {"do": "withdraw", "step": step} | ({} if amount is None else {"amount": amount})
    print(ask(utility_of(parameters).state_directory, request))
    print(f"what becomes of it is in `{program()} utility status`")
    return 0


def audit(parameters: Parameters, interval: int | None) -> int:
    """Work the published pairing out again; exit 1 with the first difference."""
    settings = utility_ledger_settings(parameters, read_only=True)
    if settings is None:
        raise Refused("NoChain", "the parameters name no chain, no auction, or not all contracts")
    told = _published(parameters)
    # Here, because eth_abi takes seconds to load, and the other commands do not need it.
    from node.ledger.views.utility.audit import pairing_on_chain

    number = told.get("interval")
    if not isinstance(number, int) or interval not in (None, number):
        raise Refused(
            "NotPublished",
            f"the broker has the pairing of interval {number}, not of interval {interval}",
        )
    wires = _wires(told)
    name = with_local_times(f"interval {number}", parameters.contract.interval_s)
    right = pairing_object(pairing_on_chain(settings, number, wires), wires)
    difference = first_difference(told, right)
    if difference is not None:
        print(f"{name}: {difference}", file=sys.stderr)
        return 1
    parts = right["parts"]
    assert isinstance(parts, list)
    print(f"{name}: {len(parts)} parts, as they follow from the chain and the wires")
    return 0


def first_difference(told: Mapping[str, object], right: Mapping[str, object]) -> str | None:
    """Say where a published pairing differs first from the right one; None if nowhere."""
    for name in sorted(told.keys() | right.keys()):
        if name != "parts" and told.get(name) != right.get(name):
            return f"{name} is {told.get(name)}, and must be {right.get(name)}"
    parts, must = told.get("parts"), right["parts"]
    if not isinstance(parts, list) or not isinstance(must, list):
        return "there are no parts"
    for turn, (part, other) in enumerate(zip_longest(parts, must)):
        if part != other:
            return f"part {turn} is {part}, and must be {other}"
    return None


def _published(parameters: Parameters) -> dict[str, object]:
    settings = utility_mqtt_settings(parameters, None, birth=0)
    if settings is None:
        raise Refused("NoBroker", "the parameters name no broker (mqtt.host)")
    topic = f"{settings.root}/pairing"
    payload = read_retained(settings, [topic], ANSWER_WITHIN_S).get(topic)
    if not payload:
        raise Refused("NotPublished", f"nothing is published on {topic}")
    try:
        told = read_json(payload)
    except ValueError as error:
        raise Refused("NotPublished", f"what is on {topic} is no pairing: {error}") from error
    if not isinstance(told, dict):
        raise Refused("NotPublished", f"what is on {topic} is no pairing")
    return told


def _wires(told: Mapping[str, object]) -> Wires:
    wires = told.get("wires")
    if not isinstance(wires, dict) or not all(
        isinstance(sellers, list) and all(isinstance(seller, str) for seller in sellers)
        for sellers in wires.values()
    ):
        raise Refused("NotPublished", "the published pairing has no wires")
    return {buyer: tuple(sellers) for buyer, sellers in wires.items()}


def _lines(picture: Mapping[str, object]) -> list[str]:
    lines = [
        f"{picture.get('node')} (utility, {picture.get('account') or 'no account'})",
        f"  {picture.get('reason')}",
    ]
    if picture.get("starting") is True:
        lines.append("  starting         chain, broker and relays are asked")
    gate = picture.get("next_gate")
    if isinstance(gate, dict):
        lines.append(
            f"  next gate        interval {gate['interval']} at {local_time(gate['closes_at_s'])},"
            f" {gate['orders']} orders"
        )
        lines.append(f"  unsettled        {picture['unsettled']} orders")
    for name, what in (
        ("tokens", "tokens"),
        ("balance", "at the auction"),
        ("grid_balance", "grid's balance"),
        ("grid_owes", "owed to homes"),
    ):
        amount = picture.get(name)
        if isinstance(amount, int):
            lines.append(f"  {what:<16} {format_tokens(amount)}")
    leaving, from_s = picture.get("leaving"), picture.get("leaving_from_s")
    if isinstance(leaving, int) and leaving and isinstance(from_s, int):
        lines.append(f"  leaving          {format_tokens(leaving)}, from {local_time(from_s)} on")
    newest = picture.get("newest")
    if isinstance(newest, dict):
        lines.append(
            f"  cleared          interval {newest['interval']}: {newest['solar_units']} units of"
            f" solar, {newest['chp_units']} of CHP, {newest.get('parts', 0)} parts paired"
        )
        shares = newest.get("largest_seller_pct", {})
        largest = [f"{share} % of {kind}" for kind, share in shares.items() if share is not None]
        if largest:
            lines.append(f"  largest seller   {', '.join(largest)}")
    for part, mark in (("problems", "problem"), ("refusals", "refused")):
        told = picture.get(part)
        if isinstance(told, dict):
            lines += [f"  {mark:<16} {name}: {sentence}" for name, sentence in told.items()]
    return lines
