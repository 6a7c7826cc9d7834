"""Run install.sh into a root of its own, from a bundle whose only wheel is ours.

What ours needs comes from the tests' environment: that a Pi gets it from wheels, `make wheels` and
the machine's own test show.
"""

import hashlib
import os
import runpy
import shutil
import site
import stat
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "install.sh"
BUNDLER = runpy.run_path(str(ROOT / "tools/bundle.py"))
BROUGHT: tuple[str, ...] = BUNDLER["BROUGHT"]


def make_bundle(place: Path, version: str) -> Path:
    """Make a bundle that names itself `version`."""
    wheels = place / "wheels"
    wheels.mkdir(parents=True)
    wheel: Path = BUNDLER["build_ours"](wheels)
    for name in (*BROUGHT, "docs"):
        source = ROOT / name
        shutil.copytree(source, place / name) if source.is_dir() else shutil.copy(source, place)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    number = wheel.name.split("-")[1]
    (place / "requirements.lock").write_text(f"peerwatt=={number} --hash=sha256:{digest}\n")
    (place / "VERSION").write_text(f"{version}\n")
    return place


def add_package(bundle: Path, name: str) -> None:
    """Put a package of the tests' environment into a bundle, as a wheel beside ours."""
    found = metadata.distribution(name)
    wheel = bundle / "wheels" / f"{name}-{found.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        for path in found.files or ():
            if ".." not in path.parts and path.suffix != ".pyc":
                file.write(path.locate(), str(path))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    with (bundle / "requirements.lock").open("a") as lock:
        lock.write(f"# What follows\n{name}=={found.version} --hash=sha256:{digest}\n")


def site_without(name: str, place: Path) -> Path:
    """Make a folder with all of the tests' environment but one package, and but ours."""
    place.mkdir()
    for path in Path(site.getsitepackages()[0]).iterdir():
        if not path.name.startswith((name, "peerwatt", "__editable__")):
            (place / path.name).symlink_to(path)
    return place


def renamed(bundle: Path, place: Path, version: str) -> Path:
    """Copy a bundle, as another version."""
    shutil.copytree(bundle, place)
    (place / "VERSION").write_text(f"{version}\n")
    return place


def environment(root: Path) -> dict[str, str]:
    """Give install.sh another root, this Python, and what ours imports."""
    return {
        **os.environ,
        "PEERWATT_ROOT": str(root),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin",
        "PYTHONPATH": site.getsitepackages()[0],
        # Ours is among them; it is to be installed all the same.
        "PIP_IGNORE_INSTALLED": "1",
        "LC_ALL": "C.UTF-8",
    }


@dataclass(frozen=True, slots=True)
class Said:
    """Hold what a run of install.sh said."""

    status: int
    out: str
    err: str

    def lines(self, mark: str) -> list[str]:
        """Give what follows `done`, `already` or `note` in each line that begins so."""
        words = (line.split(maxsplit=1) for line in self.out.splitlines())
        return [found[1] for found in words if len(found) == 2 and found[0] == mark]

    @property
    def left(self) -> list[str]:
        """Give what is left to do."""
        _, _, rest = self.out.partition("Left to do, in this order:\n")
        return [line.split(". ", 1)[1] for line in rest.splitlines()]


@dataclass(slots=True)
class Machine:
    """Hold a root to which is installed."""

    root: Path
    bundle: Path
    packages: Path | None = None
    """A folder instead of the tests' environment's."""

    @property
    def environment(self) -> dict[str, str]:
        """Give what install.sh finds in its environment."""
        found = environment(self.root)
        return found if self.packages is None else found | {"PYTHONPATH": str(self.packages)}

    def install(self, *words: str, bundle: Path | None = None) -> Said:
        """Run a bundle's install.sh without a terminal."""
        done = subprocess.run(
            [str((bundle or self.bundle) / "install.sh"), *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1200, check=False,
            env=self.environment,
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    def ask(self, *words: str) -> Said:
        """Run the `peerwatt` command that is installed."""
        done = subprocess.run(
            [str(self.root / "usr/local/sbin/peerwatt"), *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1200, check=False,
            env=self.environment,
        )  # fmt: skip
        return Said(done.returncode, done.stdout, done.stderr)

    @property
    def version(self) -> str:
        """Name the version in use."""
        return (self.root / "opt/peerwatt/current").readlink().name

    @property
    def parameters(self) -> Path:
        """Give the parameters file."""
        return self.root / "etc/peerwatt/parameters.yml"

    def picture(self, *below: str) -> dict[str, tuple[object, ...]]:
        """Give everything under these folders: mode, time of the last change, content."""
        found: dict[str, tuple[object, ...]] = {}
        for folder in below or (".",):
            for path in [self.root / folder, *sorted((self.root / folder).rglob("*"))]:
                state = path.lstat()
                content: object = None
                if stat.S_ISREG(state.st_mode):
                    content = path.read_bytes()
                elif stat.S_ISLNK(state.st_mode):
                    content = path.readlink()
                name = str(path.relative_to(self.root))
                found[name] = (stat.S_IMODE(state.st_mode), state.st_mtime_ns, content)
        return found
