"""Build the Debian 13 root in which a real Home Assistant lives: its Python is newer than ours.

It is built once per recipe, under `.run/peers`; a second run needs no network. Versions are pinned
with their hashes (`homeassistant.lock`). Needs root, mmdebstrap and an x86-64 machine.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".run/peers"
LOCK = Path(__file__).with_name("homeassistant.lock")
SUITE, MIRROR = "trixie", "http://deb.debian.org/debian"
PACKAGES = ("python3-venv", "python3-dev", "gcc", "libc6-dev")
"""Its Python, and what compiles the few packages of the lock that come without a wheel."""
PYTHON = "/opt/homeassistant/bin/python"
CERTIFICATES = Path("etc/ssl/certs/ca-certificates.crt")
CLEAN = ("env", "-i", "HOME=/root", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LANG=C.UTF-8")


def built_root() -> Path:
    """Give the root, built now if this recipe's is not there.

    Raises:
        CalledProcessError: a step failed; it has said why on the terminal.
    """
    recipe = Path(__file__).read_bytes() + LOCK.read_bytes()
    folder = CACHE / hashlib.sha256(recipe).hexdigest()[:16]
    if not folder.exists():
        # Those of earlier recipes are of no more use, and large.
        shutil.rmtree(CACHE, ignore_errors=True)
        CACHE.mkdir(parents=True)
        building = CACHE / "building"
        _build(building)
        building.rename(folder)
    return folder


def _build(folder: Path) -> None:
    _run(
        # What it mounts is gone with it, even when it is killed outright.
        *("unshare", "--mount"),
        *("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--format=directory"),
        "--dpkgopt=force-unsafe-io",
        f"--include={','.join(PACKAGES)}",
        *(SUITE, str(folder), MIRROR),
    )
    # It finds and trusts whom this machine does.
    (folder / CERTIFICATES).parent.mkdir(parents=True, exist_ok=True)
    for found in (CERTIFICATES, Path("etc/resolv.conf")):
        shutil.copy("/" / found, folder / found)
    shutil.copy(LOCK, folder / "root/lock")
    inside = ("chroot", str(folder), *CLEAN)
    _run(*inside, "python3", "-m", "venv", str(Path(PYTHON).parent.parent))
    _run(
        *(*inside, PYTHON, "-m", "pip", "install", "--quiet", "--no-cache-dir"),
        *("--require-hashes", "--no-deps", "--requirement", "/root/lock"),
    )


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    print(built_root())
