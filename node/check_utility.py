"""`python -m node utility check`: touch all that the utility needs, and say what to do.

Nothing is sent or published.
"""

from collections.abc import Iterator
from pathlib import Path

from node.check_broker import refused
from node.check_clock import handed_out_time
from node.check_finding import Finding, report
from node.check_secrets import secrets_in_file
from node.core.announcement import Announcement, read_relay_line
from node.core.errors import NodeError
from node.core.market import UtilityView, tariff_in
from node.core.units import format_tokens
from node.core.utility import grid_needs
from node.core.wires import wires_of
from node.ledger.account_commands import require_code
from node.ledger.keys import Account
from node.ledger.settings import LedgerSettings
from node.ledger.utility_glance import UtilityGlance, glance
from node.links.mqtt_glance import read_retained
from node.parameters import Parameters
from node.roles import role_files
from node.settings_utility import (
    relays_of,
    rules_of,
    tariffs_of,
    utility_ledger_settings,
    utility_mqtt_settings,
    utility_of,
)

ANSWER_WITHIN_S = 3.0


def check(parameters: Parameters, path: Path) -> int:
    """Print a line for each thing; exit status 1 if any failed."""
    return report(findings(parameters, path))


def findings(parameters: Parameters, path: Path) -> Iterator[Finding]:
    """Touch everything in turn."""
    if parameters.utility is None:
        yield _line("utility", "the file has no section for it", f"add it: sudoedit '{path}'")
    yield from handed_out_time(parameters)
    account, finding = _account(parameters)
    yield finding
    yield from secrets_in_file(parameters, path)
    yield from _chain(parameters, account, path)
    yield from _broker(parameters)


def _line(what: str, sentence: str, remedy: str = "") -> Finding:
    return Finding(what=what, sentence=sentence, remedy=remedy, fails=bool(remedy))


def _note(what: str, sentence: str, remedy: str) -> Finding:
    return Finding(what=what, sentence=sentence, remedy=remedy, fails=False)


def _account(parameters: Parameters) -> tuple[Account | None, Finding]:
    try:
        account = role_files(parameters, "utility").open()
    except NodeError as error:
        return None, _line("account", str(error), "python -m node utility account new")
    return account, _line("account", f"{account.account} opens")


def _chain(parameters: Parameters, account: Account | None, path: Path) -> Iterator[Finding]:
    deploy = f"python -m contracts deploy --parameters '{path}'"
    settings = utility_ledger_settings(parameters, read_only=True)
    if settings is None:
        yield _line("chain", "no endpoint, no auction, or not every contract, is named", deploy)
        return
    try:
        require_code(settings)
        seen = _look(account, settings)
    except NodeError as error:
        yield _line("chain", str(error), "check contract.node, the addresses, and that it runs")
        return
    view = seen.view
    yield _line("chain", f"block {view.block.number}, every contract has code")
    named, found = parameters.contract.interval_s, view.rules.interval_s
    remedy = "" if named == found else f"set contract.interval_s: {found}"
    yield _line("contract.interval_s", f"{named} s here, {found} s on the chain", remedy)
    if account is not None:
        yield _role(account, seen)
        yield from _money(parameters, account, seen)
    yield _tariff(parameters, view)


def _look(account: Account | None, settings: LedgerSettings) -> UtilityGlance:
    return glance(account.account if account is not None else str(settings.auction), settings)


def _role(account: Account, seen: UtilityGlance) -> Finding:
    if seen.is_utility:
        return _line("role", "the auction's utility is this account")
    remedy = f"have its admin grant UTILITY_ROLE to {account.account}"
    return _line("role", "this account is not the auction's utility", remedy)


def _money(parameters: Parameters, account: Account, seen: UtilityGlance) -> Iterator[Finding]:
    view, rules = seen.view, rules_of(utility_of(parameters))
    own = format_tokens(view.tokens + view.balance)
    grid = f"{format_tokens(view.grid_balance)}, owes {format_tokens(view.grid_owes)}"
    missing = grid_needs(view, rules) - view.grid_balance
    short = missing > view.tokens + view.balance
    yield _line("tokens", own, f"send tokens to {account.account}" if short else "")
    if rules.peak_w:
        yield _line("grid's balance", f"{grid}, lacks {format_tokens(max(0, missing))}")
    else:
        yield _note("grid's balance", f"{grid}; it is not kept funded", "set utility.peak_w")
    needs_gas = seen.gas_price_wei > 0 and not view.gas_balance_wei
    gas = f"{view.gas_balance_wei / 10**18:.6f}, {seen.gas_price_wei} wei per gas"
    yield _line("gas", gas, f"send the chain's coin to {account.account}" if needs_gas else "")


def _tariff(parameters: Parameters, view: UtilityView) -> Finding:
    now = tariff_in(view.block.timestamp_s // view.rules.interval_s, view.tariffs)
    prices = f"{format_tokens(now.feed_in_per_kwh)} to {format_tokens(now.retail_per_kwh)}"
    wanted = tariffs_of(utility_of(parameters)).at(view.block.timestamp_s)
    if wanted is None:
        return _note("tariff", f"{prices} on the chain, none in the file", "set utility.tariff")
    meant = f"{format_tokens(wanted.feed_in_per_kwh)} to {format_tokens(wanted.retail_per_kwh)}"
    return _line("tariff", f"{prices} on the chain, {meant} by the file now")


def _broker(parameters: Parameters) -> Iterator[Finding]:
    relays = relays_of(parameters)
    topics = {relay: f"peerwatt/{parameters.community}/{relay}/state" for relay in relays}
    try:
        settings = utility_mqtt_settings(parameters, None, birth=0)
        if settings is None:
            yield _line("broker", "none in the file: no home hears a pairing", "set mqtt.host")
            return
        kept = read_retained(settings, list(topics.values()), ANSWER_WITHIN_S)
    except (NodeError, OSError) as error:
        yield refused(error)
        return
    yield _line("broker", f"{settings.host}:{settings.port} answers")
    for relay, topic in topics.items():
        yield _relay(relay, kept.get(topic))
    if not relays:
        yield _line("relays", "none is believed: nothing is paired", "set utility.relays")


def _relay(relay: str, line: bytes | None) -> Finding:
    what = f"relay {relay}"
    try:
        said = read_relay_line(line) if line else None
    except NodeError as error:
        return _line(what, str(error), "check who writes on its topic (the broker's access list)")
    if not isinstance(said, Announcement):
        return _line(what, "has not announced itself", "check that peerwatt-relay runs with mqtt")
    wires = wires_of(connection.view for connection in said.connections)
    count = sum(map(len, wires.values()))
    return _line(what, f"{len(wires)} homes wired to sellers, {count} wires")
