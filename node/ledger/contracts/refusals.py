"""Say in plain words why a contract refused: every custom error, by the name it has on chain.

A contract's own are in its file; those of the libraries that they are built on are here.
"""

from collections.abc import Callable, Mapping
from functools import cache

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from node.core.errors import Refusal
from node.ledger.contracts.artifacts import SELECTOR_BYTES, Entry, artifact
from node.ledger.contracts.community import KNOWN

CONTRACTS = tuple(known.name for known in KNOWN)

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


SENTENCES: Mapping[str, Callable[..., str]] = {
    **{name: write for known in KNOWN for name, write in known.sentences.items()},
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
