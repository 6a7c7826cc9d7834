"""Read registers of a meter over Modbus TCP, by pymodbus: one question for each value.

A pick is the table, the number of the first register as the meter's manual counts from 0, and the
type: `input:52:float32`. The meter's sign is its own: `scale` and `positive` turn it.
"""

from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException

from node.devices.sources.own_thread import OwnThread
from node.devices.sources.polled import host_and_port, polled
from node.devices.sources.surroundings import Surroundings
from node.devices.sources.told import Told
from node.devices.sources.values import told_of
from node.parameters.sections.source import DataSource

PORT = 502
WITHIN_S = 3.0
_TYPES = ModbusTcpClient.DATATYPE


def make(name: str, source: DataSource, around: Surroundings) -> OwnThread:
    """Build it; nothing is asked before its first sample."""
    host, port = host_and_port(source.at, PORT)
    client = ModbusTcpClient(host, port=port, timeout=WITHIN_S, retries=1)
    unit = int(urlsplit(source.at).path.strip("/") or 1)

    def ask() -> Iterator[Told]:
        if not client.connected and not client.connect():  # type: ignore[no-untyped-call]
            raise ConnectionError(f"nobody answers at {host}:{port}")
        heard = told_of(source, lambda pick: read(client, unit, pick))
        if heard is not None:
            yield heard

    return polled(name, around.last_told(name, source), source.every_s, ask, client.close)


def read(client: ModbusTcpClient, unit: int, pick: str) -> float:
    """Read one value.

    Raises:
        OSError: nobody answers.
        ValueError: the meter refuses the register, or answers something else.
    """
    table, first, word = pick.split(":")
    kind = _TYPES[word.removesuffix("_swapped").upper()]
    ask = client.read_input_registers if table == "input" else client.read_holding_registers
    try:
        answer = ask(int(first), count=kind.value[1], device_id=unit)
    except ModbusException as error:
        client.close()  # type: ignore[no-untyped-call]
        raise ConnectionError(str(error)) from None
    if answer.isError():
        raise ValueError(f"{pick}: the meter refuses: {answer}")
    order: Literal["little", "big"] = "little" if word.endswith("_swapped") else "big"
    value = client.convert_from_registers(answer.registers, kind, word_order=order)
    if not isinstance(value, int | float):
        raise ValueError(f"{pick}: {value!r} is no number")
    return float(value)
