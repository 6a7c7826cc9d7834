"""Write down what the live table shows at one moment, to draw or to compare it later."""

import json
from pathlib import Path

from village.view import View


class Recording:
    """Keep in a file the first moment at which most homes were fed by a neighbour.

    Whoever asks for a recording of a street on which nobody ever was gets its first moment.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._most = -1

    def look(self, view: View) -> None:
        """Write the moment down if it is the best so far; without a file do nothing."""
        if self._path is None or (drawing := view.drawing()) <= self._most:
            return
        self._most = drawing
        moment = view.moment()
        self._path.write_text(json.dumps(moment, indent=1) + "\n", encoding="utf-8")
