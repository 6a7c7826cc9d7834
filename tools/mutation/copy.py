"""Run the contracts' tests on a copy with one change in it; the tree itself is never touched."""

import json
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from tools.mutation.compiler import Compiler
from tools.mutation.mutants import Mutant

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "contracts"

MOST_CPU_S = 300
"""A change may make a loop endless; a whole run of tests takes a tenth of it."""
_COPIED = ("src", "test", "tools", "foundry.toml", "package.json", "package-lock.json")
_LIBRARY = "@openzeppelin/=node_modules/@openzeppelin/"
_BYTES_COUNT = "test_TheAuctionStaysBelowItsSize"
"""Would kill a mutant for a few bytes more, whatever it does."""


class Verdict(Enum):
    """Say what became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    NOT_COMPILED = "not compiled"


class TestsFailed(Exception):
    """Say that the tests fail, or do not compile, without any change."""


class NoVerdict(Exception):
    """Say that forge neither compiled, nor named a test that failed, nor ended well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """Hold which test files a source's mutants face: its own first, then its random walks."""

    own: str
    walks: str

    @property
    def globs(self) -> tuple[str, ...]:
        """Give the patterns in turn, without those that a source has none of."""
        return tuple(glob for glob in (self.own, self.walks) if glob)


class Copy:
    """Hold one copy of the contracts, with what has been compiled of it."""

    def __init__(self, place: Path) -> None:
        self._root = place / "contracts"
        self._compiler: Compiler | None = None
        self._root.mkdir(parents=True, exist_ok=True)
        for name in _COPIED:
            _renew(CONTRACTS / name, self._root / name)
        modules = self._root / "node_modules"
        if not modules.exists():
            modules.symlink_to(CONTRACTS / "node_modules")
        _renew(ROOT / "tests" / "vectors", place / "tests" / "vectors")

    def close(self) -> None:
        """End its compiler; may be called twice."""
        if self._compiler is not None:
            self._compiler.close()

    def trees(self) -> dict[str, Any]:
        """Compile the sources, and give the syntax tree of each, by its path.

        Raises:
            TestsFailed: they do not compile.
        """
        paths = sorted((self._root / "src").rglob("*.sol"))
        texts = {str(path.relative_to(self._root)): path.read_text("utf-8") for path in paths}
        # Asked without forge, which for other wishes would compile all tests again.
        asked = {
            "language": "Solidity",
            "sources": {name: {"content": text} for name, text in texts.items()},
            "settings": {"remappings": [_LIBRARY], "outputSelection": {"*": {"": ["ast"]}}},
        }
        run = subprocess.run(
            [self._root / "tools" / "solc", "--standard-json"],
            cwd=self._root,
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=True,
        )
        answer = json.loads(run.stdout)
        errors = [e for e in answer.get("errors", ()) if e["severity"] == "error"]
        if errors:
            raise TestsFailed(json.dumps(errors, indent=1))
        return {name: answer["sources"][name]["ast"] for name in texts}

    def check(self, globs: tuple[str, ...]) -> None:
        """See that the tests pass as they are.

        Raises:
            TestsFailed: they do not.
        """
        for glob in globs:
            status, said = self._test(glob)
            if status:
                raise TestsFailed(said)

    def text(self, source: str) -> bytes:
        """Give a source as it was copied: the tree may change while the mutants run."""
        return (self._root / source).read_bytes()

    def tests(self) -> Iterator[bytes]:
        """Give every test file as it was copied, in the order of their paths."""
        for path in sorted((self._root / "test").rglob("*.sol")):
            yield path.read_bytes()

    def judge(self, mutant: Mutant, globs: tuple[str, ...]) -> Verdict:
        """Put a changed source in place, run the tests until one fails, and put it back.

        Raises:
            NoVerdict: what forge said is none of the three.
        """
        path = self._root / mutant.source
        before = path.read_bytes()
        path.write_bytes(mutant.applied(before))
        try:
            for glob in globs:
                status, said = self._test(glob)
                if "Compiler run failed" in said:
                    return Verdict.NOT_COMPILED
                # A signal: it went on for longer, or took more memory, than there is.
                if status < 0 or "[FAIL" in said:
                    return Verdict.KILLED
                if status:
                    raise NoVerdict(f"{mutant.name}:\n{said}")
        finally:
            path.write_bytes(before)
        return Verdict.SURVIVED

    def _test(self, glob: str) -> tuple[int, str]:
        only = ("--match-path", glob, "--no-match-test", _BYTES_COUNT)
        return self._forge("test", "--fail-fast", *only)

    def _forge(self, *arguments: str) -> tuple[int, str]:
        if self._compiler is None:
            self._compiler = Compiler(self._root)
        run = subprocess.run(
            [str(self._root / "tools" / "forge"), *arguments],
            cwd=self._root,
            env={
                **os.environ,
                "FOUNDRY_PROFILE": "mutate",
                "SOLC_SOCKET": str(self._compiler.socket),
            },
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=_bounded,
        )
        return run.returncode, run.stdout + run.stderr


def _bounded() -> None:
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))


def _renew(source: Path, target: Path) -> None:
    """Copy a file or a folder anew; what is the same stays, so that it is not compiled again."""
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != source.read_bytes():
            shutil.copy2(source, target)
        return
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(target) not in wanted:
            path.unlink()
    for name in wanted:
        _renew(source / name, target / name)
