"""Play a smart meter's P1 port: whole telegrams as DSMR 5.0.2 writes them, with their CRC16."""

from datetime import UTC, datetime, timedelta

_POLYNOMIAL = 0xA001


def telegram(
    *,
    at_s: float,
    power_w: float,
    imported_kwh: tuple[float, float] = (0.0, 0.0),
    exported_kwh: tuple[float, float] = (0.0, 0.0),
) -> bytes:
    """Write one telegram; positive power is import, the registers are of the two tariffs."""
    winter = datetime.fromtimestamp(at_s, UTC) + timedelta(hours=1)
    lines = [
        "/ISk5\\2MT382-1000",
        "",
        "1-3:0.2.8(50)",
        f"0-0:1.0.0({winter:%y%m%d%H%M%S}W)",
        "0-0:96.1.1(4B384547303034303436333935353037)",
        *(f"1-0:1.8.{tariff}({kwh:010.3f}*kWh)" for tariff, kwh in enumerate(imported_kwh, 1)),
        *(f"1-0:2.8.{tariff}({kwh:010.3f}*kWh)" for tariff, kwh in enumerate(exported_kwh, 1)),
        "0-0:96.14.0(0002)",
        f"1-0:1.7.0({max(power_w, 0) / 1000:06.3f}*kW)",
        f"1-0:2.7.0({max(-power_w, 0) / 1000:06.3f}*kW)",
        "1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)(101208151004W)(0000000301*s)",
        "1-0:32.7.0(220.1*V)",
        "1-0:31.7.0(001*A)",
        "0-1:24.2.1(101209112500W)(12785.123*m3)",
        "!",
    ]
    said = "\r\n".join(lines).encode("ascii")
    return said + f"{_check(said):04X}\r\n".encode("ascii")


def _check(said: bytes) -> int:
    check = 0
    for octet in said:
        check ^= octet
        for _ in range(8):
            check = (check >> 1) ^ (_POLYNOMIAL if check & 1 else 0)
    return check
