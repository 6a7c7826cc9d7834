"""Say what the parameters ask of the machine, for the installer; run by the program's own Python.

python asked.py PARAMETERS packages LOCK    the lines of LOCK that sources need and are not here
python asked.py PARAMETERS expanders        yes, where the relay has port expanders
"""

import re
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from node.parameters import load
from node.parameters.scheme import Parameters

_PROGRAM = "peerwatt"


def missing(extras: Iterable[str]) -> Iterator[str]:
    """Name the packages of the program's extras that are not here; theirs only once they are."""
    waiting = [
        wanted
        for wanted in map(Requirement, metadata.requires(_PROGRAM) or [])
        if wanted.marker is not None
        and any(wanted.marker.evaluate({"extra": extra}) for extra in extras)
    ]
    seen = set[str]()
    while waiting:
        name = _normal(waiting.pop().name)
        if name in seen:
            continue
        seen.add(name)
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            yield name
            continue
        further = map(Requirement, needs)
        waiting += [one for one in further if not one.marker or one.marker.evaluate({"extra": ""})]


def extras_of(parameters: Parameters) -> set[str]:
    """Name what sources of the parameters need beside the program."""
    sources = parameters.node.sources.values()
    return {source.row.extra for source in sources if source.row.extra is not None}


def lines_of(lock: Path, names: set[str]) -> str:
    """Give the entries of a lock for these packages."""
    entries = re.split(r"^(?=[a-z])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    chosen = [entry for entry in entries if _normal(entry.partition("==")[0]) in names]
    return "".join(re.sub(r"^#.*\n", "", entry, flags=re.MULTILINE) for entry in chosen)


def main(words: list[str]) -> None:
    """Answer one question."""
    parameters = load(Path(words[0]))
    match words[1:]:
        case ["packages", lock]:
            print(lines_of(Path(lock), set(missing(extras_of(parameters)))), end="")
        case ["expanders"]:
            print("yes" if parameters.relay.expanders else "no")
        case _:
            raise SystemExit(__doc__)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main(sys.argv[1:])
