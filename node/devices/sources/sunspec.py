"""Read a SunSpec inverter, meter or battery over Modbus TCP, by pysunspec2.

Its models say by themselves where each value is. A meter (201 to 204, 211 to 214) comes before an
inverter (101 to 103, 111 to 113); a charge is asked of 802 or 124. A pick names another point,
as `701.W`.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from sunspec2.modbus.client import (
    SunSpecModbusClientDeviceTCP,
    SunSpecModbusClientError,
)
from sunspec2.modbus.modbus import ModbusClientError

from node.devices.sources.own_thread import OwnThread
from node.devices.sources.polled import host_and_port, polled
from node.devices.sources.surroundings import Surroundings
from node.devices.sources.told import Told
from node.devices.sources.values import number
from node.parameters.sections.source import DataSource

PORT = 502
WITHIN_S = 3.0
METERS = (201, 202, 203, 204, 211, 212, 213, 214)
INVERTERS = (101, 102, 103, 111, 112, 113)
CHARGES = ((802, "SoC"), (124, "ChaState"))


def make(name: str, source: DataSource, around: Surroundings) -> OwnThread:
    """Build it; nothing is asked before its first sample."""
    device = Device(source)
    return polled(name, around.last_told(name, source), source.every_s, device.ask, device.close)


class Device:
    """Hold one device; its models are looked for at the first question, and after a break."""

    def __init__(self, source: DataSource) -> None:
        self._source = source
        self._open: SunSpecModbusClientDeviceTCP | None = None

    def ask(self) -> Iterator[Told]:
        """Ask once.

        Raises:
            OSError: nobody answers.
            ValueError: it has no such model, or what it answers is no number.
        """
        try:
            yield self._told(self._device())
        except (SunSpecModbusClientError, ModbusClientError, OSError) as error:
            self.close()
            raise ConnectionError(str(error)) from None

    def close(self) -> None:
        """Let the device go; may be called twice."""
        device, self._open = self._open, None
        if device is not None:
            device.close()

    def _device(self) -> SunSpecModbusClientDeviceTCP:
        if self._open is None:
            host, port = host_and_port(self._source.at, PORT)
            unit = int(urlsplit(self._source.at).path.strip("/") or 1)
            device = SunSpecModbusClientDeviceTCP(
                slave_id=unit, ipaddr=host, ipport=port, timeout=WITHIN_S
            )
            device.connect()
            self._open = device
            device.scan(connect=False)
        return self._open

    def _told(self, device: SunSpecModbusClientDeviceTCP) -> Told:
        source = self._source
        names = {"power": "W", "imported": "", "exported": ""}
        model = next((m for m in (*METERS, *INVERTERS) if m in device.models), None)
        if model in METERS:
            names |= {"imported": "TotWhImp", "exported": "TotWhExp"}
        elif model in INVERTERS:
            names |= {"imported": "WH"}
        picks = {key: f"{model}.{name}" if name else None for key, name in names.items()}
        picks |= {key: given for key in names if (given := getattr(source, key)) is not None}
        if source.feeds is None and source.soc is not None:
            picks = dict.fromkeys(names)
        elif model is None and source.power is None:
            raise ValueError(f"no meter and no inverter among its models {sorted_of(device)}")
        power_w, imported_wh, exported_wh = (_read(device, picks[key]) for key in names)
        return Told(
            power_w=None if power_w is None else power_w * source.scale,
            imported_wh=imported_wh,
            exported_wh=exported_wh,
            soc_pct=self._charge(device),
        )

    def _charge(self, device: SunSpecModbusClientDeviceTCP) -> float | None:
        wanted = self._source.soc
        if wanted is None:
            return None
        known = [f"{model}.{point}" for model, point in CHARGES if model in device.models]
        if not wanted and not known:
            raise ValueError(f"no battery among its models {sorted_of(device)}")
        return _read(device, wanted or known[0])


def sorted_of(device: SunSpecModbusClientDeviceTCP) -> list[int]:
    """Give the numbers of a device's models."""
    return sorted(model for model in device.models if isinstance(model, int))


def _read(device: SunSpecModbusClientDeviceTCP, pick: str | None) -> float | None:
    """Read a point with its scale; None where the device says that it has no value.

    Raises:
        ValueError: there is no such model or point.
    """
    if pick is None:
        return None
    model, _, point = pick.partition(".")
    found = device.models.get(int(model))
    if not found or point not in found[0].points:
        raise ValueError(f"it has no {pick}, only the models {sorted_of(device)}")
    found[0].read()
    return number(found[0].points[point].cvalue)
