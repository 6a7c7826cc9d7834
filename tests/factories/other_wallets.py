"""Another wallet's library: what it signs and seals, ours has to sign and open.

It brings py_ecc along, which lets Python recurse a hundred thousand deep: long before that the C
stack is full, and what a test nests without end would end its process. So the limit is put back.
"""

import sys

_limit = sys.getrecursionlimit()

from eth_account import Account as EthAccount  # noqa: E402 - between the limit and itself
from eth_account.messages import encode_typed_data  # noqa: E402

sys.setrecursionlimit(_limit)

__all__ = ["EthAccount", "encode_typed_data"]
