"""Write a month's statements of what the chain settled: found by the community's own file."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from community.billing.bill import month_after
from community.chain.events import read_month
from community.chain.statements import (
    entry_table,
    statement_page,
    statements,
    sum_table,
    tokens,
)
from community.days import begin_s
from community.files import put
from community.refusal import NotDone
from community.rules import Rules
from node.ledger.chain.rpc import Rpc
from node.parameters import load

NAME = "community.yml"
_WAIT_S = 30.0


def run(directory: Path, rules: Rules, month: date, file: Path | None) -> Iterator[str]:
    """Write the statements, and give what there is to say of them.

    Raises:
        ConfigError: the community's file is wrong, or not there.
        ChainUnavailable: no endpoint answered as it should.
        NotDone: the contracts' money is not what the rules make it.
    """
    contract = load(file or directory / NAME).contract
    if not contract.node:
        raise NotDone(f"{file or directory / NAME}: contract.node names no endpoint to ask")
    rpc = Rpc(contract.node, chain_id=contract.chain_id, timeout_s=_WAIT_S)
    since_s, until_s = begin_s(month, rules.local), begin_s(month_after(month), rules.local)
    found = read_month(rpc, contract.auction, contract.address, since_s, until_s)
    place = directory / "statements" / f"{month:%Y-%m}"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    each = statements(found, rules.accounts)
    put(place / "entries.csv", entry_table(found, rules.accounts, rules.local))
    put(place / "statements.csv", sum_table(each))
    for one in each:
        text = statement_page(one, rules.name, f"{month:%Y-%m}", rules.local)
        put(place / f"{one.account}.html", text)
    paid = -sum(min(entry.trade, 0) for entry in found.entries)
    yield (
        f"{len(each)} accounts paid each other {tokens(paid)} tokens and received"
        f" {tokens(paid - found.dust)}: {found.dust} base units are left over by rounding;"
        f" see {place}"
    )
    if found.waiting:
        yield f"{found.waiting} orders of this month are not settled yet: write it again later"
