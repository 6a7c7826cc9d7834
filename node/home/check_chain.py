"""What `check` says of the chain: the contracts, the calendar, the account's money, the offers."""

from collections.abc import Iterator
from pathlib import Path

from node.account.show import require_code
from node.checks.chain import calendar, each_endpoint, not_let_in
from node.core.errors import ChainUnavailable, ConfigError, NodeError, Refused
from node.core.records import ChainView
from node.core.units import format_tokens, format_wh
from node.ledger.contracts.old import MOVE, OLD_CONTRACT
from node.ledger.once import AuctionView, ViewOnce
from node.ledger.settings import LedgerSettings, endpoint_name
from node.parameters.scheme import Parameters
from node.settings import ledger_settings
from node.system.report import Finding, line, note
from node.system.words import local_time, told

OPERATOR = "whoever put up the street's contracts"
_SELL_FROM = {"solar": ("solar", "battery"), "chp": ("chp",)}
"""The kinds of meters that may sell a kind, as the contract has it."""


def chain(parameters: Parameters, account: str | None, path: Path) -> Iterator[Finding]:
    """Look at the chain as this home's account; `path` is the parameters file."""
    try:
        settings = ledger_settings(parameters, read_only=True)
    except ConfigError as error:
        yield not_let_in(error)
        return
    if settings is None:
        yield _not_named(parameters, path)
        return
    try:
        require_code(settings)
    except NodeError as error:
        yield line("chain", told(error), _no_contract(parameters, error))
        return
    yield line("chain", f"{len(settings.rpc_urls)} endpoint(s), every contract has code")
    yield from each_endpoint(settings)
    yield from _community(parameters, settings)
    if account is None:
        return
    try:
        view = ViewOnce(settings).home(account)
    except NodeError as error:
        yield line("chain", told(error), "check contract.node")
        return
    yield calendar(parameters, view.block)
    yield from _money(parameters, account, view)
    yield from _auction(parameters, account, settings, view.tokens)


def _not_named(parameters: Parameters, path: Path) -> Finding:
    contract = parameters.contract
    if not contract.node:
        return line("chain", "no endpoint is named (contract.node)", f"name one: sudoedit '{path}'")
    lacks = [key for key in ("token", "address", "registry") if getattr(contract, key) is None]
    keys = ", ".join(f"contract.{key}" for key in lacks)
    remedy = f"get it from {OPERATOR}: sudoedit '{path}'"
    return line("chain", f"not every contract is named: {keys}", remedy)


def _no_contract(parameters: Parameters, error: NodeError) -> str:
    if isinstance(error, ChainUnavailable):
        return "check contract.node, and that the chain runs there"
    if isinstance(error, Refused) and error.name == OLD_CONTRACT:
        return MOVE
    where = ", ".join(map(endpoint_name, parameters.contract.node))
    return (
        f"it is another chain, one begun anew, or another address: compare {where} and the"
        f" addresses under contract with those of {OPERATOR}"
    )


def _community(parameters: Parameters, settings: LedgerSettings) -> Iterator[Finding]:
    try:
        community = ViewOnce(settings).community()
    except NodeError as error:
        remedy = f"compare the addresses under contract with those of {OPERATOR}"
        yield line("contracts", f"{told(error)}: not our interface", remedy)
        return
    for key, named, found in (
        ("contract.interval_s", parameters.contract.interval_s, community.interval_s),
        ("contract.grace_s", parameters.contract.grace_s, community.grace_s),
    ):
        remedy = "" if named == found else f"set {key}: {found}"
        yield line(key, f"{named} s here, {found} s on the chain", remedy)


def _money(parameters: Parameters, account: str, view: ChainView) -> Iterator[Finding]:
    buys = parameters.node.role != "producer"
    fund = f"send tokens to {account}"
    tokens = f"{format_tokens(view.tokens)} at block {view.block.number}"
    yield line("tokens", tokens, fund if buys and not view.tokens else "")
    needs_gas = view.gas_price_wei > 0 and not view.gas_balance_wei
    gas = f"{view.gas_balance_wei / 10**18:.6f}, {view.gas_price_wei} wei per gas"
    yield line("gas", gas, f"send the chain's coin to {account}" if needs_gas else "")
    meter = parameters.node.report.meter
    if meter is not None:
        known = view.meter is not None
        yield line(
            "meter",
            f"{meter} is {'installed' if known else 'not in the registry'}",
            "" if known else f"have {OPERATOR} install it, and set node.report.meter",
        )
    yield from _offers(parameters, view)


def _offers(parameters: Parameters, view: ChainView) -> Iterator[Finding]:
    offers = {offer.seller: offer for offer in view.offers if offer.available_milliwh}
    for name, seller in parameters.sellers.items():
        what, offer = f"seller {name}", offers.get(seller.account)
        if offer is None:
            yield note(what, "has no offer now", "if it lasts, ask your neighbour")
        elif offer.until_s <= view.block.timestamp_s:
            sentence = f"its offer ran out at {local_time(offer.until_s)}: its node is away"
            yield note(what, sentence, "ask your neighbour")
        else:
            yield line(what, "has an offer")


def _auction(
    parameters: Parameters, account: str, settings: LedgerSettings, tokens: int
) -> Iterator[Finding]:
    """Tell of the contract's rules, the home's meter and what it may deposit."""
    meter_id = parameters.node.report.meter
    if parameters.node.auction is None or "auction" not in settings.contracts or meter_id is None:
        return
    try:
        seen = ViewOnce(settings).auction(account, meter_id)
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


def _haste(parameters: Parameters, seen: AuctionView) -> Iterator[Finding]:
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


def _meter(parameters: Parameters, account: str, seen: AuctionView, meter_id: int) -> Finding:
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
