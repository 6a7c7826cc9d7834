"""Fixtures of the installer's tests: a bundle, and a root to which it is installed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.install.installed import Machine, make_bundle

OF_THIS_MACHINE = tuple(Path(place) for place in ("/var/lib/peerwatt", "/etc/peerwatt"))


@pytest.fixture(autouse=True)
def _this_machine_stays_as_it_is() -> Iterator[None]:
    """See that what is installed into another root touches nothing of this machine's own."""
    before = _found()
    yield
    assert _found() == before


def _found() -> list[Path]:
    return sorted(path for place in OF_THIS_MACHINE for path in place.rglob("*"))


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of this checkout, made once."""
    return make_bundle(tmp_path_factory.mktemp("bundle") / "first", "0.1.0-first")


@pytest.fixture(scope="session")
def original(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with a home and a relay, installed once; tests take a copy."""
    machine = Machine(tmp_path_factory.mktemp("machine") / "root", bundle)
    machine.root.mkdir()
    said = machine.install("--node", "--relay")
    assert said.status == 0, said.out + said.err
    return machine


@pytest.fixture
def machine(bundle: Path, tmp_path: Path) -> Machine:
    """A bare machine."""
    root = tmp_path / "root"
    root.mkdir()
    return Machine(root, bundle)


@pytest.fixture
def home(original: Machine, bundle: Path) -> Machine:
    """The machine with a home and a relay, as it was when it had been installed.

    It stays at its path, which a virtual environment knows by heart.
    """
    kept = original.root.with_name("kept")
    if kept.exists():
        shutil.rmtree(original.root)
    else:
        original.root.rename(kept)
    shutil.copytree(kept, original.root, symlinks=True)
    return Machine(original.root, bundle)
