"""What a reverted call returned: any bytes a hostile contract or endpoint may choose."""

from eth_abi.abi import encode

from node.ledger.contracts.refusals import _errors, refusal_of
from tests.fuzz.campaign import Target


def target(data: bytes) -> None:
    """Read a refusal: there is always a name and a sentence."""
    refusal = refusal_of(data)
    assert refusal.name and refusal.sentence
    refusal.sentence.encode(errors="strict")


def _value(kind: str) -> object:
    if kind.endswith("[]"):
        return []
    if kind == "bool":
        return True
    if kind == "address":
        return "0x" + "7e" * 20
    if kind == "string":
        return "a text"
    if kind.startswith("bytes"):
        return bytes(int(kind[5:] or "3"))
    return 5


TARGET = Target(
    name="refusals",
    run=target,
    examples=(
        b"",
        bytes.fromhex("08c379a0") + encode(["string"], ["not now"]),
        bytes.fromhex("4e487b71") + encode(["uint256"], [0x11]),
        *(
            selector + encode(entry.inputs, [_value(kind) for kind in entry.inputs])
            for selector, entry in _errors().items()
        ),
    ),
    tokens=(
        b"\xff" * 32, b"\0" * 32, b"\0" * 31 + b" ", b"\0" * 24 + b"\xff" * 8, b"\0" * 31 + b"\x01",
        bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71"),
    ),
)  # fmt: skip
