"""Give the bundle that the Pi is installed from, and make of it a next one and a broken one."""

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ARCH, PYTHON = "x86_64", "3.11"
"""The machine's: QEMU's, and Debian 12's."""
BROKEN_MODULE = "node/home/check.py"


def bundle() -> Path:
    """Give this checkout's bundle, made now if it is not there.

    Raises:
        CalledProcessError: it cannot be made; the reason is on the terminal.
    """
    command = ["bash", "-euc", '. install/program.sh && version_id "$PWD"']
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    place = ROOT / "dist" / f"peerwatt-{said.stdout.strip()}-{ARCH}-python{PYTHON}"
    # The list of the wheels' digests is written when all are there.
    if not (place / "VERSION").exists():
        make = [sys.executable, "tools/bundle.py", "--arch", ARCH, "--python", PYTHON]
        subprocess.run(make, cwd=ROOT, check=True)
    return place


def next_bundle(place: Path, version: str) -> Path:
    """Make a bundle of the same program under another version."""
    shutil.copytree(bundle(), place)
    (place / "VERSION").write_text(f"{version}\n")
    return place


def broken_bundle(place: Path, version: str) -> Path:
    """Make a bundle of a version whose check cannot even be loaded."""
    next_bundle(place, version)
    (wheel,) = (place / "wheels").glob("peerwatt-*.whl")
    whole = wheel.read_bytes()
    with zipfile.ZipFile(wheel) as parts:
        contents = {part: parts.read(part) for part in parts.namelist()}
    contents[BROKEN_MODULE] = b"raise SystemError('this version is broken')\n"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as parts:
        for part, content in contents.items():
            parts.writestr(part, content)
    lock = place / "requirements.lock"
    digests = (hashlib.sha256(text).hexdigest() for text in (whole, wheel.read_bytes()))
    lock.write_text(re.sub(next(digests), next(digests), lock.read_text()))
    return place
