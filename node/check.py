"""`python -m node check`: touch everything the parameters name, one line each, and say what to do.

Nothing is switched, bought or published.
"""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from node.check_auction import auction_on_chain, utility_on_broker
from node.check_broker import broker
from node.check_clock import handed_out_time
from node.check_finding import Finding, line, note, report
from node.check_secrets import secrets_in_file
from node.core.announcement import relay_view
from node.core.errors import DeviceError, NodeError, RelayUnavailable
from node.core.records import BatterySample, ChainView, PowerSample, RelayView
from node.core.units import format_tokens
from node.devices.sensors import make_sensors
from node.ledger.account_commands import require_code
from node.ledger.community import read_community
from node.ledger.glance import glance
from node.ledger.keys import Account
from node.ledger.settings import LedgerSettings
from node.links.relay_state import follow_states
from node.parameters import Parameters
from node.roles import role_files
from node.settings import ledger_settings

CONNECT_WITHIN_S = 3.0
SENSORS_WITHIN_S = 10.0
"""The first round opens every chip, which takes a busy Pi longer than a running home waits."""
SETTLE_ROUNDS = 3
ROUND_PAUSE_S = 0.3


def check(parameters: Parameters, path: Path) -> int:
    """Print a line for each thing; exit status 1 if any failed."""
    return report(findings(parameters, path))


def findings(parameters: Parameters, path: Path) -> Iterator[Finding]:
    """Touch everything in turn."""
    for notice in parameters.notices:
        yield note(notice.key, notice.sentence, notice.command)
    yield from handed_out_time(parameters)
    yield from secrets_in_file(parameters, path)
    may_buy, sentence = parameters.may_buy
    if parameters.node.role != "producer":
        yield line("buying", sentence, "" if may_buy else "add a sensor for the whole load")
    yield from _sensors(parameters)
    account, finding = _account(parameters)
    yield finding
    yield from _chain(parameters, account, path)
    yield from _relay(parameters, account)
    yield broker(parameters)
    yield from utility_on_broker(parameters)


def _sensors(parameters: Parameters) -> Iterator[Finding]:
    names = tuple(parameters.node.sensors)
    if not names:
        yield line("sensors", "none in the file", "name the chips under node.sensors")
        return
    bus = make_sensors(parameters, time.monotonic, SENSORS_WITHIN_S)

    async def sample() -> list[object]:
        outcomes: list[object] = []
        for _ in range(SETTLE_ROUNDS):
            outcomes = list(await bus.sample_all())
            if not any(isinstance(outcome, Exception) for outcome in outcomes):
                break
            await asyncio.sleep(ROUND_PAUSE_S)
        return outcomes

    try:
        outcomes = asyncio.run(sample())
    finally:
        bus.close()
    for name, outcome in zip(names, outcomes, strict=True):
        yield _sensor(parameters, name, outcome)


def _sensor(parameters: Parameters, name: str, outcome: object) -> Finding:
    what = f"sensor {name}"
    match outcome:
        case PowerSample():
            volts, amperes = outcome.bus_voltage_v, outcome.current_a
            return line(what, f"{volts:.2f} V, {amperes:+.3f} A, {outcome.power_w:+.3f} W")
        case BatterySample():
            return line(what, f"{outcome.soc_pct:.1f} %, cell {outcome.cell_voltage_v:.3f} V")
        case DeviceError():
            remedy = f"check the wiring and the address on {parameters.node.i2c} (i2cdetect -y 1)"
            return line(what, str(outcome), remedy)
        case _:
            return line(what, repr(outcome), "report this: it is a fault of ours")


def _account(parameters: Parameters) -> tuple[Account | None, Finding]:
    try:
        account = role_files(parameters, "node").open()
    except NodeError as error:
        return None, line("account", str(error), _account_remedy(parameters))
    return account, line("account", f"{account.account} opens")


def _account_remedy(parameters: Parameters) -> str:
    node = parameters.node
    if node.password_file is None and node.accountpswd is None:
        return f"set node.password_file, as {node.state_directory / 'password'}, and check again"
    return "python -m node account new"


def _chain(parameters: Parameters, account: Account | None, path: Path) -> Iterator[Finding]:
    settings = ledger_settings(parameters, read_only=True)
    deploy = f"python -m contracts deploy --parameters '{path}'"
    if settings is None:
        yield line("chain", "no endpoint, or not every contract, is named", deploy)
        return
    try:
        require_code(settings)
    except NodeError as error:
        remedy = "check contract.node and that the chain runs"
        yield line("chain", str(error), deploy if "no contract" in str(error) else remedy)
        return
    yield line("chain", f"{len(settings.rpc_urls)} endpoint(s), every contract has code")
    yield from _community(parameters, settings, deploy)
    if account is None:
        return
    try:
        view = glance(account.account, settings)
    except NodeError as error:
        yield line("chain", str(error), "check contract.node")
        return
    yield from _money(parameters, account, view)
    yield from auction_on_chain(parameters, account.account, settings, view.tokens)


def _community(parameters: Parameters, settings: LedgerSettings, deploy: str) -> Iterator[Finding]:
    try:
        community = read_community(settings)
    except NodeError as error:
        yield line("contracts", f"{error}: not our interface", deploy)
        return
    for key, named, found in (
        ("contract.interval_s", parameters.contract.interval_s, community.interval_s),
        ("contract.grace_s", parameters.contract.grace_s, community.grace_s),
    ):
        remedy = "" if named == found else f"set {key}: {found}"
        yield line(key, f"{named} s here, {found} s on the chain", remedy)


def _money(parameters: Parameters, account: Account, view: ChainView) -> Iterator[Finding]:
    buys = parameters.node.role != "producer"
    fund = f"send tokens to {account.account}"
    tokens = f"{format_tokens(view.tokens)} at block {view.block.number}"
    yield line("tokens", tokens, fund if buys and not view.tokens else "")
    needs_gas = view.gas_price_wei > 0 and not view.gas_balance_wei
    gas = f"{view.gas_balance_wei / 10**18:.6f}, {view.gas_price_wei} wei per gas"
    yield line("gas", gas, f"send the chain's coin to {account.account}" if needs_gas else "")
    meter = parameters.node.report.meter
    if meter is not None:
        known = view.meter is not None
        yield line(
            "meter",
            f"{meter} is {'installed' if known else 'not in the registry'}",
            "" if known else "have the utility run `python -m contracts install-meter`",
        )
    offering = {offer.seller for offer in view.offers}
    for name, seller in parameters.sellers.items():
        says = "has an offer" if seller.account in offering else "has no offer now"
        yield line(f"seller {name}", says)


def _relay(parameters: Parameters, account: Account | None) -> Iterator[Finding]:
    relay = parameters.relay
    if relay.host is None:
        yield line("relay", "none in the file", "set relay.host")
        return
    try:
        view = asyncio.run(_read_relay(relay.host, relay.port))
    except (NodeError, OSError, TimeoutError) as error:
        remedy = f"check that peerwatt-relay runs on {relay.host} and port {relay.port} is open"
        yield line("relay", str(error), remedy)
        return
    yield line("relay", f"{view.relay} answers, {len(view.connections)} connection(s)")
    if account is None:
        return
    mine = [c for c in view.connections if account.account in (c.holder, *c.consents)]
    wired = ", ".join(f"{c.load} from {c.source}" for c in mine)
    remedy = "" if mine else "name this account in relay.connections on the relay host"
    yield line("wiring", wired or "no connection names this account", remedy)


async def _read_relay(host: str, port: int) -> RelayView:
    async with asyncio.timeout(CONNECT_WITHIN_S):
        async for state in follow_states(host, port, "check"):
            return relay_view(state, time.monotonic())
    raise RelayUnavailable(f"{host}:{port} closed the conversation at once")
