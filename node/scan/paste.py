"""Write what was found as lines of a parameters file."""

import json
from collections.abc import Iterable, Iterator

from node.scan.found import Line, Value


def lines(found: Iterable[Line], i2c: str | None) -> Iterator[str]:
    """Give the lines of `node`, each entry under a name of its own; none where nothing is found.

    `i2c` is the bus, where the file has another one.
    """
    found = list(found)
    if not found:
        return
    yield "node:"
    if i2c is not None:
        yield f"  i2c: {_written(i2c)}"
    taken: dict[str, int] = {}
    for section in ("sensors", "sources"):
        ours = [line for line in found if line.section == section]
        if ours:
            # A section of comments alone would be nothing, and nothing is no section.
            yield f"  {section}:" if any(not line.lacks for line in ours) else f"  # {section}:"
        for line in ours:
            taken[line.name] = taken.get(line.name, 0) + 1
            number = taken[line.name]
            yield from _entry(line, line.name if number == 1 else f"{line.name}_{number}")


def _entry(line: Line, name: str) -> Iterator[str]:
    keys = [f"{key}: {_written(value, key)}" for key, value in line.keys.items()]
    if line.why:
        yield f"    # {line.why}"
    if line.lacks:
        yield f"    # {name}: {{{', '.join(keys)}, {line.lacks}}}"
    else:
        yield f"    {name}: {{{', '.join(keys)}}}"


def _written(value: Value, key: str = "") -> str:
    if key == "address" and isinstance(value, int):
        return f"0x{value:02x}"
    return json.dumps(value) if isinstance(value, str) and not value.isalnum() else str(value)
