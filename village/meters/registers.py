"""Play a meter's registers over Modbus TCP, by pymodbus's own server; and lay out a SunSpec map."""

import asyncio
import struct
import threading
from collections.abc import Mapping, Sequence

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

_SUNSPEC_AT = 40_000


class PlayedRegisters:
    """Serve words on a free port; `input` and `holding` are one and the same table."""

    def __init__(self, words: Mapping[int, Sequence[int]], port: int) -> None:
        self.port = port
        self._loop = asyncio.new_event_loop()
        blocks = [
            SimData(first, values=list(values), datatype=DataType.REGISTERS)
            for first, values in sorted(words.items())
        ]
        self._server = self._loop.run_until_complete(self._listen(SimDevice(1, simdata=blocks)))
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving; may be called twice."""
        if self._thread.is_alive():
            goodbye = self._server.shutdown()  # type: ignore[no-untyped-call]
            asyncio.run_coroutine_threadsafe(goodbye, self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    async def _listen(self, device: SimDevice) -> ModbusTcpServer:
        server = ModbusTcpServer(device, address=("127.0.0.1", self.port))
        await server.serve_forever(background=True)
        return server


def floats(*values: float) -> list[int]:
    """Write values as two words each (IEEE 754, the higher one first)."""
    return [word for value in values for word in struct.unpack(">HH", struct.pack(">f", value))]


def sunspec(*models: tuple[int, int, Mapping[int, int]]) -> dict[int, list[int]]:
    """Lay out a SunSpec map: each model's number, its length, and the words that it has a value in.

    What has none is 0x8000, as the standard says of a signed point that is not there.
    """
    words = [0x5375, 0x6E53]
    for number, length, values in models:
        words += [number, length, *(values.get(place, 0x8000) & 0xFFFF for place in range(length))]
    return {_SUNSPEC_AT: [*words, 0xFFFF, 0]}
