"""Carry out what changes who may do what: grant, revoke, reporter; told before it is sent."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

from node.core.errors import Refused
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.roles import ADMIN, ROLES, RoleContract
from node.ledger.operator.reporter import plan_reporter, plan_take
from node.ledger.operator.roles import plan, plan_lines, require_keys_apart
from node.ledger.operator.transact import Transactor
from node.system.terminal import agreed

Tell = Callable[[str], None]


def change_role(
    chosen: argparse.Namespace, rpc: Rpc, transactor: Transactor, at: Mapping[str, str], tell: Tell
) -> None:
    """Grant or revoke a role at the contract that knows it; `at` has the addresses by name.

    Raises:
        Refused: it may not be, or nobody is there to be asked.
        ChainUnavailable: no endpoint answered.
        ValueError: the contract is not named.
    """
    name, grants = _contract_of(chosen), chosen.command == "grant"
    if name not in at:
        raise ValueError(f"no {name}: give --{name}, or --parameters of a deployed community")
    contract = RoleContract(name, at[name])
    if grants and not chosen.one_key:
        require_keys_apart(rpc, at, chosen.role, chosen.whom)
    change = plan(rpc, contract, chosen.role, chosen.whom, transactor.account, grants=grants)
    lines = plan_lines(change, transactor.account)
    if _goes_on(chosen, lines, change.data, tell):
        transactor.send(f"{chosen.command} {chosen.role}", contract.address, str(change.data))
        done = "has" if grants else "lacks"
        tell(f"done: {chosen.whom} {done} the role {chosen.role} of the {name}")


def change_reporter(
    chosen: argparse.Namespace, rpc: Rpc, transactor: Transactor, registry: str, tell: Tell
) -> None:
    """Make an account a meter's reporter, propose it, or take a proposal up.

    Raises:
        Refused: it may not be, or nobody is there to be asked.
        ChainUnavailable: no endpoint answered.
    """
    if chosen.take:
        found = plan_take(rpc, registry, chosen.meter)
    else:
        found = plan_reporter(rpc, registry, chosen.meter, chosen.reporter, transactor.account)
    if _goes_on(chosen, found.lines, found.data, tell):
        transactor.send(f"reporter of {chosen.meter}", registry, str(found.data))
        tell(f"done: meter {chosen.meter}")


def _contract_of(chosen: argparse.Namespace) -> str:
    """Name the contract that a role is of."""
    if chosen.role == ADMIN and chosen.of_contract is None:
        told = ", ".join(ROLES[ADMIN].contracts)
        raise ValueError(f"admin of which contract? --of one of {told}")
    if chosen.role != ADMIN and chosen.of_contract is not None:
        raise ValueError(
            f"--of {chosen.of_contract}: for admin alone; {chosen.role} is of one contract"
        )
    return str(chosen.of_contract or ROLES[chosen.role].contracts[0])


def _goes_on(
    chosen: argparse.Namespace, lines: Sequence[str], data: str | None, tell: Tell
) -> bool:
    """Show a plan, and say whether it is to be sent.

    Raises:
        Refused: nobody is here to be asked.
    """
    for line in lines:
        print(line)
    if data is None:
        return False
    if chosen.plan:
        tell("nothing was sent (--plan)")
        return False
    if not chosen.yes and not sys.stdin.isatty():
        raise Refused("NotAsked", "nobody is here to be asked: --yes sends what the plan says")
    if chosen.yes or agreed("Go on?"):
        return True
    tell("nothing was sent")
    return False
