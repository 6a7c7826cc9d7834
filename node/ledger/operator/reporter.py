"""Change who reports a meter: by its owner at once, by an installer after an interval's notice."""

from dataclasses import dataclass

from node.core.errors import Refused
from node.ledger.chain.asking import asked_now
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.heads import head_of
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.registry import RegistryContract
from node.ledger.contracts.roles import ROLES, RoleContract
from node.system.words import local_time


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterPlan:
    """Hold what is to be sent to the registry, and the lines that tell it; None where it is so."""

    data: str | None
    lines: tuple[str, ...]


def plan_reporter(rpc: Rpc, registry: str, meter: int, reporter: str, sender: str) -> ReporterPlan:
    """Work out how this sender would make an account a meter's reporter.

    Raises:
        Refused: there is no such meter, or the sender has no say in it.
        ChainUnavailable: no endpoint answered.
    """
    contract = RegistryContract(registry)
    owner, now = _meter(rpc, contract, meter)
    lines = (f"meter {meter} of {owner}, reported by {now}",)
    if now == reporter:
        return ReporterPlan(data=None, lines=(*lines, f"  already: {reporter} reports it"))
    if sender == owner:
        told = f"  its owner makes {reporter} the reporter at once; {now} reports no more"
        return ReporterPlan(data=contract.set_reporter(meter, reporter), lines=(*lines, told))
    roles = RoleContract("registry", registry)
    if asked_now(rpc, roles.has(ROLES["installer"], sender)):
        interval_s = asked_now(rpc, contract.interval())
        told = (
            f"  its installer proposes {reporter}: {now} reports on; from {interval_s} s later on"
            " anybody may take the proposal up (--take), unless the owner decides otherwise"
        )
        return ReporterPlan(data=contract.propose_reporter(meter, reporter), lines=(*lines, told))
    raise Refused(
        "NoSay", f"{sender} neither owns meter {meter} ({owner} does) nor installs meters"
    )


def plan_take(rpc: Rpc, registry: str, meter: int) -> ReporterPlan:
    """Work out how a proposed reporter is taken up; whoever does that has no say in it.

    Raises:
        Refused: there is no such meter, nothing is proposed, or it is too early.
        ChainUnavailable: no endpoint answered.
    """
    contract = RegistryContract(registry)
    owner, now = _meter(rpc, contract, meter)
    proposed, from_s = asked_now(rpc, contract.proposal_of(meter))
    if proposed is None:
        raise Refused("NoProposal", f"nobody is proposed to report meter {meter}")
    newest_s = head_of(rpc.call("eth_getBlockByNumber", "latest", False)).timestamp_s
    if newest_s < from_s:
        raise Refused(
            "TooEarly",
            f"{proposed} can be taken from {local_time(from_s)} on, {from_s - newest_s} s of chain"
            " time from now",
        )
    told = f"  the proposal is taken up: {proposed} reports, {now} reports no more"
    line = f"meter {meter} of {owner}, reported by {now}"
    return ReporterPlan(data=contract.take_reporter(meter), lines=(line, told))


def _meter(rpc: Rpc, contract: RegistryContract, meter: int) -> tuple[str, str]:
    try:
        owner = asked_now(rpc, contract.owner_of(meter))
    except RpcError as error:
        if error.refusal is None:
            raise
        raise Refused(
            "NoMeter", f"the registry at {contract.address} has no meter {meter}"
        ) from None
    return owner, asked_now(rpc, contract.reporter_of(meter))
