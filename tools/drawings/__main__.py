"""Write the wiring drawings of `docs/`: `python -m tools.drawings`.

The pins and addresses in them are the parameters' defaults; a test holds that they are the same.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from tools.drawings.connection import connection
from tools.drawings.node import node
from tools.drawings.relay import relay

DRAWINGS: Mapping[str, Callable[[], str]] = {
    "connection.svg": connection,
    "node.svg": node,
    "relay.svg": relay,
}
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "drawings"


def main() -> None:
    """Write every drawing."""
    FOLDER.mkdir(exist_ok=True)
    for name, draw in DRAWINGS.items():
        (FOLDER / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
