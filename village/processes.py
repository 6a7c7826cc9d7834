"""Start and stop the village's processes; none outlives the village, however it ends."""

import ctypes
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOP_WAIT_S = 5.0
_NOT_RUNNING = ("T", "t", "Z", "X")
"""Stopped, traced, ended."""

_libc = ctypes.CDLL(None)


class Processes:
    """Own the child processes by name; each logs into a file of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, Sequence[str]] = {}

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a process; its output is appended to `<name>.log`."""
        with self.log_of(name).open("ab") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A key pressed in the terminal is for the village alone, which stops them in order.
                process_group=0,
                # The kernel ends the child with us, even when we are killed outright.
                preexec_fn=lambda: _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
            )
        self._children[name] = child
        self._commands[name] = command

    def restart(self, name: str) -> None:
        """Start a process that has ended once more."""
        self.start(name, self._commands[name])

    def log_of(self, name: str) -> Path:
        """Give the path of a process's log."""
        return self._directory / f"{name}.log"

    def pid_of(self, name: str) -> int:
        """Give the process number of a child."""
        return self._children[name].pid

    def is_running(self, name: str) -> bool:
        """Tell whether a child is there and not stopped (proc(5): the third field of its stat)."""
        child = self._children.get(name)
        if child is None or child.poll() is not None:
            return False
        try:
            stat = Path(f"/proc/{child.pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return False
        return stat.rpartition(")")[2].split()[0] not in _NOT_RUNNING

    def ended(self) -> dict[str, int]:
        """Give the exit statuses of the children that have ended by themselves."""
        return {
            name: status
            for name, child in self._children.items()
            if (status := child.poll()) is not None
        }

    def stop(self, name: str) -> int:
        """Stop one child in an orderly way, or by force after a while; give its exit status."""
        child = self._children.pop(name)
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(STOP_WAIT_S)
            except subprocess.TimeoutExpired:
                child.kill()
        return child.wait()

    def kill_all(self) -> None:
        """End every child by force; each is still there to be stopped."""
        for child in self._children.values():
            child.kill()

    def stop_all(self) -> None:
        """Stop every child, the newest first; may be called twice."""
        for name in reversed(tuple(self._children)):
            self.stop(name)
