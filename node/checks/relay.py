"""What `check` says of the relay: whether it is the one that is meant, and wired as the file is."""

import asyncio
import time
from collections.abc import Iterator

from node.core.errors import NodeError, RelayUnavailable
from node.core.records import ConnectionView, RelayView
from node.core.relay.connections import connection_to
from node.core.wire.announcement import relay_view
from node.links.relay.follow import follow_states
from node.parameters.scheme import Parameters
from node.system.report import Finding, line
from node.system.words import told

CONNECT_WITHIN_S = 3.0


def relay(parameters: Parameters, account: str | None) -> Iterator[Finding]:
    """Hear the relay once, and compare it with the file; `account` is this home's, if it opens."""
    named = parameters.relay
    if named.host is None:
        yield line("relay", "none in the file", "set relay.host")
        return
    try:
        view = asyncio.run(_heard(named.host, named.port))
    except (NodeError, OSError) as error:
        remedy = f"check that peerwatt-relay runs on {named.host} and port {named.port} is open"
        yield line("relay", told(error), remedy)
        return
    yield _name(named.name, view)
    if view.relay == parameters.node.name:
        remedy = "give one of them another name (node.name here, relay.name at the relay)"
        yield line("names", f"this home and the relay are both called {view.relay}", remedy)
    if account is not None:
        yield _wiring(parameters, view, account)
        yield from _sellers(parameters, view, account)


async def _heard(host: str, port: int) -> RelayView:
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            async for state in follow_states(host, port, "check"):
                return relay_view(state, time.monotonic())
    except TimeoutError as error:
        raise RelayUnavailable(
            f"{host}:{port} takes the connection and says nothing within {CONNECT_WITHIN_S:g} s:"
            " it is no relay of ours, or it hangs"
        ) from error
    raise RelayUnavailable(f"{host}:{port} closed the conversation at once")


def _name(named: str | None, view: RelayView) -> Finding:
    if named is not None and named != view.relay:
        return line(
            "relay",
            f"{view.relay} answers, and the file names {named}: this home speaks to no other",
            f"set relay.name: {view.relay}, or the host and port of {named}",
        )
    return line("relay", f"{view.relay} answers, {len(view.connections)} connection(s)")


def _wiring(parameters: Parameters, view: RelayView, account: str) -> Finding:
    mine = [c for c in view.connections if account in (c.holder, *c.consents)]
    if mine:
        return line("wiring", ", ".join(f"{c.load} from {c.source}" for c in mine))
    others = {
        owner
        for c in view.connections
        for end, owners in ((c.load, (c.holder,)), (c.source, c.consents))
        if end == parameters.node.name
        for owner in owners
        if owner
    }
    known_as = f"; for {parameters.node.name} it names {', '.join(sorted(others))}"
    return line(
        "wiring",
        f"no connection names this account, {account}{known_as if others else ''}",
        "have it named in relay.connections on the relay host",
    )


def _sellers(parameters: Parameters, view: RelayView, account: str) -> Iterator[Finding]:
    for name, seller in parameters.sellers.items():
        what, key = f"seller {name}", f"sellers.{name}.account"
        if seller.account == account:
            yield line(what, "has this home's own account", f"set {key} to the neighbour's")
            continue
        found = connection_to(
            view, account, seller.account, parameters.channels_to(name), seller.connection
        )
        if found is not None and (seller.account in found.consents or not found.consents):
            continue
        wired = sorted({c for v in view.connections if v.holder == account for c in v.consents})
        named = {c for v in view.connections if v.source == name for c in v.consents}
        meant = [each for each in wired if each in named] or wired
        made = connection_to(view, account, seller.account, None, None)
        if made is not None:
            yield _by_another_number(name, parameters, made)
            continue
        sentence = f"the relay has no connection from {seller.account} to this home"
        if wired:
            sentence += f"; it has one from {', '.join(wired)}"
        remedy = "have the connection made in relay.connections on the relay host"
        if len(meant) == 1:
            remedy = f"set {key}: '{meant[0]}', if that is {name}'s account; else {remedy}"
        yield line(what, sentence, remedy)


def _by_another_number(name: str, parameters: Parameters, made: ConnectionView) -> Finding:
    """Say that the file finds a neighbour's connection by what is not its number or channels."""
    seller, channels = parameters.sellers[name], parameters.channels_to(name)
    keys = [f"sellers.{name}.{key}" for key in ("channel", "channels", "connection")
            if getattr(seller, key) is not None]  # fmt: skip
    if seller.channel is not None:
        keys.insert(0, "node.channel")
    asked = (
        f"number {seller.connection}" if channels is None
        else f"over channels {', '.join(map(str, channels))}"
    )  # fmt: skip
    has = ", ".join(map(str, made.channels))
    return line(
        f"seller {name}",
        f"the relay has this neighbour's connection as number {made.connection}, over channels"
        f" {has}; the file means the one {asked}",
        f"leave {' and '.join(keys)} out, or have it say the same",
    )
