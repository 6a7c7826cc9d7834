"""Read the frames of a meter that speaks SML (BSI TR-03109-1, Feinspezifikation LMN), by pysml.

The library finds frames and holds them to their check. Power is 16.7.0 (or 36.7.0 and its two
siblings, by phase); 1.8.0 and 2.8.0 are the registers. Without the meter's PIN most tell whole
kilowatt-hours and no power: then the registers alone tell it.
"""

from collections.abc import Iterator

import sml
from bitstring import ReadError

from node.devices.sources.own_thread import OwnThread
from node.devices.sources.streamed import streamed
from node.devices.sources.surroundings import Surroundings
from node.devices.sources.told import Told
from node.parameters.sections.source import DataSource

BAUD = 9600
PORT = 23
MOST_BYTES = 16_384
_NO_SML = (sml.SmlParserError, ReadError, AssertionError, LookupError, ValueError)
"""What the library raises, by what it stumbles over, on a frame whose check fits."""
_POWER = "1-0:16.7.0*255"
_PHASES = ("1-0:36.7.0*255", "1-0:56.7.0*255", "1-0:76.7.0*255")
_IMPORTED, _EXPORTED = "1-0:1.8.0*255", "1-0:2.8.0*255"


def make(name: str, source: DataSource, around: Surroundings) -> OwnThread:
    """Build it; nothing is opened before its first sample."""
    return streamed(name, source, around, Frames().feed, baud=BAUD, port=PORT)


class Frames:
    """Cut frames out of what comes, wherever it begins."""

    def __init__(self) -> None:
        self._waiting = b""

    def feed(self, piece: bytes) -> Iterator[Told]:
        """Take what came; give what each whole frame tells.

        Raises:
            ValueError: a frame is no SML inside, or tells neither power nor register.
        """
        self._waiting = (self._waiting + piece)[-MOST_BYTES:]
        while True:
            try:
                end, frame = sml.SmlBase.find_frame(self._waiting)
            except (
                sml.SmlParserError,
                ReadError,
                AssertionError,
                LookupError,
                ValueError,
            ) as error:
                self._waiting = b""
                raise ValueError(f"a frame that is no SML: {error}") from None
            self._waiting = self._waiting[end:]
            if frame is None:
                return
            yield read_frame(frame)


def read_frame(frame: sml.SmlFrame) -> Told:
    """Read what a frame tells of power and energy.

    Raises:
        ValueError: it tells neither.
    """
    values: dict[str, float] = {}
    for message in frame:
        body = message.get("messageBody")
        for entry in body.get("valList", ()) if isinstance(body, dict) else ():
            value = entry.get("value")
            if entry.get("unit") in ("W", "Wh") and isinstance(value, int | float):
                values[str(entry.get("objName"))] = float(value)
    power_w = values.get(_POWER)
    if power_w is None and all(phase in values for phase in _PHASES):
        power_w = sum(values[phase] for phase in _PHASES)
    if power_w is None and _IMPORTED not in values:
        raise ValueError("a frame without power (16.7.0) and register (1.8.0): is the PIN entered?")
    return Told(
        power_w=power_w, imported_wh=values.get(_IMPORTED), exported_wh=values.get(_EXPORTED)
    )
