"""What the parameters allow but somebody should mend: why, and with which command.

An ancestor's file brings most of them: an account unlocked on another machine, contracts
without our interface, and a monitor that is not asked.
"""

import shlex
from collections.abc import Iterator
from pathlib import Path

from node.core.auction.tariff import ladder, rounding
from node.parameters.scheme import Notice, Parameters
from node.system.words import own_command

_WARN_LEASE_BELOW_S = 5
_OPERATOR = "get it from whoever put up the street's contracts, and name it here"


def notices(whole: Parameters, where: str, *, is_ancestors: bool) -> Iterator[Notice]:
    """Give every notice; `where` is the file, for the commands."""
    edit = f"sudoedit {shlex.quote(where)}"
    compare = f"{_OPERATOR}: {edit}"
    if is_ancestors:
        yield from _ancestors_account(whole, own_command("account new", Path(where)))
        yield from _ancestors_surroundings(whole, edit, compare)
    if "node" in whole.given:
        yield from _chain(whole, edit, compare)
        yield from _trade(whole, edit)
        yield from _auction(whole, edit)
        yield from _times(whole, edit)
        yield from _fractions(whole, edit)
    yield from _board(whole, edit)
    yield from _prices(whole, edit)


def _ancestors_account(whole: Parameters, new_account: str) -> Iterator[Notice]:
    home = whole.node
    if "keystore" not in home.model_fields_set:
        account = home.address or "of this node"
        yield Notice(
            key="node.keystore",
            sentence=f"The account {account} was unlocked on the RPC host; this node signs by "
            f"itself, with a key of its own in {home.keystore}.",
            command=new_account,
        )
    if home.accountpswd is not None:
        yield Notice(
            key="node.accountpswd",
            sentence="It still opens the keystore, but stands in the open: put it in a file of "
            "mode 0600 and name that in node.password_file instead.",
            command=f"install -m 600 /dev/stdin {home.state_directory}/password",
        )


def _ancestors_surroundings(whole: Parameters, edit: str, compare: str) -> Iterator[Notice]:
    home = whole.node
    if whole.contract.address is not None:
        yield Notice(
            key="contract.address",
            sentence=f"The contract {whole.contract.address} may be an ancestor's, which lacks "
            "the sale's interface; then nothing can be bought or sold.",
            command=compare,
        )
    monitor = {
        "url": home.url is not None,
        "sensorId": home.sensor_id is not None,
        "login": home.login is not None,
        "password": home.password is not None,
    }
    named = [name for name, is_given in monitor.items() if is_given]
    if named:
        yield Notice(
            key=f"node.{named[0]}",
            sentence=f"The CitizenWatt monitor ({', '.join(named)}) is not asked yet; chips are "
            "named in node.sensors.",
            command=edit,
        )
    if home.fuelgauge is not None:
        yield Notice(
            key="node.fuelgauge",
            sentence="It decides nothing: a gauge is asked when node.sensors names one.",
            command=edit,
        )
    if whole.relay.host is not None:
        yield Notice(
            key="relay.host",
            sentence=f"The relay at {whole.relay.host} must run Peerwatt's server: an ancestor's "
            "knows neither leases nor accounts.",
            command="on that host: sudo ./install.sh --relay",
        )


def _chain(whole: Parameters, edit: str, compare: str) -> Iterator[Notice]:
    contract = whole.contract
    if not contract.node:
        yield Notice(
            key="contract.node",
            sentence="No RPC endpoint is named, so nothing can be bought, sold or reported.",
            command=edit,
        )
    lacks = {
        "token": (contract.token, "No token is named, so nothing can be paid."),
        "address": (contract.address, "No sale is named, so nothing can be bought or sold."),
        "registry": (contract.registry, "No registry is named, so no reading is reported."),
    }
    for name, (address, sentence) in lacks.items():
        if address is None:
            yield Notice(key=f"contract.{name}", sentence=sentence, command=compare)


def _trade(whole: Parameters, edit: str) -> Iterator[Notice]:
    home = whole.node
    if not home.has_contacts:
        yield from _membership(whole, edit)
        return
    may_buy, why = whole.may_buy
    if home.role != "producer" and not may_buy:
        yield Notice(key="node.sensors", sentence=why, command=edit)
    if not home.gauges and home.counting is not None:
        yield Notice(
            key="node.counting",
            sentence="No gauge measures the state of charge; it is counted, and unknown until the "
            "battery was full once.",
            command=edit,
        )
    elif not home.gauges:
        yield Notice(
            key="node.sensors",
            sentence="No gauge measures the state of charge; without it nothing is bought and "
            "nothing offered.",
            command=edit,
        )
    if home.role != "producer" and not whole.sellers:
        yield Notice(
            key="sellers", sentence="No seller is named, so nothing is bought.", command=edit
        )
    if home.role != "consumer" and home.offer is None:
        yield Notice(
            key="node.offer", sentence="Nothing is offered, so nothing is sold.", command=edit
        )
    if whole.relay.host is None:
        yield Notice(
            key="relay.host",
            sentence="No relay is named, so the home stays on its own source.",
            command=edit,
        )


def _membership(whole: Parameters, edit: str) -> Iterator[Notice]:
    if whole.node.auction is None:
        yield Notice(
            key="node.auction",
            sentence="A member without the auction only reports: it trades nothing.",
            command=edit,
        )


def _auction(whole: Parameters, edit: str) -> Iterator[Notice]:
    home = whole.node
    if home.auction is None:
        return
    if whole.contract.auction is None:
        yield Notice(
            key="contract.auction",
            sentence="No auction is named, so no order is placed.",
            command=edit,
        )
    if home.report.meter is None:
        yield Notice(
            key="node.report.meter",
            sentence="No meter is named, so no order is placed: its readings settle them.",
            command=f"have the operator install one for this account: {edit}",
        )
    others = [relay for relay in home.auction.relays or () if relay != whole.relay.name]
    if whole.mqtt is None and others:
        yield Notice(
            key="mqtt",
            sentence=f"Without a broker the wiring of {', '.join(others)} is not heard, so no "
            "contact closes for what the auction sells.",
            command=edit,
        )


def _prices(whole: Parameters, edit: str) -> Iterator[Notice]:
    for number, band in enumerate(whole.utility.tariff if whole.utility else ()):
        sentence = rounding(ladder(band.feed_in_per_kwh, band.retail_per_kwh), band.retail_per_kwh)
        if sentence is not None:
            yield Notice(key=f"utility.tariff.{number}.retail", sentence=sentence, command=edit)


def _times(whole: Parameters, edit: str) -> Iterator[Notice]:
    home = whole.node
    if home.lease_s < _WARN_LEASE_BELOW_S:
        yield Notice(
            key="node.lease_s",
            sentence=f"A lease of {home.lease_s:g} s is short: a pause of the network opens the "
            f"contacts; {_WARN_LEASE_BELOW_S} s or more is calmer.",
            command=edit,
        )
    if home.receipt_period_s > home.lease_s:
        yield Notice(
            key="node.receipt_period_s",
            sentence=f"Receipts every {home.receipt_period_s:g} s are rarer than leases of "
            f"{home.lease_s:g} s; sellers allow for less and may withdraw.",
            command=edit,
        )


def _fractions(whole: Parameters, edit: str) -> Iterator[Notice]:
    """Tell of charges so small that a part of one may have been meant, as 0.2 for 20 %."""
    home = whole.node
    for key in ("limit", "resume", "sell_floor"):
        charge = getattr(home, key)
        if 0 < charge < 1:
            yield Notice(
                key=f"node.{key}",
                sentence=f"It is in per cent: {charge:g} is {charge:g} %, not {charge * 100:g} %.",
                command=edit,
            )


def _board(whole: Parameters, edit: str) -> Iterator[Notice]:
    relay = whole.relay
    if relay.ancestor_lease_s == 0:
        yield Notice(
            key="relay.ancestor_lease_s",
            sentence="An ancestor's message keeps a contact closed until it is changed, even when "
            "its sender has died.",
            command=edit,
        )
    for number, connection in enumerate(relay.connections):
        path = f"relay.connections.{number}"
        if connection.holder is None:
            yield Notice(
                key=f"{path}.holder",
                sentence="No account may close this connection; an ancestor's messages alone do.",
                command=edit,
            )
        elif not connection.consents:
            yield Notice(
                key=f"{path}.consents",
                sentence="This connection is closed without any seller's consent.",
                command=edit,
            )
