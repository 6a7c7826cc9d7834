"""Put up a token as streets had before ERC-1363, whose approve-and-call calls `receiveApproval`."""

from node.keys.keccak import checksum_address
from node.ledger.contracts.artifacts import artifact
from node.ledger.operator.transact import Transactor


def deploy_old_token(transactor: Transactor) -> str:
    """Deploy it; give its address.

    Raises:
        Refused: the chain said no.
    """
    outcome = transactor.send("OldToken", None, artifact("OldToken").deployment_data())
    return checksum_address(outcome["contractAddress"])
