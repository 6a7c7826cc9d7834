"""Give what a home keeps over a power loss, for the tests of its memory."""

from dataclasses import replace

from node.core.budget import Spent
from node.core.energy.spool import EMPTY, Spools
from node.core.records import MeterName, Registers
from node.home.memory.saving import Counts

SPENT = Spent(day=19_000, amount=37_080)
NONE = Spools(chain=EMPTY, broker=EMPTY)


def registers(import_milliwh=5_000):
    return {MeterName.CONNECTION: Registers(import_milliwh=import_milliwh, export_milliwh=7)}


def counts(import_milliwh=5_000, **changes):
    found = Counts(
        registers=registers(import_milliwh),
        receipts=(),
        spent=SPENT,
        spools=NONE,
        drawing=False,
        calendar_s=None,
        fed_by_neighbours_milliwh=None,
        earned=None,
    )
    return replace(found, **changes)
