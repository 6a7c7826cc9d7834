"""What is sent to the meters' registry: the table of its intents."""

from collections.abc import Mapping
from typing import Any

from node.core.commands import Intent, ReportReadings
from node.core.records import MeterName, Reading, Registers
from node.ledger.sending.row import Priority, Row


def _name_of_report(one: ReportReadings) -> str:
    boundaries = [reading.boundary for reading in one.readings]
    return f"{one.meter_id} {boundaries[:1]} {len(boundaries)}"


def _write_report(one: ReportReadings) -> dict[str, Any]:
    rows = [
        [r.meter.value, r.boundary, r.registers.import_milliwh, r.registers.export_milliwh]
        for r in one.readings
    ]
    return {"meter_id": one.meter_id, "readings": rows}


def _read_report(members: dict[str, Any]) -> ReportReadings:
    readings = tuple(_reading(*row) for row in members["readings"])
    return ReportReadings(meter_id=members["meter_id"], readings=readings)


def _reading(meter: str, boundary: int, imported: int, exported: int) -> Reading:
    return Reading(
        meter=MeterName(meter),
        boundary=boundary,
        registers=Registers(import_milliwh=imported, export_milliwh=exported),
    )


TO_REGISTRY: Mapping[type[Intent], Row[Any]] = {
    ReportReadings: Row[ReportReadings](
        call=lambda to, one: (to.registry.address, to.registry.report(one.meter_id, one.readings)),
        gas=lambda one: 100_000 + 36_000 * (len(one.readings) - 1),
        priority=Priority.REST,
        name=_name_of_report,
        is_once=True,
        write=_write_report,
        read=_read_report,
    ),
}
