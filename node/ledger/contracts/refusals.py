"""Say in plain words why a contract refused: every custom error, by the name it has on chain."""

from collections.abc import Callable, Mapping
from functools import cache

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from node.core.errors import Refusal
from node.core.units import format_tokens, format_wh
from node.ledger.contracts.artifacts import SELECTOR_BYTES, Entry, artifact
from node.ledger.contracts.auction_refusals import AUCTION_SENTENCES
from node.system.words import local_time

CONTRACTS = ("AuctionLens", "EnergySale", "EnergyToken", "IntervalAuction", "MeterRegistry")

_REVERTED_WITH_TEXT = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")


def refusal_of(data: bytes) -> Refusal:
    """Read what a reverted call returned; an unknown error is shown as it came."""
    selector, body = data[:SELECTOR_BYTES], data[SELECTOR_BYTES:]
    if not data:
        return Refusal(name="Reverted", sentence="the contract refused without a reason")
    try:
        if selector == _REVERTED_WITH_TEXT:
            (text,) = decode(["string"], body)
            return Refusal(name="Reverted", sentence=f"the contract refused: {text}")
        if selector == _PANIC:
            (code,) = decode(["uint256"], body)
            return Refusal(name="Panic", sentence=f"the contract met its own fault 0x{code:02x}")
        entry = _errors().get(selector)
        if entry is not None:
            return Refusal(name=entry.name, sentence=_sentence(entry, decode(entry.inputs, body)))
    # An offset or a length beyond every stream is an OverflowError, not a DecodingError.
    except (DecodingError, ValueError, OverflowError):
        pass
    return Refusal(name=f"0x{selector.hex()}", sentence=f"the contract refused with 0x{data.hex()}")


def _sentence(entry: Entry, values: tuple[object, ...]) -> str:
    write = SENTENCES.get(entry.name)
    if write is None:
        facts = ", ".join(str(value) for value in values)
        return f"the contract refused with {entry.name}({facts})"
    return write(*values)


@cache
def _errors() -> Mapping[bytes, Entry]:
    return {
        selector: entry for name in CONTRACTS for selector, entry in artifact(name).errors.items()
    }


def _price(price: int) -> str:
    return f"{format_tokens(price)} per kWh"


def _register(index: int) -> str:
    return "import" if index == 0 else "export"


SENTENCES: Mapping[str, Callable[..., str]] = {
    **AUCTION_SENTENCES,
    # EnergySale
    "SaleTokenWithoutCode": lambda token: f"no contract is at the token's address {token}",
    "SaleGraceOutOfRange": lambda grace, least, most: (
        f"a grace of {grace} s is not from {least} to {most} s"
    ),
    "SaleZeroPrice": lambda: "an offer needs a price",
    "SaleZeroLeast": lambda: "an offer's least order is at least 1 mWh",
    "SaleDurationOutOfRange": lambda duration, least, most: (
        f"an order's duration of {duration} s is not from {least} to {most} s"
    ),
    "SaleNotToken": lambda caller: f"{caller} is not the token of this sale",
    "SalePurchaseMalformed": lambda length: f"the purchase has {length} bytes, not 160",
    "SaleNumberStep": lambda number, last: (
        f"order {number} does not follow order {last}, the account's newest, by one or two"
    ),
    "SaleNotByBuyer": lambda operator, buyer: (
        f"{operator} cannot buy for {buyer}: a purchase by a transfer is the buyer's own call"
    ),
    "SaleDurationAboveLimit": lambda offered, limit: (
        f"the seller's orders run for {offered} s, longer than the limit of {limit} s"
    ),
    "SaleOwnOffer": lambda seller: f"{seller} cannot buy from itself",
    "SaleOfferExpired": lambda seller, until: (
        f"{seller} has no offer"
        if until == 0
        else f"the offer of {seller} ended at {local_time(until)}"
    ),
    "SalePriceAboveLimit": lambda asked, limit: (
        f"the seller asks {_price(asked)}, above the limit of {_price(limit)}"
    ),
    "SaleEnergyBelowLeast": lambda energy, least: (
        f"{format_wh(energy)} is below the seller's least order of {format_wh(least)}"
    ),
    "SaleEnergyAboveAvailable": lambda energy, available: (
        f"{format_wh(energy)} is more than the {format_wh(available)} that the offer has left"
    ),
    "SaleOrderOpen": lambda number: f"order {number} is still open in the same place",
    "SaleChargeAboveValue": lambda charge, value: (
        f"the order costs {format_tokens(charge)}, more than the {format_tokens(value)} allowed"
    ),
    "SaleChargeNotValue": lambda charge, value: (
        f"the order costs {format_tokens(charge)}, not the {format_tokens(value)} sent"
    ),
    "SaleOrderNotOpen": lambda buyer, seller, number: (
        f"order {number} of {buyer} with {seller} is not open"
    ),
    "SaleDrawnNotRising": lambda drawn, redeemed: (
        f"the receipt says {format_wh(drawn)}, and {format_wh(redeemed)} is redeemed already"
    ),
    "SaleDrawnAboveEnergy": lambda drawn, energy: (
        f"the receipt says {format_wh(drawn)}, more than the {format_wh(energy)} bought"
    ),
    "SaleReceiptNotSigned": lambda buyer: f"the receipt is not signed by {buyer}",
    "SaleGraceRunning": lambda at: f"a refund is possible from {local_time(at)} on",
    # EnergyToken
    "ERC20InsufficientBalance": lambda account, balance, needed: (
        f"{account} has {format_tokens(balance)} tokens, and {format_tokens(needed)} are needed"
    ),
    "ERC20InsufficientAllowance": lambda spender, allowance, needed: (
        f"{spender} may take {format_tokens(allowance)} tokens, "
        f"and {format_tokens(needed)} are needed"
    ),
    "ERC20InvalidApprover": lambda account: f"{account} cannot approve",
    "ERC20InvalidReceiver": lambda account: f"{account} cannot receive tokens",
    "ERC20InvalidSender": lambda account: f"{account} cannot send tokens",
    "ERC20InvalidSpender": lambda account: f"{account} cannot spend tokens",
    "ERC1363ApproveFailed": lambda spender, value: (
        f"approving {format_tokens(value)} tokens for {spender} failed"
    ),
    "ERC1363InvalidReceiver": lambda account: f"{account} does not take transfer-and-call",
    "ERC1363InvalidSpender": lambda account: f"{account} does not take approve-and-call",
    "ERC1363TransferFailed": lambda to, value: (
        f"sending {format_tokens(value)} tokens to {to} failed"
    ),
    "ERC1363TransferFromFailed": lambda sender, to, value: (
        f"sending {format_tokens(value)} tokens from {sender} to {to} failed"
    ),
    "ERC2612ExpiredSignature": lambda deadline: f"the permit ended at {local_time(deadline)}",
    "ERC2612InvalidSigner": lambda signer, owner: f"the permit is signed by {signer}, not {owner}",
    "InvalidAccountNonce": lambda account, nonce: f"the permit of {account} is not number {nonce}",
    "SafeERC20FailedOperation": lambda token: f"the token {token} did not move the money",
    # MeterRegistry
    "RegistryZeroInterval": lambda: "an interval needs a length",
    "RegistryRingNotPowerOfTwo": lambda ring: f"a ring of {ring} is not a power of two from 2 on",
    "RegistryZeroReporter": lambda: "a meter needs a reporter",
    "RegistryZeroPower": lambda: "a meter needs a maximum power",
    "RegistryNotReporter": lambda meter, caller: f"{caller} does not report meter {meter}",
    "RegistryNotOwner": lambda meter, caller: f"{caller} does not own meter {meter}",
    "RegistryNoProposal": lambda meter: f"nobody has proposed a reporter for meter {meter}",
    "RegistryProposalWaits": lambda meter, at: (
        f"the proposed reporter of meter {meter} can be taken from {local_time(at)} on"
    ),
    "RegistryBoundaryNotRising": lambda meter, boundary, last: (
        f"meter {meter} has reported boundary {last} already, so {boundary} comes too late"
    ),
    "RegistryBoundaryAhead": lambda meter, boundary, at: (
        f"boundary {boundary} of meter {meter} is at {local_time(at)}, which has not come yet"
    ),
    "RegistryRegisterFalls": lambda meter, register, reported, last: (
        f"the {_register(register)} register of meter {meter} would fall "
        f"from {format_wh(last)} to {format_wh(reported)}"
    ),
    "RegistryRiseAboveMaximum": lambda meter, register, rise, most: (
        f"the {_register(register)} register of meter {meter} would rise by {format_wh(rise)}, "
        f"above the {format_wh(most)} that its maximum power allows"
    ),
    "RegistryBatchLength": lambda length, most: f"{length} readings are not from 1 to {most}",
    "RegistryPackageLength": lambda length, size, most: (
        f"{length} bytes are not 1 to {most} readings of {size} bytes"
    ),
    "RegistryReadingsNotSigned": lambda meter, previous: (
        f"the readings are not signed by meter {meter}'s reporter as those after {previous}"
    ),
    "RegistryTimesAboveMost": lambda times, most: f"{times} times back are more than {most}",
    "RegistryZeroPrice": lambda: "the price in use cannot be 0",
    "RegistryNoPrice": lambda: "no price has been posted yet",
    # OpenZeppelin
    "AccessControlUnauthorizedAccount": lambda account, role: (
        f"{account} does not have the role that this needs"
    ),
    "AccessControlBadConfirmation": lambda: "a role can be renounced by its holder alone",
    "ECDSAInvalidSignature": lambda: "the signature is not valid",
    "ECDSAInvalidSignatureLength": lambda length: f"the signature has {length} bytes, not 65",
    "ECDSAInvalidSignatureS": lambda s: "the signature's s is not low",
    "ERC721IncorrectOwner": lambda sender, meter, owner: (
        f"{sender} does not own meter {meter}: {owner} does"
    ),
    "ERC721InsufficientApproval": lambda operator, meter: f"{operator} may not move meter {meter}",
    "ERC721InvalidApprover": lambda account: f"{account} cannot approve",
    "ERC721InvalidOperator": lambda account: f"{account} cannot be an operator",
    "ERC721InvalidOwner": lambda account: f"{account} cannot own a meter",
    "ERC721InvalidReceiver": lambda account: f"{account} cannot receive a meter",
    "ERC721InvalidSender": lambda account: f"{account} cannot send a meter",
    "ERC721NonexistentToken": lambda meter: f"there is no meter {meter}",
    "InvalidShortString": lambda: "the name is malformed",
    "StringTooLong": lambda text: f"the name {text} is too long",
    "SafeCastOverflowedIntToUint": lambda value: f"{value} is below 0",
    "SafeCastOverflowedUintToInt": lambda value: f"{value} is too large for a signed number",
    "SafeCastOverflowedUintDowncast": lambda bits, value: f"{value} does not fit {bits} bits",
}
