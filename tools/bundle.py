#!/usr/bin/env python3
"""Make a directory from which install.sh installs without a network, or check that one can be made.

    .venv/bin/python tools/bundle.py [--arch aarch64] [--python 3.11]
                                                         a bundle under dist/
    .venv/bin/python tools/bundle.py --check             exit 1 where a Pi lacks a wheel

A bundle holds the installer, our own wheel, and of each package that a Pi runs the one wheel that
fits the machine and its Python, each with its digest. Nothing is compiled: a package without a
wheel is an error. Touches dist/ and the package index alone.
"""

import argparse
import hashlib
import platform
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTING = "# What follows"
CODE = ("bench", "contracts", "node", "page", "peerwatt", "relay_server", "village")
EXAMPLES = ("parameters.example.yml", "page.example.yml")
BROUGHT = ("install.sh", "install", "systemd", *EXAMPLES, "LICENSE")
PI = "aarch64"
EXTRAS = ("modbus", "sml", "sunspec")
"""What a Pi has only where its parameters ask for it."""
PYTHONS = ("3.11", "3.13")
"""Those of Raspberry Pi OS: Bookworm's and Trixie's."""
GLIBC_MINORS = range(17, 37)
"""What wheels may ask for: from manylinux2014 to Bookworm's own glibc, 2.36."""
_LOCKER = runpy.run_path(str(ROOT / "tools/lock.py"))
_NO_CODE = shutil.ignore_patterns("__pycache__", "node_modules", "out", "cache", "src", "test")


def runtime_lock() -> str:
    """Give the lines of the lock that a Pi needs."""
    return (ROOT / "requirements.lock").read_text(encoding="utf-8").partition(PARTING)[0]


def with_extras() -> str:
    """Give those lines, and the ones of what `EXTRAS` need beside them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {
        name
        for extra in EXTRAS
        for name in _LOCKER["needed"](project["optional-dependencies"][extra])
    }
    rest = (ROOT / "requirements.lock").read_text(encoding="utf-8").partition(PARTING)[2]
    entries = re.split(r"^(?=[a-z])", rest, flags=re.MULTILINE)
    chosen = [entry for entry in entries if _LOCKER["normal"](entry.partition("==")[0]) in wanted]
    return runtime_lock() + "".join(chosen)


def fetch_wheels(folder: Path, arch: str, python: str, lines: str) -> list[Path]:
    """Fetch the wheel of each of these lines of the lock for a machine.

    Raises:
        SystemExit: one is missing, or is not the one of the lock.
    """
    platforms = [f"manylinux_2_{minor}_{arch}" for minor in GLIBC_MINORS]
    platforms += [f"manylinux2014_{arch}", f"linux_{arch}"]
    with tempfile.NamedTemporaryFile("w", suffix=".lock") as lock:
        lock.write(lines)
        lock.flush()
        _pip(
            "download", "--no-deps", "--require-hashes", "--only-binary=:all:",
            *(f"--platform={name}" for name in platforms),
            "--implementation=cp", f"--python-version={python}",
            f"--dest={folder}", f"--requirement={lock.name}",
        )  # fmt: skip
    return sorted(folder.glob("*.whl"))


def build_ours(folder: Path) -> Path:
    """Build our own wheel from a copy, so that nothing of an earlier build is in it."""
    with tempfile.TemporaryDirectory() as place:
        for name in CODE:
            shutil.copytree(ROOT / name, Path(place) / name, ignore=_NO_CODE)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, place)
        options = ("--no-deps", "--no-index", "--no-build-isolation", f"--wheel-dir={folder}")
        _pip("wheel", *options, place)
    (wheel,) = folder.glob("peerwatt-*.whl")
    return wheel


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)


def version_id() -> str:
    """Name what is bundled, as install.sh does of a checkout."""
    script = '. install/program.sh && version_id "$PWD"'
    said = subprocess.run(
        ["bash", "-euc", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return said.stdout.strip()


def bundle(arch: str, python: str) -> Path:
    """Make the bundle of one machine and Python; an older one of the same is replaced."""
    name = version_id()
    place = ROOT / "dist" / f"peerwatt-{name}-{arch}-python{python}"
    shutil.rmtree(place, ignore_errors=True)
    wheels = place / "wheels"
    wheels.mkdir(parents=True)
    fetch_wheels(wheels, arch, python, with_extras())
    ours = build_ours(wheels)
    for brought in BROUGHT:
        source = ROOT / brought
        if source.is_dir():
            shutil.copytree(source, place / brought, ignore=_NO_CODE)
        else:
            shutil.copy(source, place / brought)
    (place / "docs").mkdir()
    shutil.copy(ROOT / "docs/install.md", place / "docs")
    digest = hashlib.sha256(ours.read_bytes()).hexdigest()
    number = ours.name.split("-")[1]
    asked_for = with_extras().removeprefix(runtime_lock())
    (place / "requirements.lock").write_text(
        f"{runtime_lock()}peerwatt=={number} --hash=sha256:{digest}\n"
        f"{PARTING} is for the sources that parameters may name.\n{asked_for}",
        encoding="utf-8",
    )
    (place / "VERSION").write_text(f"{name}\n", encoding="utf-8")
    return place


def check() -> None:
    """See that every package has a wheel for a Pi, with the digest of the lock."""
    lines = with_extras()
    wanted = sum("==" in line for line in lines.splitlines())
    for python in PYTHONS:
        began_s = time.monotonic()
        with tempfile.TemporaryDirectory() as place:
            found = fetch_wheels(Path(place), PI, python, lines)
            size = sum(path.stat().st_size for path in found)
        if len(found) != wanted:
            raise SystemExit(f"{len(found)} wheels for {PI}, Python {python}, not {wanted}")
        print(
            f"{PI}, Python {python}: {len(found)} wheels, none to be compiled,"
            f" {size / 1e6:.1f} MB, fetched in {time.monotonic() - began_s:.0f} s"
        )


def main() -> None:
    """Make a bundle, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arch", default=platform.machine(), choices=("aarch64", "x86_64"))
    here = ".".join(platform.python_version_tuple()[:2])
    parser.add_argument("--python", default=here, metavar="VERSION")
    parser.add_argument("--check", action="store_true", help="make nothing")
    options = parser.parse_args()
    if options.check:
        check()
        return
    place = bundle(options.arch, options.python)
    wheels = list((place / "wheels").iterdir())
    size = sum(path.stat().st_size for path in wheels)
    print(f"{place.relative_to(ROOT)}: {len(wheels)} wheels, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
