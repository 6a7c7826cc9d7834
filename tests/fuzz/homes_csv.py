"""The CSV of the homes' load and solar, as somebody's own file may be."""

from datetime import date

from node.core.errors import ConfigError
from tests.fuzz.campaign import Target, fingerprint
from tests.fuzz.files import written
from village.plant.homes_data import read_profiles

_DAYS = (date(2016, 8, 1), date(2016, 8, 2), date(1, 1, 1), date(9999, 12, 31))


def target(data: bytes) -> None:
    """Read a file; whatever is wrong with it is a ConfigError."""
    day = _DAYS[fingerprint(data) % 16 % len(_DAYS)]
    try:
        profiles = read_profiles(written("homes.csv", data), homes=3, first_day=day)
    except ConfigError:
        return
    assert len(profiles.homes) == 3
    assert all(power_mw >= 0 for home in profiles.homes for power_mw in home.load_mw + home.pv_mw)


def _file(start: str, hours: int, homes: int) -> bytes:
    names = ",".join(f"home{n}_load_wh,home{n}_pv_wh" for n in range(1, homes + 1))
    day, hour = start.split("T")
    lines = [f"interval_start,{names}"]
    lines += [
        f"{day}T{int(hour) + number:02}:00" + f",{100 + number},{number}" * homes
        for number in range(hours)
    ]
    return "\n".join(lines).encode() + b"\n"


TARGET = Target(
    name="homes_csv",
    run=target,
    examples=(
        _file("2016-08-01T00", 3, 1),
        _file("2016-08-01T00", 6, 2),
        _file("2016-07-31T23", 1, 1),
        _file("9999-12-31T00", 24, 1),
        _file("0001-01-01T00", 24, 1),
        b'"interval_start","home1_load_wh","home1_pv_wh"\r\n"2016-08-01T00:00","1","2"\r\n',
    ),
    tokens=(
        b"interval_start", b"home1_load_wh", b"home1_pv_wh", b"home2_load_wh", b"home99999_load_wh",
        b"2016-08-01T00:00", b"2016-08-01T01:00+02:00", b"9999-12-31T23:00", b"0001-01-01T00:00",
        b"2016-W31-1", b'""', b'"', b",",
    ),
)  # fmt: skip
