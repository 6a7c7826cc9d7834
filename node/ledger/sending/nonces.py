"""Choose the nonce of the next transaction, and tell which nonces nothing can be mined at.

What an endpoint says is pending counts up to some more than is known here: one false word would
put everything after it out of reach.
"""

from collections.abc import Set

from node.ledger.chain.account_state import AccountState

_MOST_GAPS = 16


def next_nonce(account_state: AccountState, held: Set[int]) -> int:
    """Give the lowest nonce that nobody holds and that follows all held ones in reach."""
    reach = end_of_reach(account_state, len(held))
    near = [nonce + 1 for nonce in held if nonce < reach]
    nonce = max([account_state.nonce, *near])
    if account_state.pending_nonce <= nonce + _MOST_GAPS:
        nonce = max(nonce, account_state.pending_nonce)
    while nonce in held:
        nonce += 1
    return nonce


def gaps(account_state: AccountState, held: Set[int], live: Set[int]) -> list[int]:
    """Give dead nonces below a live one: nothing above them can be mined."""
    first, reach = account_state.nonce, end_of_reach(account_state, len(held))
    if account_state.pending_nonce <= reach:
        first = max(first, account_state.pending_nonce)
    in_reach = [nonce for nonce in live if nonce < reach]
    return [n for n in range(first, max(in_reach, default=0)) if n not in held][:_MOST_GAPS]


def end_of_reach(account_state: AccountState, held: int) -> int:
    """Give the first nonce to which no row of others can lead, of which so many are held."""
    return account_state.nonce + held + _MOST_GAPS
