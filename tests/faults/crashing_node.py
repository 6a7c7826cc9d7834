"""Run the real node, and crash it at one durable step.

`python -m tests.faults.crashing_node TRACE POINT KIND run --parameters FILE`: each durable step is
appended to TRACE; at the step named POINT ("-" for none) the process crashes in one of three ways:

kill   SIGKILL: what was handed to the system stays
power  like a power cut: what was not synced to the disk is lost
raise  an exception that nobody expects, as a fault of our own would be
"""

import os
import signal
import sys

from node.command_line import main
from tests.faults.durable import Disk, Points, instrument

MOST_OF_ONE_NAME = 2
KINDS = ("kill", "power", "raise")
POWER_CUT_STATUS = 137


class FaultOfOurOwn(Exception):
    """Stand for a bug: none of the errors that the node knows."""


class _Crash:
    def __init__(self, trace: str, point: str, kind: str) -> None:
        self.disk = Disk()
        self._trace = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._point = point
        self._kind = kind

    def reached(self, label: str) -> None:
        """Note a step, and crash if it is the one."""
        os.write(self._trace, f"{label}\n".encode())
        if label != self._point:
            return
        match self._kind:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "power":
                self.disk.cut()
                os._exit(POWER_CUT_STATUS)
            case _:
                raise FaultOfOurOwn(label)


def run(arguments: list[str]) -> int:
    """Instrument this process and run the node in it."""
    trace, point, kind, *command = arguments
    crash = _Crash(trace, point, kind)
    instrument(Points(crash.reached, MOST_OF_ONE_NAME), crash.disk)
    return main(command)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
