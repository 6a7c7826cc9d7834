"""`python -m node utility check`: touch all that the utility needs, and say what to do.

Nothing is sent or published.
"""

import shlex
from collections.abc import Iterator
from pathlib import Path

from node.account.show import require_code
from node.checks.account import open_account
from node.checks.broker import ANSWER_WITHIN_S, login, refused
from node.checks.chain import calendar, each_endpoint, not_let_in
from node.checks.clock import handed_out_time
from node.checks.secrets import secrets_in_file
from node.core.auction.market import UtilityView, tariff_in
from node.core.auction.pairing import wires_of
from node.core.errors import ConfigError, NodeError, Refused
from node.core.units import format_tokens
from node.core.utility.step import grid_needs
from node.core.wire.announcement import Announcement, read_relay_line
from node.ledger.contracts.old import MOVE, OLD_CONTRACT
from node.ledger.once import UtilityStanding, ViewOnce
from node.ledger.settings import LedgerSettings
from node.links.broker.once import read_retained
from node.links.broker.session import MqttSettings
from node.parameters.scheme import Parameters
from node.system.report import Finding, line, note, report
from node.system.words import is_installed, told
from node.utility.settings import (
    relays_of,
    rules_of,
    tariffs_of,
    utility_ledger_settings,
    utility_mqtt_settings,
    utility_of,
)


def check(parameters: Parameters, path: Path) -> int:
    """Print a line for each thing; exit status 1 if any failed."""
    return report(findings(parameters, path))


def findings(parameters: Parameters, path: Path) -> Iterator[Finding]:
    """Touch everything in turn."""
    if parameters.utility is None:
        yield line("utility", "the file has no section for it", f"add it: sudoedit '{path}'")
        return
    yield from handed_out_time(parameters)
    opened, finding = open_account(parameters, "utility", path)
    yield finding
    yield from secrets_in_file(parameters, path)
    account = opened.account if opened is not None else None
    yield from _chain(parameters, account, path)
    yield from _broker(parameters, account)


def _chain(parameters: Parameters, account: str | None, path: Path) -> Iterator[Finding]:
    try:
        settings = utility_ledger_settings(parameters, read_only=True)
    except ConfigError as error:
        yield not_let_in(error)
        return
    if settings is None:
        sentence = "no endpoint, no auction, or not every contract, is named"
        yield line("chain", sentence, _put_up(path))
        return
    try:
        require_code(settings)
        seen = _look(account, settings)
    except Refused as error:
        remedy = f"is contract.node the right chain, and not begun anew? {_put_up(path)}"
        if error.name == OLD_CONTRACT:
            remedy = MOVE
        yield line("chain", told(error), remedy)
        return
    except NodeError as error:
        yield line("chain", told(error), "check contract.node, the addresses, and that it runs")
        return
    view = seen.view
    yield line("chain", f"block {view.block.number}, every contract has code")
    yield from each_endpoint(settings)
    yield calendar(parameters, view.block)
    named, found = parameters.contract.interval_s, view.rules.interval_s
    remedy = "" if named == found else f"set contract.interval_s: {found}"
    yield line("contract.interval_s", f"{named} s here, {found} s on the chain", remedy)
    if account is not None:
        yield _role(account, seen)
        yield from _money(parameters, account, seen)
    yield _tariff(parameters, view)


def _put_up(path: Path) -> str:
    """Say how the contracts come to stand: deploying is the utility's own business."""
    if is_installed():
        return f"put them up from a checkout (docs/utility.md), and name them: sudoedit '{path}'"
    return (
        "python -m contracts deploy --auction --feed-in PRICE --retail PRICE"
        f" --parameters {shlex.quote(str(path))}"
    )


def _look(account: str | None, settings: LedgerSettings) -> UtilityStanding:
    return ViewOnce(settings).utility(account or settings.contracts["auction"])


def _role(account: str, seen: UtilityStanding) -> Finding:
    if seen.is_utility:
        return line("role", "the auction's utility is this account")
    remedy = f"have its admin grant UTILITY_ROLE to {account}"
    return line("role", "this account is not the auction's utility", remedy)


def _money(parameters: Parameters, account: str, seen: UtilityStanding) -> Iterator[Finding]:
    view, rules = seen.view, rules_of(utility_of(parameters))
    own = format_tokens(view.tokens + view.balance)
    grid = f"{format_tokens(view.grid_balance)}, owes {format_tokens(view.grid_owes)}"
    missing = grid_needs(view, rules) - view.grid_balance
    short = missing > view.tokens + view.balance
    yield line("tokens", own, f"send tokens to {account}" if short else "")
    if rules.peak_w:
        yield line("grid's balance", f"{grid}, lacks {format_tokens(max(0, missing))}")
    else:
        yield note("grid's balance", f"{grid}; it is not kept funded", "set utility.peak_w")
    needs_gas = seen.gas_price_wei > 0 and not view.gas_balance_wei
    gas = f"{view.gas_balance_wei / 10**18:.6f}, {seen.gas_price_wei} wei per gas"
    yield line("gas", gas, f"send the chain's coin to {account}" if needs_gas else "")


def _tariff(parameters: Parameters, view: UtilityView) -> Finding:
    now = tariff_in(view.block.timestamp_s // view.rules.interval_s, view.tariffs)
    prices = f"{format_tokens(now.feed_in_per_kwh)} to {format_tokens(now.retail_per_kwh)}"
    wanted = tariffs_of(utility_of(parameters)).at(view.block.timestamp_s)
    if wanted is None:
        return note("tariff", f"{prices} on the chain, none in the file", "set utility.tariff")
    meant = f"{format_tokens(wanted.feed_in_per_kwh)} to {format_tokens(wanted.retail_per_kwh)}"
    return line("tariff", f"{prices} on the chain, {meant} by the file now")


def _broker(parameters: Parameters, account: str | None) -> Iterator[Finding]:
    try:
        settings = utility_mqtt_settings(parameters, account, birth=0)
    except OSError as error:
        yield refused(error)
        return
    if settings is None:
        yield line("broker", "none in the file: no home hears a pairing", "set mqtt.host")
        return
    found = list(login(settings, account))
    yield from found
    if not found[0].fails:
        yield from _relays(parameters, settings)


def _relays(parameters: Parameters, settings: MqttSettings) -> Iterator[Finding]:
    relays = relays_of(parameters)
    topics = {relay: f"peerwatt/{parameters.community}/{relay}/state" for relay in relays}
    if not relays:
        yield line("relays", "none is believed: nothing is paired", "set utility.relays")
        return
    if settings.node in relays:
        both = f"the utility and a relay are both called {settings.node}"
        yield line("names", both, "set utility.name")
    try:
        kept = read_retained(settings, list(topics.values()), ANSWER_WITHIN_S)
    except (NodeError, OSError) as error:
        yield refused(error)
        return
    for relay, topic in topics.items():
        yield _relay(relay, kept.get(topic))


def _relay(relay: str, said_line: bytes | None) -> Finding:
    what = f"relay {relay}"
    try:
        said = read_relay_line(said_line) if said_line else None
    except NodeError as error:
        remedy = "check who writes on its topic (the broker's access list)"
        return line(what, told(error), remedy)
    if not isinstance(said, Announcement):
        return line(what, "has not announced itself", "check that peerwatt-relay runs with mqtt")
    wires = wires_of(connection.view for connection in said.connections)
    count = sum(map(len, wires.values()))
    return line(what, f"{len(wires)} homes wired to sellers, {count} wires")
