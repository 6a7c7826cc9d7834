"""Keep what campaigns find in files, a line of JSON each, so that a later sitting goes on there."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def kept_rows(file: Path | None) -> list[dict[str, Any]]:
    """Give the lines of a file; none where there is no file yet."""
    if file is None or not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def keep_row(file: Path, row: Mapping[str, object]) -> None:
    """Write a line behind a file's end."""
    with file.open("a", encoding="utf-8") as rows:
        rows.write(json.dumps(row) + "\n")
