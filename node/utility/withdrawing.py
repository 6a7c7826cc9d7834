"""Read what the utility's person asks of its money, in the three steps in which it may leave.

The grid's money is announced first, so that what it owes by then is still paid from it; then it
is moved to the account's balance at the auction, and from there to its tokens.
"""

from collections.abc import Mapping

from node.core.commands import AnnounceWithdrawal, ExecuteWithdrawal, WithdrawBalance
from node.core.errors import Refused

STEPS = ("announce", "execute", "take")
_MOST = 2**256 - 1

Withdrawal = AnnounceWithdrawal | ExecuteWithdrawal | WithdrawBalance


def withdrawal_of(request: Mapping[str, object]) -> Withdrawal:
    """Give the command of a request; `amount` is in base units.

    Raises:
        Refused: it is no such request.
    """
    step, amount = request.get("step"), request.get("amount")
    if step == "execute" and amount is None:
        return ExecuteWithdrawal()
    if step == "execute":
        raise Refused("BadRequest", "what was announced is moved whole: execute takes no amount")
    if step not in STEPS or type(amount) is not int:
        raise Refused("BadRequest", f"a withdrawal is one of {', '.join(STEPS)}, with its amount")
    if not 0 <= amount <= _MOST:
        raise Refused("BadRequest", "an amount is 0 or more, and no more than there can be")
    if step == "announce":
        return AnnounceWithdrawal(amount=amount)
    if not amount:
        raise Refused("BadRequest", "nothing is to be taken")
    return WithdrawBalance(amount=amount)
