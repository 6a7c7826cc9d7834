"""Draw the street of README from its recording: `python -m tools.pictures`.

`python -m village --hours 12 --record-view tools/pictures/street.json` records another.
"""

import json
from pathlib import Path

from tools.pictures.street import street

RECORDING = Path(__file__).parent / "street.json"
PICTURE = Path(__file__).resolve().parents[2] / "docs" / "street.svg"


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(drawn(), encoding="utf-8")


def drawn() -> str:
    """Give the picture of the recording that is kept."""
    return street(json.loads(RECORDING.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
