"""Run a machine in QEMU's software emulation: boot it, ask it, cut its power.

Root's shell is reached by SSH over a forwarded port; QEMU's user network hands the machine's
10.0.2.2 to this host's loopback. What the machine wrote to its disk stays, however it ends; each
start has a console log of its own.
"""

import ctypes
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.machine.image import Image
from village.tcp import free_port

HOST = "10.0.2.2"
"""This host, as the machine sees it."""
MEMORY_MIB = 1024
BOOT_WITHIN_S = 300.0
ANSWER_WITHIN_S = 120.0
STOP_WITHIN_S = 120.0
LOOK_EVERY_S = 0.2
KERNEL_WORDS = (
    *("root=LABEL=root", "rw", "console=ttyS0", "panic=-1"),
    # No program here attacks another, and guarding against it doubles what each call costs.
    "mitigations=off",
    # The clock is the emulator's own: a look at it must not leave the processor.
    "tsc=reliable",
    # Who waits for a login there would keep systemd from telling what has started.
    "systemd.mask=serial-getty@ttyS0.service",
    # Every set or turned GPIO line is told on the console, from the first instant to the last.
    *("loglevel=5", "trace_event=gpio:*", "tp_printk"),
)
SHELL_STARTED = re.compile(r"Started .*ssh\.service")
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None)


class Machine:
    """Own one machine: its disk, its process, and the way to its shell.

    `ports` forwards ports of this host's loopback to the machine's; `bus` is the socket on which
    its chips are played; the machine may read `share`, if it mounts it.
    """

    def __init__(
        self, image: Image, folder: Path, ports: Mapping[int, int], bus: Path, share: Path
    ) -> None:
        self._image = image
        self._folder = folder
        self._disk = folder / "disk.qcow2"
        self._ssh_port = free_port()
        self._ports = {**ports, self._ssh_port: 22}
        self._bus = bus
        self._share = share
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0
        backing = ("-b", str(image.disk), "-F", "raw")
        subprocess.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", *backing, str(self._disk)], check=True
        )

    @property
    def console(self) -> str:
        """Give what the machine has said on its console since its newest start."""
        return self._console_file.read_text(errors="replace")

    def boot(self) -> None:
        """Power up, and wait until every unit has started or failed.

        Raises:
            AssertionError: it did not come up in time.
        """
        self.power_up()
        self.until(self._shell_answers, "its shell has started", BOOT_WITHIN_S)
        self.attempt("systemctl is-system-running --wait", within_s=BOOT_WITHIN_S)

    def power_up(self) -> None:
        """Power up, and wait for nothing."""
        assert self._process is None, "it runs already"
        self.starts += 1
        self._console_file.touch()
        self._process = subprocess.Popen(
            self._command(),
            stdin=subprocess.DEVNULL,
            # The kernel ends the machine with us, even when we are killed outright.
            preexec_fn=lambda: _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL),
        )

    def cut_power(self) -> None:
        """End the machine between two instructions; may be called twice."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
        self._hang_up()

    def shut_down(self) -> None:
        """Have it stop everything in order; a reboot, that ends here, is what QEMU is told."""
        self.attempt("systemctl reboot")
        assert self._process is not None
        self._process.wait(STOP_WITHIN_S)
        self.cut_power()

    def reboot(self) -> None:
        """Have it stop everything in order, and boot again."""
        self.shut_down()
        self.boot()

    def run(self, command: str, *, within_s: float = ANSWER_WITHIN_S) -> str:
        """Have root's shell run a command that must succeed, and give all that it says."""
        status, said = self.attempt(command, within_s=within_s)
        assert status == 0, f"{command}: {status}: {said}"
        return said

    def attempt(self, command: str, *, within_s: float = ANSWER_WITHIN_S) -> tuple[int, str]:
        """Have root's shell run a command; give its exit status and all that it says.

        Raises:
            TimeoutExpired: it did not end in time.
        """
        done = self._ssh(command, None, within_s)
        return done.returncode, done.stdout.decode(errors="replace")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file of root's."""
        made = f"install -D -m {mode:o} /dev/stdin {path}"
        assert self._ssh(made, text.encode(), ANSWER_WITHIN_S).returncode == 0, f"wrote no {path}"

    def until(self, condition: Callable[[], object], what: str, within_s: float) -> None:
        """Wait for a condition while the machine runs; a failure shows the console's end."""
        ends_s = time.monotonic() + within_s
        while not condition():
            assert self._process is not None and self._process.poll() is None, "it ended"
            if time.monotonic() > ends_s:
                raise AssertionError(f"not within {within_s:g} s: {what}\n{self.console[-3000:]}")
            time.sleep(LOOK_EVERY_S)

    def close(self) -> None:
        """End it; may be called twice."""
        self.cut_power()

    @property
    def _console_file(self) -> Path:
        return self._folder / f"console{self.starts}.log"

    def _command(self) -> list[str]:
        forwards = "".join(
            f",hostfwd=tcp:127.0.0.1:{outside}-:{inside}" for outside, inside in self._ports.items()
        )
        return [
            *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-machine", "q35"),
            *("-cpu", "max", "-smp", "2", "-m", str(MEMORY_MIB)),
            # A reboot ends the process, so that every start has its own console and its own bus.
            *("-no-reboot", "-display", "none", "-monitor", "none"),
            *("-serial", f"file:{self._console_file}"),
            *("-kernel", str(self._image.kernel), "-initrd", str(self._image.initrd)),
            *("-append", " ".join(KERNEL_WORDS)),
            *("-drive", f"file={self._disk},if=virtio,format=qcow2,cache=writeback"),
            *("-nic", f"user,model=virtio-net-pci{forwards}"),
            *("-device", "virtio-rng-pci", "-device", "virtio-serial-pci"),
            *("-chardev", f"socket,id=bus,path={self._bus}"),
            *("-device", "virtserialport,chardev=bus,name=i2c"),
            "-virtfs",
            f"local,path={self._share},mount_tag=share,security_model=none,readonly=on",
        ]

    def _shell_answers(self) -> bool:
        return SHELL_STARTED.search(self.console) is not None

    def _ssh(
        self, command: str, given: bytes | None, within_s: float
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*self._ssh_command(), command],
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=within_s,
        )

    def _ssh_command(self) -> list[str]:
        options = (
            *("IdentitiesOnly=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"),
            *("LogLevel=ERROR", "ConnectTimeout=60", "BatchMode=yes"),
            # One connection is kept: making one takes an emulated machine a second.
            *("ControlMaster=auto", "ControlPersist=yes", f"ControlPath={self._bus.parent}/ssh"),
        )
        words = [word for option in options for word in ("-o", option)]
        way = ("-i", str(self._image.key), "-p", str(self._ssh_port), "root@127.0.0.1")
        return ["ssh", "-F", "none", *words, *way]

    def _hang_up(self) -> None:
        subprocess.run([*self._ssh_command(), "-O", "exit"], capture_output=True)


def missing_tools() -> tuple[str, ...]:
    """Name what this host lacks to run a machine."""
    return tuple(
        tool for tool in ("qemu-system-x86_64", "qemu-img", "ssh") if shutil.which(tool) is None
    )
