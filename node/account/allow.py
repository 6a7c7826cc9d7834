"""Let the sale take so much of an account's tokens: what orders are paid from without a call.

The sale takes it for the account's own orders alone, and exactly their price.
"""

from collections.abc import Callable

from node.core.units import format_tokens
from node.keys.account import Account
from node.ledger.chain.asking import asked_now
from node.ledger.contracts.community import Contracts
from node.ledger.operator.deploy import connect
from node.ledger.operator.transact import Transactor
from node.ledger.settings import LedgerSettings


def allow(
    account: Account, settings: LedgerSettings, amount: int, tell: Callable[[str], None]
) -> None:
    """Have the sale be allowed exactly `amount` base units from now on; 0 takes it all back.

    Raises:
        Refused: the chain or the token said no.
        ChainUnavailable: no endpoint answered; run it again, what was sent is not sent twice.
    """
    rpc = connect(settings.rpc_urls[0], settings.headers)
    contracts = Contracts(settings)
    token, sale = contracts.token, contracts.sale.address
    allowed = asked_now(rpc, token.allowance(account.account, sale))
    if allowed == amount:
        tell(f"already: the sale may take {format_tokens(amount)} tokens")
        return
    transactor = Transactor(rpc, account, tell)
    if allowed and amount:
        # Many old tokens take a new allowance only once nothing is left of the one before.
        transactor.send("allow nothing", token.address, token.approve(sale, 0))
    transactor.send("allow", token.address, token.approve(sale, amount))
    tell(
        f"done: the sale may take {format_tokens(amount)} tokens (before: {format_tokens(allowed)})"
    )
