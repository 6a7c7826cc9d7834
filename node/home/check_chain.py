"""What `check` says of the chain: the contracts, the calendar, the account's money, the offers."""

from collections.abc import Iterator
from pathlib import Path

from node.account.show import require_code
from node.checks.chain import calendar, each_endpoint
from node.core.errors import ChainUnavailable, NodeError, Refused
from node.core.records import ChainView
from node.core.units import format_tokens
from node.home.check_auction import auction_on_chain
from node.ledger.contracts.old import MOVE, OLD_CONTRACT
from node.ledger.once import Glance
from node.ledger.settings import LedgerSettings
from node.parameters.scheme import Parameters
from node.settings import ledger_settings
from node.system.report import Finding, line, note
from node.system.words import local_time, told

OPERATOR = "whoever put up the street's contracts"


def chain(parameters: Parameters, account: str | None, path: Path) -> Iterator[Finding]:
    """Look at the chain as this home's account; `path` is the parameters file."""
    settings = ledger_settings(parameters, read_only=True)
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
        view = Glance(settings).home(account)
    except NodeError as error:
        yield line("chain", told(error), "check contract.node")
        return
    yield calendar(parameters, view.block)
    yield from _money(parameters, account, view)
    yield from auction_on_chain(parameters, account, settings, view.tokens)


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
    where = ", ".join(parameters.contract.node)
    return (
        f"it is another chain, one begun anew, or another address: compare {where} and the"
        f" addresses under contract with those of {OPERATOR}"
    )


def _community(parameters: Parameters, settings: LedgerSettings) -> Iterator[Finding]:
    try:
        community = Glance(settings).community()
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
