"""What `python -m node check` says of the auction: its rules, the meter, the money, the utility."""

from collections.abc import Iterator

from node.checks.broker import ANSWER_WITHIN_S, refused
from node.core.errors import NodeError
from node.core.units import format_tokens, format_wh
from node.core.wire.json_text import read_json
from node.ledger.once import AuctionGlance, Glance
from node.ledger.settings import LedgerSettings
from node.links.broker.once import read_retained
from node.parameters.scheme import Parameters
from node.settings import mqtt_settings
from node.system.report import Finding, line, note
from node.system.words import told

_SELL_FROM = {"solar": ("solar", "battery"), "chp": ("chp",)}
"""The kinds of meters that may sell a kind, as the contract has it."""


def auction_on_chain(
    parameters: Parameters, account: str, settings: LedgerSettings, tokens: int
) -> Iterator[Finding]:
    """Tell of the contract's rules, the home's meter and what it may deposit."""
    meter_id = parameters.node.report.meter
    if parameters.node.auction is None or settings.auction is None or meter_id is None:
        return
    try:
        seen = Glance(settings).auction(account, meter_id)
    except NodeError as error:
        remedy = "compare contract.auction with the operator's"
        yield line("auction", f"{told(error)}: not our interface", remedy)
        return
    rules = seen.rules
    least = format_wh(rules.least_units * rules.unit_milliwh)
    yield line("auction", f"gates close {rules.gate_lead_s} s before delivery, orders from {least}")
    named, found = parameters.contract.interval_s, rules.interval_s
    remedy = "" if named == found else f"set contract.interval_s: {found}"
    yield line("auction's interval", f"{named} s here, {found} s on the chain", remedy)
    yield from _haste(parameters, seen)
    yield _meter(parameters, account, seen, meter_id)
    # Only the running home knows how far it has come; this is true of every new one.
    yield line("first order", "after four to five days of readings, as the forecast needs them")
    money = tokens + seen.balance
    yield line(
        "deposits",
        f"{format_tokens(money)}, of it {format_tokens(seen.balance)} at the auction",
        "" if money else f"send tokens to {account}: buyers and sellers deposit",
    )


def _haste(parameters: Parameters, seen: AuctionGlance) -> Iterator[Finding]:
    """Notice a lead in which homes could not clear by themselves, should nobody else do it."""
    half_s, confirmations = seen.rules.gate_lead_s / 2, parameters.contract.confirmations
    needed_s = (confirmations + 2) * seen.block_s
    if half_s < needed_s:
        yield note(
            "clearing by homes",
            f"half of the lead is {half_s:g} s, and {confirmations + 2} blocks take"
            f" {needed_s:.0f} s: where the utility is away, nothing is paired in time",
            "lower contract.confirmations, or ask for a longer GATE_LEAD",
        )


def _meter(parameters: Parameters, account: str, seen: AuctionGlance, meter_id: int) -> Finding:
    what, terms = f"meter {meter_id}", parameters.node.auction
    install = "have the operator install one for this account, and set node.report.meter"
    if seen.owner is None or seen.kind is None:
        return line(what, "is not in the registry, so no order is taken", install)
    if seen.owner != account:
        remedy = f"have it transferred to {account}, or set node.report.meter"
        return line(what, f"belongs to {seen.owner}: no order of this home's is taken", remedy)
    sells = terms.sell if terms is not None else None
    if sells is not None and seen.kind not in _SELL_FROM[sells]:
        remedy = f"set node.auction.sell: {seen.kind}, or {install}"
        return line(what, f"is a {seen.kind} meter: it may not sell {sells}", remedy)
    return line(what, f"a {seen.kind} meter of this home's")


def utility_on_broker(parameters: Parameters) -> Iterator[Finding]:
    """Tell whether the utility is there that publishes the pairings."""
    terms = parameters.node.auction
    if terms is None or parameters.mqtt is None:
        return
    topic = f"peerwatt/{parameters.community}/{terms.utility}/availability"
    what = f"utility {terms.utility}"
    try:
        settings = mqtt_settings(parameters, parameters.node.name, None, birth=0)
        kept = read_retained(settings, [topic], ANSWER_WITHIN_S) if settings is not None else {}
    except (NodeError, OSError) as error:
        yield refused(error, what)
        return
    said = _availability(kept.get(topic, b""))
    if said == "online":
        yield line(what, "is there, and publishes pairings")
    else:
        sentence = f"is {said}" if said else "has said nothing on the broker"
        remedy = "ask who runs it, or set node.auction.utility to its name"
        yield note(what, f"{sentence}: meanwhile homes clear and pair by themselves", remedy)


def _availability(payload: bytes) -> str:
    try:
        said = read_json(payload)["availability"]
    except (ValueError, KeyError, TypeError):
        return ""
    return said if said in ("online", "offline") else ""
