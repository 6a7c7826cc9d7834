"""A machine of one's own to install to as root: this one, whose changes nobody else sees.

Its folders lie under overlays in a mount namespace, so users, units and files are real ones there,
and gone with it, as are all its processes. systemd does not run in it.
"""

import contextlib
import os
import shutil
import signal
import site
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

PYTHON = f"python3.{sys.version_info[1]}"
GROUPS = {
    "node": ("peerwatt", "i2c", "spi"),
    "relay": ("peerwatt", "gpio"),
    "utility": ("peerwatt",),
    "page": ("peerwatt-view",),
}
"""The groups of each role's unit beside its own."""
PAGES_OWN = (
    "/etc/peerwatt/page.yml",
    "/run/peerwatt/node/status.sock",
    "/run/peerwatt/utility/status.sock",
)
"""What the page reads beside its state: its parameters, and where it asks the others."""
CHANGED = ("etc", "opt", "var", "usr/local", "root", "home")
"""Folders that an installation, or a person, changes."""
UNSHARE = ("unshare", "--mount", "--pid", "--fork", "--mount-proc")
SET_UP = f"""
set -eu
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1"
for folder in {" ".join(CHANGED)}; do
    mkdir -p "$1/$folder.upper" "$1/$folder.work"
    mount -t overlay overlay \\
        -o "lowerdir=/$folder,upperdir=$1/$folder.upper,workdir=$1/$folder.work" "/$folder"
done
mount -t tmpfs -o mode=755 tmpfs /run
if [ -n "$2" ]; then
    # What is installed on this machine lies below the overlays, and is only hidden.
    rm -rf /etc/peerwatt /opt/peerwatt /var/lib/peerwatt
    mkdir "$1/packages"
    mount --bind "$2" "$1/packages"
    printf 'import sys\\nsys.path.append("%s/packages")\\n' "$1" >/etc/{PYTHON}/sitecustomize.py
fi
echo ready
while :; do sleep 3600; done
"""
"""What ours imports comes from the tests' environment, also where a user's own is reset."""
READABLE = "/etc /var /opt /run /usr/local /home /root /srv /etc/peerwatt/*"
"""Root's shell names what is in the last: who may not list it can know a name all the same."""


class Private:
    """Hold such a machine; one that is made of another begins as that one is now."""

    def __init__(self, of: "Private | None" = None) -> None:
        enter = () if of is None else of._enter
        given = ("/mnt", site.getsitepackages()[0]) if of is None else ("/media", "")
        name = uuid.uuid4().hex
        self._process = subprocess.Popen(
            [*enter, *UNSHARE, "bash", "-c", SET_UP, name, *given], stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n", "it was not set up"
        self._first = _shell_with(name)

    @property
    def _enter(self) -> tuple[str, ...]:
        return ("nsenter", "--mount", "--pid", f"--target={self._first}")

    def close(self) -> None:
        """End it, and all that was changed with it."""
        # All others there end with their first one.
        os.kill(self._first, signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def attempt(self, script: str, **more: str) -> tuple[int, str]:
        """Run a script as root; give its status and all that it says."""
        done = subprocess.run(
            [*self._enter, "bash", "-c", script],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=400, check=False,
            env={
                "PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin",
                "LC_ALL": "C.UTF-8",
                # Ours is among the packages; it is to be installed all the same.
                "PIP_IGNORE_INSTALLED": "1",
                **more,
            },
        )  # fmt: skip
        return done.returncode, done.stdout

    def run(self, script: str, **more: str) -> str:
        """Run a script that must succeed."""
        status, said = self.attempt(script, **more)
        assert status == 0, said
        return said

    def foreign(self, *roles: str) -> set[str]:
        """Name what these roles' users may read of another's; there should be nothing."""
        return foreign(lambda command: self.run(command), *roles)


def _shell_with(word: str) -> int:
    """Find the shell that sets it up: started by others that have the same words, it has ours."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_text().split("\0")
            if words[0] == "bash" and word in words:
                return int(process.name)
    raise AssertionError("the machine's first process is gone")


def readable_by(user: str, *groups: str) -> str:
    """Give the command that names all files and sockets that a user may read."""
    named = f"--groups={','.join(groups)}" if groups else "--clear-groups"
    become = f"setpriv --reuid={user} --regid=$(id -g {user}) {named}"
    # Of what it may not even look into, find complains.
    return f"{become} find {READABLE} ! -type d ! -type l -readable 2>/dev/null || true"


def foreign(run: Callable[[str], str], *roles: str) -> set[str]:
    """Name what a role's user may read, and is neither everybody's nor its own; `run` is root's.

    Others make and delete files on this machine meanwhile, so everybody's are looked for twice.
    """
    before = set(run(readable_by("nobody")).splitlines())
    found = {
        role: set(run(readable_by(f"peerwatt-{role}", *GROUPS[role])).splitlines())
        for role in roles
    }
    after = set(run(readable_by("nobody")).splitlines())
    assert all(its > before & after for its in found.values()), "each reads at least its parameters"
    return {
        f"{role}: {path}"
        for role, its in found.items()
        for path in its - before - after
        if not path.startswith(_own(role))
    }


def _own(role: str) -> tuple[str, ...]:
    return (
        f"/var/lib/peerwatt/{role}/",
        f"/etc/peerwatt/mqtt.password.{role}",
        f"/run/credentials/peerwatt-{role}.service/",
        f"/run/peerwatt/{role}/",
        *(PAGES_OWN if role == "page" else ("/etc/peerwatt/parameters.yml",)),
        # The certificate, which every home gets, and a digest of the first parameters.
        "/etc/peerwatt/broker.crt",
        "/etc/peerwatt/.unedited",
    )


def missing() -> str:
    """Say why there can be no such machine here; empty if there can."""
    if os.geteuid() != 0:
        return "needs root"
    same = subprocess.run(
        ["/usr/bin/python3", "-c", "import sys, venv, ensurepip; print(sys.version_info[1])"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if same.stdout.strip() != str(sys.version_info[1]):
        return "the system's Python is not the tests'"
    if not Path(f"/etc/{PYTHON}/sitecustomize.py").exists():
        return "no Debian"
    if shutil.which("mosquitto", path="/usr/sbin:/usr/bin") is None:
        return "no mosquitto"
    tried = subprocess.run([*UNSHARE, "true"], check=False, capture_output=True)
    return "no namespaces" if tried.returncode else ""
