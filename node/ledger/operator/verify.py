"""Hold the contracts on the chain against those that this version was built with, byte for byte.

What a constructor sets for good stands in the code itself, in places that the compiler leaves
empty: 32 bytes of nothing behind the instruction that pushes them. Nothing else may differ.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from node.keys.keccak import checksum_address
from node.ledger.chain.asking import asked_now
from node.ledger.chain.endpoint import RpcError
from node.ledger.chain.rpc import Rpc
from node.ledger.contracts.artifacts import UnexpectedAnswer, artifact
from node.ledger.contracts.community import ADDRESSED
from node.ledger.contracts.known import Known
from node.ledger.contracts.roles import ADMIN, ROLES, RoleContract
from node.ledger.operator.roles import holders_of

NAMES = {known.key: known.name for known in ADDRESSED}
_COPIES_ITSELF = re.compile(rb"\x61(..)\x61(..)\x60\x00\x39", re.DOTALL)
"""Push the size, push the start, push 0, copy code."""
_PUSH_32 = 0x7F
_WORD = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Hold one thing that was looked at, in a sentence, and whether it is as it should be."""

    what: str
    sentence: str
    is_well: bool


def verify(rpc: Rpc, at: Mapping[str, str]) -> Iterator[Verdict]:
    """Look at the contracts, by name, at their addresses: code, what ties them, and roles.

    Raises:
        ChainUnavailable: no endpoint answered.
    """
    genuine = set[str]()
    for name, address in at.items():
        code = bytes.fromhex(str(rpc.call("eth_getCode", address, "latest"))[2:])
        why = why_other(artifact(NAMES[name]).bytecode, code)
        if why is None:
            genuine.add(name)
        sentence = f"the code of {NAMES[name]}" if why is None else f"not {NAMES[name]}: {why}"
        yield Verdict(what=f"{name} {address}", sentence=sentence, is_well=why is None)
    for known in ADDRESSED:
        if known.key in genuine:
            yield from _ties(rpc, known, at)
    for name in ROLES[ADMIN].contracts:
        if name in genuine:
            yield from _roles(rpc, RoleContract(name, at[name]))


def why_other(creation: bytes, code: bytes) -> str | None:
    """Say why code on the chain is not what this creation code leaves there; None if it is."""
    if not code:
        return "there is no code at that address"
    built, place = left_by(creation), 0
    if len(built) != len(code):
        return f"its code has {len(code)} bytes, not {len(built)}"
    while place < len(code):
        if built[place] == code[place]:
            place += 1
            continue
        start = _immutable_around(built, place)
        if start is None:
            return f"its code differs from byte {place} on"
        place = start + _WORD
    return None


def left_by(creation: bytes) -> bytes:
    """Give the code that a creation leaves on the chain, its constants still empty.

    It is the last part of the creation code, which says where that begins, and copies it.

    Raises:
        ValueError: it does not say so in the one way that our compiler has.
    """
    for copied in _COPIES_ITSELF.finditer(creation):
        size, start = (int.from_bytes(copied[number]) for number in (1, 2))
        if start + size == len(creation):
            return creation[start:]
    raise ValueError("what this creation code leaves is not known")


def _immutable_around(built: bytes, place: int) -> int | None:
    """Give where the empty word begins in which a byte stands; None if it stands in none."""
    for start in range(max(1, place - _WORD + 1), place + 1):
        if built[start - 1] == _PUSH_32 and not any(built[start : start + _WORD]):
            return start
    return None


def _ties(rpc: Rpc, known: Known, at: Mapping[str, str]) -> Iterator[Verdict]:
    """See that a contract means the others, and tell what was set for good."""
    made, address = artifact(known.name), at[known.key]
    for other, question in known.ties.items():
        found = asked_now(rpc, made.ask(address, checksum_address, question))
        yield _tie(known.key, other, found, at)
    sentence, questions = known.told
    if sentence:
        numbers = (asked_now(rpc, made.ask(address, int, question)) for question in questions)
        yield _told(known.key, sentence.format(*numbers))


def _tie(what: str, other: str, found: str, at: Mapping[str, str]) -> Verdict:
    sentence = f"its {other} is {found}"
    if other not in at:
        return Verdict(what=what, sentence=sentence, is_well=True)
    is_well = found == at[other]
    return Verdict(
        what=what, sentence=sentence if is_well else f"{sentence}, not {at[other]}", is_well=is_well
    )


def _told(what: str, sentence: str) -> Verdict:
    return Verdict(what=what, sentence=sentence, is_well=True)


def _roles(rpc: Rpc, contract: RoleContract) -> Iterator[Verdict]:
    try:
        holders = holders_of(rpc, contract)
    except (RpcError, UnexpectedAnswer) as error:
        yield Verdict(what=contract.contract, sentence=f"its roles: {error}", is_well=False)
        return
    for name, role in ROLES.items():
        if contract.contract in role.contracts:
            held = ", ".join(holders.get(name, ())) or "nobody"
            yield _told(contract.contract, f"{name} (may {role.may}): {held}")
