"""A bug of ours that strikes the last writing, after the last cycle, is told by the exit status."""

import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from node.core.errors import NodeError
from node.links.status import ask
from tests.parts.neighbours import BUYER, World
from tests.parts.waiting import until
from village.chips.bus import BusServer
from village.chips.outfits import GAUGE_ADDRESS, SHUNT_OHMS, SHUNTS
from village.processes import Processes

LAST_WRITING = "text registers before#2"
"""The registers are written at the start and at the end; nothing is traded here."""


def write_parameters(directory, bus):
    node = {
        "name": BUYER,
        "role": "consumer",
        "state_directory": str(directory / "state"),
        "i2c": f"unix:{bus}",
        "sensors": {
            "gauge": {"chip": "max17048", "address": GAUGE_ADDRESS},
            "line": {
                "chip": "ina219",
                "address": SHUNTS["load"],
                "shunt_ohms": SHUNT_OHMS,
                "feeds": "connection",
                "positive": "import",
            },
        },
    }
    path = directory / "parameters.yml"
    path.write_text(yaml.safe_dump({"node": node}))
    return path


def has_counted(directory):
    with suppress(NodeError, OSError):
        counted = ask(directory / "state", {"do": "status"}).get("connection")
        return counted is not None and counted["import_milliwh"] > 0
    return False


@pytest.mark.failure(
    part="node",
    failure="a bug of ours while the last counts are written, in an orderly stop",
    contacts="rest",
    person="the fault in the log, and exit status 1",
)
def test_a_fault_of_our_own_in_the_last_writing_is_told_by_the_exit_status(tmp_path):
    trace, processes = tmp_path / "trace", Processes(tmp_path)
    with tempfile.TemporaryDirectory() as sockets:
        bus = Path(sockets) / "i2c"
        crashing = [str(trace), LAST_WRITING, "raise", "run"]
        parameters = str(write_parameters(tmp_path, bus))
        module = [sys.executable, "-m", "tests.faults.crashing_node"]
        with BusServer({bus: World().bus(BUYER)}):
            processes.start(BUYER, [*module, *crashing, "--parameters", parameters])
            try:
                until(lambda: has_counted(tmp_path), "it counts", 40.0)
            finally:
                status = processes.stop(BUYER)

    assert LAST_WRITING in trace.read_text().splitlines()
    assert status == 1
    assert "FaultOfOurOwn" in processes.log_of(BUYER).read_text()
