"""What a home recalls at its start: counts, receipts and readings, from a card that may be worn.

Each line of an input is a key, `=` and its text. Whatever stands there, the home starts with
plausible counts, and what could not be read is said.
"""

import json

from node.core.budget import Spent
from node.core.energy.spool import Spool
from node.core.records import MeterName, Registers
from node.core.wire.codec import to_plain
from node.home.memory.memory import Memory
from node.home.memory.texts import MOST_COUNTED
from tests.factories.home import reading, receipt
from tests.fuzz.campaign import Target
from tests.fuzz.files import opened_journal

_COUNTED = range(MOST_COUNTED + 1)


def target(data: bytes) -> None:
    """Recall everything from these texts; nothing of it is written."""
    journal = opened_journal("memory.db")
    for line in data.decode(errors="replace").split("\n"):
        key, _, text = line.partition("=")
        journal._unsaved[key] = text
    try:
        _recall(Memory(journal, 1_000))
    finally:
        journal._unsaved.clear()


def _recall(memory: Memory) -> None:
    for registers in memory.recall_registers().values():
        assert _is_counted(registers)
    for kept in memory.recall_receipts():
        assert kept.number in _COUNTED and kept.drawn_milliwh in _COUNTED
        assert len(kept.signature) == 65
    spent, spools = memory.recall_spent(), memory.recall_spools()
    assert spent.day in _COUNTED and spent.amount in _COUNTED
    assert all(waiting.meter is MeterName.CONNECTION for waiting in spools.chain.waiting)
    for spool in (spools.chain, spools.broker):
        _check(spool)
    memory.recall_wish()
    memory.recall_drawing()
    assert memory.problem is None or "could not be read" in memory.problem


def _check(spool: Spool) -> None:
    assert spool.dropped in _COUNTED
    assert all(_is_counted(waiting.registers) for waiting in spool.waiting)
    for meter in MeterName:
        boundaries = [one.boundary for one in spool.waiting if one.meter is meter]
        assert boundaries == sorted(set(boundaries)) and all(b in _COUNTED for b in boundaries)


def _is_counted(registers: Registers) -> bool:
    return registers.import_milliwh in _COUNTED and registers.export_milliwh in _COUNTED


def _line(key: str, record: object) -> bytes:
    return f"{key}={json.dumps(to_plain(record))}".encode()


_REGISTERS = Registers(import_milliwh=5_000, export_milliwh=7)
TARGET = Target(
    name="memory",
    run=target,
    examples=(
        b"\n".join(
            [
                *(_line(f"registers/{name}", _REGISTERS) for name in ("load", "connection")),
                _line("receipt/buyer/seller/7", receipt()),
                *(_line(f"reading/{number}", reading(number).registers) for number in (7, 8)),
                _line("spent", Spent(day=19_000, amount=37_080)),
                *(_line(f"reading_mqtt/load/{n}", reading(n).registers) for n in (7, 8)),
                b"readings_dropped=4\nreadings_dropped_mqtt=5\nwish=own_source\ndrawing=yes",
            ]
        ),
        _line("spent", Spent(day=19_000, amount=37_080)),
        _line("reading/7", reading(7).registers),
        _line("reading_mqtt/generation/7", reading(7).registers),
    ),
    tokens=(
        b"registers/", b"receipt/", b"reading/", b"reading_mqtt/", b"connection/", b"spent=",
        b'"type"', b"generation", b"==",
    ),
)  # fmt: skip
