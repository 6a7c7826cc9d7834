"""Grant and revoke roles: what would change is told first, and what could not be mended refused."""

from collections.abc import Mapping
from dataclasses import dataclass

from node.core.errors import Refused
from node.ledger.chain import answers as read
from node.ledger.chain.asking import asked_in_parts, at_block
from node.ledger.chain.heads import head_of
from node.ledger.chain.look_back import OF_ALL, look_back
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.roles import ADMIN, ROLES, RoleContract

Holders = Mapping[str, tuple[str, ...]]
"""Who holds each role of a contract, by the role's name; accounts in the order of their letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Hold one change of a role: the contract, its holders now, and what is to be sent.

    `data` is None where nothing is to be done: it is so already.
    """

    contract: RoleContract
    role: str
    account: str
    grants: bool
    holders: Holders
    data: str | None


def holders_of(rpc: Rpc, contract: RoleContract) -> Holders:
    """Give who holds each role: whoever was ever granted one, and has it at the newest block.

    Raises:
        ChainUnavailable: no endpoint answered, or it does not show events so far back.
    """
    head = head_of(rpc.call("eth_getBlockByNumber", "latest", False))
    wanted = [{"address": contract.address, "topics": [contract.granted_topic]}]
    spans = look_back(
        rpc, head, since_s=0, filters=lambda _: wanted, closing=lambda: False, stride=OF_ALL
    )
    granted = {read.event(contract.granted, log) for found in spans for log in found.logs}
    numbers = {ROLES[name].number: name for name in ROLES}
    asked = sorted((numbers[number], who) for number, who in granted if number in numbers)
    questions = [at_block(contract.has(ROLES[name], who), "latest") for name, who in asked]
    holds = asked_in_parts(rpc, questions)
    found: dict[str, tuple[str, ...]] = {}
    for (name, who), has in zip(asked, holds, strict=True):
        if has:
            found[name] = (*found.get(name, ()), who)
    return found


def plan(
    rpc: Rpc, contract: RoleContract, role: str, account: str, sender: str, *, grants: bool
) -> Change:
    """Work out what granting or revoking a role would do.

    Raises:
        Refused: the sender is no admin there, or nobody could ever give roles away again.
        ChainUnavailable: no endpoint answered.
    """
    holders = holders_of(rpc, contract)
    is_so = (account in holders.get(role, ())) is grants
    admins = holders.get(ADMIN, ())
    if not is_so and sender not in admins:
        told = ", ".join(admins) or "nobody"
        raise Refused(
            "NoAdmin", f"{sender} gives no roles away at the {contract.contract}: {told} does"
        )
    if not is_so and not grants and role == ADMIN and admins == (account,):
        raise Refused(
            "LastAdmin",
            f"{account} is the only admin of the {contract.contract}: without one no role there"
            " could ever change again; grant it to another account first",
        )
    encode = contract.grant if grants else contract.revoke
    return Change(
        contract=contract,
        role=role,
        account=account,
        grants=grants,
        holders=holders,
        data=None if is_so else encode(ROLES[role], account),
    )


def plan_lines(change: Change, sender: str) -> list[str]:
    """Tell a change before it is sent."""
    held = ", ".join(change.holders.get(change.role, ())) or "nobody"
    contract = change.contract
    lines = [
        f"{contract.contract} {contract.address}",
        f"  {change.role} may {ROLES[change.role].may}; held by {held}",
    ]
    if change.data is None:
        return [*lines, f"  already: {change.account} {'has' if change.grants else 'lacks'} it"]
    verb = "grants it to" if change.grants else "takes it from"
    return [*lines, f"  one transaction, which {sender} signs, {verb} {change.account}"]


def require_keys_apart(rpc: Rpc, at: Mapping[str, str], role: str, account: str) -> None:
    """Refuse to let one key install the meters and set the prices.

    `at` has the contracts' addresses by name.

    Raises:
        Refused: it would.
        ChainUnavailable: no endpoint answered.
    """
    other = {"installer": "utility", "utility": "installer"}.get(role)
    if other is None or (name := ROLES[other].contracts[0]) not in at:
        return
    contract = RoleContract(name, at[name])
    if account in holders_of(rpc, contract).get(other, ()):
        raise Refused(
            "OneKey",
            f"{account} would be the utility and install the meters, and so could set prices and"
            " propose who reports: name another account, or say that it may (--one-key)",
        )
