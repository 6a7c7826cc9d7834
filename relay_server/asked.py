"""Say in the words of the leases what a signed line asks for."""

from dataclasses import replace

from node.core.records import Receipt
from node.core.relay.facts import ConsentAsked, HereSaid, HoldAsked
from node.core.relay.lease import Fact
from node.core.wire.lines import HereLine, HoldLine, SignedLine
from node.keys.keccak import checksum_address


def opens(asked: SignedLine) -> bool:
    """Say whether a line can close nothing, whenever it is heard."""
    if isinstance(asked, HereLine):
        return False
    return not (asked.contacts if isinstance(asked, HoldLine) else asked.consent_ms)


def fact_of(asked: SignedLine, account: str) -> Fact:
    """Give the fact of a line whose account's signature was checked."""
    if isinstance(asked, HereLine):
        return HereSaid(account=account, sequence=asked.sequence)
    if isinstance(asked, HoldLine):
        return HoldAsked(
            account=account,
            sequence=asked.sequence,
            contacts=asked.contacts,
            lease_s=asked.lease_ms / 1000,
        )
    return ConsentAsked(
        account=account,
        sequence=asked.sequence,
        connection=asked.connection,
        consent_s=asked.consent_ms / 1000,
    )


def normal(receipt: Receipt) -> Receipt:
    """Spell a receipt's accounts as EIP-55 does."""
    return replace(
        receipt,
        buyer=checksum_address(receipt.buyer),
        seller=checksum_address(receipt.seller),
    )
