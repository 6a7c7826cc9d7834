"""Keep what became of each mutant, and say what the tests are worth by it.

A result stands for as long as the source is the same, byte by byte; that a mutant survived, only
while its tests are the same too.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.mutation.copy import Verdict
from tools.mutation.mutants import Mutant

LEAST_KILLED = 0.95
MOST_EXCUSED = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Hold the hashes of a mutant's source and of the tests that it faces."""

    source: str
    tests: str


class Results:
    """Hold the verdicts by a mutant's name, in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[str, dict[str, str]] = (
            json.loads(path.read_text()) if path.exists() else {}
        )

    def verdict(self, mutant: Mutant, marks: Marks) -> Verdict | None:
        """Give what became of a mutant; None where it has to be run (again)."""
        row = self._rows.get(mutant.name)
        if row is None or row["source"] != marks.source:
            return None
        found = Verdict(row["verdict"])
        return None if found is Verdict.SURVIVED and row["tests"] != marks.tests else found

    def keep(self, mutant: Mutant, marks: Marks, verdict: Verdict) -> None:
        """Enter a verdict, on the disk too."""
        self._rows[mutant.name] = {
            "source": marks.source,
            "tests": marks.tests,
            "verdict": verdict.value,
        }
        whole = self._path.with_suffix(".new")
        whole.write_text(json.dumps(self._rows, indent=1, sort_keys=True))
        whole.replace(self._path)


def excuses_in(text: str) -> dict[str, str]:
    """Read mutants.md: the reason for each mutant that changes nothing that matters, by its name.

    Raises:
        ValueError: a row has no reason.
    """
    excuses = {}
    for line in text.splitlines():
        if not line.startswith("| src/"):
            continue
        # A name may hold `||`, so that it ends at the last bar but one.
        name, _, reason = line.strip().removeprefix("| ").removesuffix("|").rpartition(" | ")
        if not name or not reason.strip():
            raise ValueError(f"mutants.md: no reason in: {line}")
        excuses[name.strip()] = reason.strip()
    return excuses


def faults_in(
    judged: Mapping[Mutant, Verdict], excuses: Mapping[str, str], known: Iterable[str]
) -> Iterator[str]:
    """Say what is wrong: a survivor that nothing excuses, too many excuses, or an idle one."""
    survivors = [mutant for mutant, verdict in judged.items() if verdict is Verdict.SURVIVED]
    for mutant in survivors:
        if mutant.is_guarded and mutant.name in excuses:
            yield f"refuses or moves money, so no reason excuses it: {mutant.name}"
        elif mutant.is_guarded:
            yield f"refuses or moves money, and no test noticed: {mutant.name}"
    compiled = compiled_of(judged)
    excused = [mutant for mutant in survivors if mutant.name in excuses]
    rest = len(compiled) - len(excused)
    killed = sum(judged[mutant] is Verdict.KILLED for mutant in compiled)
    if rest and killed / rest < LEAST_KILLED:
        yield f"{killed} of {rest} killed: fewer than {LEAST_KILLED:.0%}"
    if compiled and len(excused) / len(compiled) > MOST_EXCUSED:
        yield f"mutants.md excuses {len(excused)} of {len(compiled)}: more than {MOST_EXCUSED:.0%}"
    killed_names = {mutant.name for mutant, found in judged.items() if found is Verdict.KILLED}
    names = set(known)
    for name in excuses:
        if name not in names:
            yield f"mutants.md names a mutant that there is not: {name}"
        elif name in killed_names:
            yield f"mutants.md names a mutant that a test kills: {name}"


def compiled_of(judged: Mapping[Mutant, Verdict]) -> Sequence[Mutant]:
    """Give the mutants that compiled."""
    return [mutant for mutant, found in judged.items() if found is not Verdict.NOT_COMPILED]


def table(judged: Mapping[Mutant, Verdict], excuses: Mapping[str, str]) -> str:
    """Count by source, and name every survivor without an excuse."""
    lines = [f"{'source':36}{'run':>6}{'compiled':>10}{'killed':>8}{'excused':>9}{'survived':>10}"]
    sources = sorted({mutant.source for mutant in judged})
    for source in [*sources, "all"]:
        own = {m: v for m, v in judged.items() if source in (m.source, "all")}
        left = [m for m, v in own.items() if v is Verdict.SURVIVED]
        excused = sum(m.name in excuses for m in left)
        killed = sum(v is Verdict.KILLED for v in own.values())
        lines.append(
            f"{source:36}{len(own):6}{len(compiled_of(own)):10}{killed:8}{excused:9}"
            f"{len(left) - excused:10}"
        )
    for mutant, found in judged.items():
        if found is Verdict.SURVIVED and mutant.name not in excuses:
            lines.append(f"survived, line {mutant.line}: {mutant.name}")
    return "\n".join(lines)
